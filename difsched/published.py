"""Trained models that come with a checkout: found by name, each with a card that says what it is.

A model is a safetensors file and beside it a card, ``dql_set-slice3.json``. They are looked for in
``artifacts/models`` of the checkout, or in the folder that the variable ``DIFSCHED_MODELS`` names;
an installed package has none of its own.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from difsched.config.base import (
    Config,
    check_mapping,
    check_text,
    number,
    or_none,
    whole,
)
from difsched.errors import InputError, choices, naming
from difsched.run_ids import place
from difsched.utils.files import read_json, sha256

#: Names the folder of the models, where that is another than the checkout's.
VARIABLE = "DIFSCHED_MODELS"
_CHECKOUT = Path(__file__).resolve().parents[1]
_DIGEST = re.compile("[0-9a-f]{64}")


def _digest(name: str, value: Any) -> str:
    text = check_text(name, value)
    if not _DIGEST.fullmatch(text):
        raise InputError(f"{name} = {text!r}: must be a SHA-256 in hexadecimal")
    return text


@dataclass(frozen=True)
class Card(Config):
    """What a published model is.

    Attributes
    ----------
    run : str
        Of the reference, whose weights these are: ``main-dql_set-slice3-s0``.
    method, family, config, seed
        Of the run.
    configuration : str
        The configuration's name, as tables print it.
    entities, parameters : int
        Users (tasks, cells, ...) of the configuration; numbers that were learned.
    loss : float
        The run's mean cost on its common test windows, in the unit of the family's.
    score : float or None
        0 and 100 are the family's references; None where there is no score.
    windows : int
        Common test windows.
    environment, settings : mapping
        The configuration's fields; hyper-parameters and training.
    data : mapping
        What it was trained on: each input of the run and its SHA-256.
    weights : str
        SHA-256 of the file.
    recorded : str
        SHA-256 of the run's weights on record; where it differs, the file has other settings
        beside the same tensors.
    code, revision : str
        Digest of the code that trained it, and the commit of that day.
    """

    run: Annotated[str, check_text]
    method: Annotated[str, check_text]
    family: Annotated[str, check_text]
    config: Annotated[int, whole(0)]
    configuration: Annotated[str, check_text]
    seed: Annotated[int, whole(0)]
    entities: Annotated[int, whole(1)]
    parameters: Annotated[int, whole(1)]
    loss: Annotated[float, number(float("-inf"))]
    score: Annotated[float | None, or_none(number(float("-inf")))]
    windows: Annotated[int, whole(1)]
    environment: Annotated[dict[str, Any], check_mapping]
    settings: Annotated[dict[str, Any], check_mapping]
    data: Annotated[dict[str, Any], check_mapping]
    weights: Annotated[str, _digest]
    recorded: Annotated[str, _digest]
    code: Annotated[str, check_text]
    revision: Annotated[str, check_text]

    @property
    def name(self) -> str:
        """Return the model's name: ``dql_set-slice3``."""
        return model_name(self.method, self.family, self.config)


def model_name(method: str, family: str, config: int | str) -> str:
    """Return the name of a method's model on a configuration: ``dql_set-slice3``."""
    return f"{method}-{place(family, config)}"


def models_folder() -> Path:
    """Return where models are looked for, whether there are any or not."""
    own = os.environ.get(VARIABLE)
    return Path(own) if own else _CHECKOUT / "artifacts" / "models"


def names() -> list[str]:
    """Return the names of the models that are there, in order."""
    return sorted(path.stem for path in models_folder().glob("*.json"))


def read_card(name: str) -> Card:
    """Return the card of a model.

    Raises
    ------
    InputError
        If there is no such model, or its card is damaged or another model's.
    """
    folder, known = models_folder(), names()
    if not known:
        raise InputError(
            f"model {name!r}: there are none in {folder}; a checkout has them in artifacts/models: "
            f"call difsched there, or let {VARIABLE} name that folder"
        )
    if name not in known:
        raise InputError(f"model {name!r}: {choices(name, known)}")
    path = folder / f"{name}.json"
    with naming(path):
        card = Card.from_dict(read_json(path))
        if card.name != name:
            raise InputError(f"is the card of {card.name}: must be that of {name}")
    return card


def model_weights(name: str) -> Path:
    """Return a model's safetensors, whose bytes are those of its card.

    Raises
    ------
    InputError
        If there is no such model, or file or card is damaged.
    """
    card = read_card(name)
    path = models_folder() / f"{name}.safetensors"
    if sha256(path) != card.weights:
        raise InputError(
            f"{path}: is not the file of its card, whose sha256 is {card.weights}: take both from "
            "one checkout again"
        )
    return path
