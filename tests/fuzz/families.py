"""Files of the further problem families: configurations and datasets of a stranger's."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import yaml

from difsched.config.numbered import FILE, Numbered
from difsched.data.outcomes import OutcomeDataset
from difsched.family import FAMILIES, Family
from experiments.products import FURTHER
from tests.fuzz.arrays import Array, distort_npz, npy, npz
from tests.fuzz.engine import Files, Surface, distort_value, encode


def families() -> list[Surface]:
    """Return the surfaces of every family but the slice."""
    return [
        surface
        for name in FURTHER
        for surface in (_own(FAMILIES[name]), _numbered(FAMILIES[name]), *_dataset(FAMILIES[name]))
    ]


def _own(family: Family) -> Surface:
    """Return a configuration of a user's."""
    values = family.load(family.configurations()[0]).to_dict()
    return _yaml("family YAML", "own.yaml", values, lambda path: family.load(str(path)))


def _numbered(family: Family) -> Surface:
    """Return the file of the numbered configurations."""
    kind = type(family.load(family.configurations()[0]))
    folder = Path("difsched") / "env" / family.name
    values = yaml.safe_load((Path(__file__).parents[2] / folder / FILE).read_text("utf-8"))

    def read(path: Path) -> None:
        numbered = Numbered(path.parent, kind)
        for number in numbered.numbers():
            numbered.load(number)

    return _yaml("family YAML", FILE, values, read)


def _yaml(name: str, file: str, values: Any, read: Callable[[Path], Any]) -> Surface:
    def distort(random: Random) -> Files:
        return {file: encode(yaml.safe_dump(distort_value(values, random)))}

    good = {file: encode(yaml.safe_dump(values))}
    return Surface(name, good, lambda folder: read(folder / file), distort)


def _dataset(family: Family) -> list[Surface]:
    """Return a dataset with its card, and one without."""
    config = family.load(family.configurations()[0])
    data = family.collect(family, config, 1)
    short = OutcomeDataset(
        data.observation[:4],
        data.observation[4:6],
        data.action[:4],
        data.outcomes[:4],
        data.reward[:4],
    )
    arrays: dict[str, Array] = {name: getattr(short, name) for name in OutcomeDataset.ARRAYS}
    card = {"family": family.name, "environment": config.to_dict()}

    def files(content: bytes, about: Any) -> Files:
        if isinstance(about, dict):
            about = {**about, "sha256": hashlib.sha256(content).hexdigest()}
        return {"d.npz": content, "d.json": encode(json.dumps(about))}

    def read(folder: Path) -> None:
        loaded = OutcomeDataset.load(folder / "d.npz").shown(config)
        loaded.check(config)
        assert loaded.next_observation.shape == loaded.observation.shape

    good = npz({name: npy(array) for name, array in arrays.items()})

    def with_card(random: Random) -> Files:
        if random.random() < 0.3:
            return files(good, distort_value(card, random))
        return files(distort_npz(arrays, random), card)

    return [
        Surface("family npz and card", files(good, card), read, with_card),
        Surface(
            "family npz alone",
            {"d.npz": good},
            read,
            lambda random: {"d.npz": distort_npz(arrays, random)},
        ),
    ]
