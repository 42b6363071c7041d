"""Whether the runs of a workspace gave again what the reference's runs gave."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from difsched.errors import InputError
from difsched.utils.files import read_json
from experiments.aggregate.query import Missing
from experiments.paths import Layout
from experiments.runs.run import RECORD

RESULT = "result.json"


def repeats(workspace: Path, logs: Path, column: str, tolerance: float) -> tuple[bool, str]:
    """Compare the results of the runs that both workspaces have.

    Parameters
    ----------
    workspace, logs : Path
        A fresh workspace and that of the reference.
    column : str
        Compared where bytes differ: every number of that name in the result.
    tolerance : float
        How far such a number may be from the reference's.

    Returns
    -------
    bool, str
        Whether all are equal or close enough, and how many of them are what.

    Raises
    ------
    Missing
        If there is no reference, or no run in common.
    InputError
        If a result cannot be read.
    """
    pairs = [
        (digests, (ours / RESULT, folder / RESULT))
        for folder in sorted(Layout(logs).runs_folder.glob("*"))
        for ours in [Layout(workspace).run_path(folder.name)]
        if None not in (digests := (_digest(ours), _digest(folder)))
    ]
    if not pairs:
        raise Missing("has no run in common with the reference")
    others = [paths for (ours, theirs), paths in pairs if ours != theirs]
    text = f"{len(pairs) - len(others)} of {len(pairs)} runs bitwise equal to the reference"
    if not others:
        return True, text
    gaps = {ours.parent.name: _gap(ours, theirs, column) for ours, theirs in others}
    worst = max(gaps, key=lambda name: gaps[name])
    return gaps[worst] <= tolerance, f"{text}; {column} off by at most {gaps[worst]:.2g} ({worst})"


def _digest(folder: Path) -> str | None:
    """Return the recorded checksum of a run's result, if the run is complete."""
    try:
        return str(read_json(folder / RECORD)["files"][RESULT])
    except (InputError, KeyError, TypeError):
        return None


def _gap(ours: Path, theirs: Path, column: str) -> float:
    """Return the largest difference between numbers of a name; infinite if they do not match."""
    one, other = (list(_numbers(read_json(path), column)) for path in (ours, theirs))
    if len(one) != len(other):
        return float("inf")
    return max((abs(a - b) for a, b in zip(one, other, strict=True)), default=float("inf"))


def _numbers(value: Any, column: str) -> Iterator[float]:
    """Yield every number of a name in a JSON value, in the order of its keys and lists."""
    if isinstance(value, dict):
        for name in sorted(value):
            if name == column and isinstance(value[name], int | float):
                yield float(value[name])
            else:
                yield from _numbers(value[name], column)
    elif isinstance(value, list):
        for item in value:
            yield from _numbers(item, column)
