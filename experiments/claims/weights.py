"""Weights of a run that was made again, held against the checksum of the committed one.

The slice's committed weights were written with other settings beside the tensors: those of soft
actor-critic with none, those of the agents with what the run's own ``config.json`` has of model and
slice. Those of further families lack the hyper-parameters that came later. So the tensors are
compared as they look in such a file.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from difsched.run_ids import family_of
from difsched.utils.files import read_json, sha256
from difsched.utils.tensors import load_tensors, save_tensors


def same_weights(path: Path, committed: Path, checksum: str) -> bool:
    """Return whether weights are those of a committed run.

    Parameters
    ----------
    path : Path
        The file.
    committed : Path
        Folder of the run.
    checksum : str
        Of the run's weights, on record there.
    """
    if sha256(path) == checksum:
        return True
    with tempfile.TemporaryDirectory() as folder:
        rewritten = Path(folder) / path.name
        rewrite(path, committed, rewritten)
        return sha256(rewritten) == checksum


def rewrite(path: Path, committed: Path, target: Path) -> None:
    """Write weights as a committed run's file has them: the settings of its day beside them."""
    tensors, settings = load_tensors(path)
    run = read_json(committed / "config.json")
    if family_of(committed.name) != "slice":
        settings = _without_later(settings, run)
    elif settings.pop("learner", None) == "sac":
        settings = {}
    else:
        settings = _as_committed(settings, run)
    save_tensors(target, tensors, settings)


def _as_committed(settings: Mapping[str, Any], run: Mapping[str, Any]) -> dict[str, Any]:
    """Return an agent's settings as the committed files have them, from its run's configuration."""
    view = {"view": settings["view"]} if settings["view"] else {}
    return {
        "config": run["settings"]["model"],
        "space": {"budget": run["environment"]["B"], **settings["space"]},
        "users": settings["entities"],
        **view,
    }


def _without_later(settings: Mapping[str, Any], run: Mapping[str, Any]) -> dict[str, Any]:
    """Return a file's settings without the hyper-parameters that a run's configuration lacks."""
    known = run["settings"]["model"]
    own = {name: value for name, value in settings.get("config", {}).items() if name in known}
    return {**settings, **({"config": own} if own else {})}
