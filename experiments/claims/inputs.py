"""Runs that tested weights of other runs, held against what those runs are now.

A method that is tuned and published anew leaves behind what tested its earlier weights elsewhere:
such numbers are of a method that is nowhere else in the tables.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from difsched.errors import InputError
from difsched.utils.files import read_json
from experiments.paths import Layout
from experiments.runs.run import RECORD, WEIGHTS, asked_digest, checksums


def superseded(workspace: Path) -> dict[str, str]:
    """Return the runs that tested weights of trainings that are not the workspace's.

    Weights are those of the run that they are said to be of if their checksums are equal, or if
    the run was asked for the same: two machines' weights differ in their last bits.

    Returns
    -------
    dict
        Run -> what is wrong with it.
    """
    layout = Layout(workspace)
    found = {}
    for folder in sorted(layout.runs_folder.glob("*")):
        try:
            config = read_json(folder / "config.json")
            tested = [name for name in config["inputs"] if layout.run_path(name).is_dir()]
        except (InputError, KeyError, TypeError):
            continue  # damaged logs are named elsewhere
        old = [name for name in tested if not _is_of(config, layout.run_path(name))]
        if old:
            more = f" and of {len(old) - 1} more runs" if len(old) > 1 else ""
            found[folder.name] = f"tested other weights than those of {old[0]}{more}"
    return found


def _is_of(config: Mapping[str, Any], folder: Path) -> bool:
    """Return whether what a run tested are weights of a run as its folder has it."""
    try:
        if config["inputs"][folder.name] == checksums(read_json(folder / RECORD))[WEIGHTS]:
            return True
        asked = asked_digest(read_json(folder / "config.json"))
        return bool(config.get("trainings", {}).get(folder.name) == asked)
    except (InputError, KeyError, TypeError, AttributeError):
        return False
