"""Where the results of a scheduler from outside go: by what ran, so that no other's are lost."""

import hashlib
import inspect
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from difsched.errors import InputError
from difsched.utils.files import check_output, read_json, sha256, write_json
from experiments.paths import shown

#: Beside the results: the setting that made them.
SETTING = "setting.json"
DIGITS = 8


def sources(scheduler: Any) -> dict[str, str]:
    """Return name -> SHA-256 of a scheduler's file and of those in its folder that it has loaded.

    Of an installed package it is its own file alone: a release has a version of its own.
    """
    try:
        own = Path(inspect.getfile(scheduler)).resolve()
    except (TypeError, OSError):
        return {}
    if not own.is_file():
        return {}
    files = {own}
    if not {"site-packages", "dist-packages"} & set(own.parts):
        loaded = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
        paths = {Path(file).resolve() for file in loaded if isinstance(file, str)}
        beside = {path for path in paths if path.parent == own.parent and path.suffix == ".py"}
        # Modules that have no file, such as torch's, may name one all the same.
        files |= {path for path in beside if path.is_file()}
    return {path.name: sha256(path) for path in sorted(files)}


def reserve(folder: Path, name: str | None, method: str, setting: Mapping[str, Any]) -> Path:
    """Return the folder of a setting's results: of a given name, or of the class and a digest.

    Parameters
    ----------
    folder : Path
        That of all of them.
    name : str or None
        A name for this one.
    method : str
        The scheduler's class.
    setting : mapping
        All that the results depend on, as plain values.

    Raises
    ------
    InputError
        If the name is no plain word, or the results there are those of another setting.
    """
    if name is not None and not re.fullmatch(r"\w[\w.-]{0,99}", name):
        raise InputError(f"--name {name!r}: must be a word of letters, digits, _, - and .")
    text = json.dumps(setting, sort_keys=True, allow_nan=False)
    digest = hashlib.sha256(text.encode()).hexdigest()[:DIGITS]
    place = folder / (name or f"{method}-{digest}")
    check_output("--name", place, "folder")
    if place.is_dir() and any(place.iterdir()) and (differing := _differing(place, setting)):
        raise InputError(
            f"{shown(place)} holds results of another setting ({differing}): give another --name, "
            "or move them away"
        )
    return place


def _differing(place: Path, setting: Mapping[str, Any]) -> str:
    """Return what another setting has otherwise, in a few words; nothing if it is the same."""
    if not (place / SETTING).is_file():
        return f"without {SETTING}"
    found = read_json(place / SETTING)
    if not isinstance(found, dict):
        return f"{SETTING} is damaged"
    plain = json.loads(json.dumps(setting, allow_nan=False))
    return ", ".join(key for key in {**plain, **found} if plain.get(key) != found.get(key))


def note(place: Path, setting: Mapping[str, Any]) -> None:
    """Write the setting beside its results."""
    write_json(place / SETTING, setting)
