"""Rows of a table for what others report; see `experiments.rendering.outside`."""

import argparse
from collections.abc import Sequence
from math import nan

import pandas as pd

from difsched.baselines.references import reference_methods
from difsched.baselines.registry import methods
from difsched.errors import InputError
from difsched.evaluation.across import normalised_score
from difsched.family import FAMILIES
from difsched.utils.files import read_json
from experiments.rendering.outside import FOLDER, Outside, outside
from experiments.rendering.tex import escape, profile_of
from paper.shared.method_table import DIGITS, cell

#: The oracle that knows the slice's packets: what a forecast says bounds nothing.
TRUTH = "oracle"
#: Over their rows.
HEADING = "Reported by others, not run here"


def theirs(
    options: argparse.Namespace,
    family: str,
    losses: "pd.Series[float]",
    configs: Sequence[int],
    column: str,
    scale: float,
) -> list[list[str]]:
    """Return the rows of others' results below ours; none where nothing is to be shown.

    Those are shown that were measured on as many test windows, on the built-in traffic.

    Parameters
    ----------
    options : Namespace
        ``workspace`` of the render script.
    family : str
    losses : Series
        (Method, configuration) -> mean cost, of ours: what a score stands on.
    configs : sequence of int
        Those of the columns.
    column, scale : str, float
        What is shown, ``loss`` or ``score``, and what it is multiplied by.

    Raises
    ------
    InputError
        If a result is lower than what is proven to be the least.
    """
    if read_json(options.workspace / "spec.json")["traces"] is not None:
        return []
    problem, part = FAMILIES[family], profile_of(options.workspace).part(family)

    def entry(file: str, one: Outside, config: int) -> str:
        length = problem.test_episode(problem.load(config))
        found = next((known for known in one.results if known.config == config), None)
        if found is None or one.windows != part.main.evaluation.windows(length):
            return "--"
        loss, half_width = found.loss, nan if found.half_width is None else found.half_width
        mine = problem.load(config)
        at, information = problem.references(mine), getattr(mine, "information", None)
        scale_of = reference_methods(at, methods(family), information)
        ends = [float(losses.get((method.name, config), nan)) for method in scale_of]
        least = ends[1] if at.certified else float(losses.get((TRUTH, config), nan))
        if at.none is None and loss + (found.half_width or 0) < least:
            raise InputError(
                f"{FOLDER.name}/{file}: results.loss = {loss!r} on config {config}: must be >= "
                f"{least:.6g}: none can lose less on the common test windows"
            )
        if column == "score":
            loss = nan if at.none is not None else float(normalised_score(loss, *ends))
            half_width = 100 * half_width / (ends[0] - ends[1])
        return cell(scale * loss, scale * half_width, DIGITS[column])

    rows = [
        [escape(one.label), *(entry(file, one, int(config)) for config in configs)]
        for file, one in outside(family).items()
    ]
    known = [row for row in rows if set(row[1:]) != {"--"}]
    return [[], [HEADING], *known] if known else []
