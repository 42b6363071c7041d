"""Before a call: remove what is damaged or unfinished. After it: confirm that all is whole."""

import os
from pathlib import Path

from experiments.paths import ROOT, WORK
from experiments.phrases import some
from experiments.products import expand
from experiments.profiles.resolve import Spec
from experiments.workflow.job_records import clear, discard, doubtful


def tidy(spec: Spec, targets: list[str]) -> str | None:
    """Remove damaged files, and what killed writers left, so that their jobs run again.

    Returns
    -------
    str or None
        A line on what was damaged, if anything was.
    """
    from experiments.runs.run import prune  # slow to import

    clear(spec.workspace, expand(targets))
    runs = [_relative(run) for run in prune(spec.workspace)]
    damaged = [*runs, *map(_named, discard(spec.workspace, expand(targets)))]
    return f"damaged, made again where needed: {some(damaged)}" if damaged else None


def damage(spec: Spec, targets: list[str]) -> str | None:
    """Return a line on the files that are no longer as their jobs made them, if there are any."""
    found = doubtful(spec.workspace, expand(targets))
    damaged = [_named(path) for differ in found.values() for path in differ]
    return f"damaged after they were made, call again: {some(damaged)}" if damaged else None


def _named(path: str) -> str:
    return _relative(WORK / path)


def _relative(path: Path) -> str:
    return os.path.relpath(path, ROOT)
