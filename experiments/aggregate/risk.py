"""Rows of a family's ``risk.csv``: tails, successes against the naive method, sample efficiency."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from math import nan

import numpy as np

from difsched.evaluation.across import normalised_score
from difsched.evaluation.risk import amount_to, expected_shortfall, success_rate
from difsched.evaluation.statistics import Interval, t_interval
from difsched.family import family_named
from experiments.aggregate.method_runs import FamilyRuns, MethodRuns
from experiments.aggregate.rows import FamilyCurveRow, RiskRow

#: Score whose first reaching on a learning curve is told: half of the way from 0 to 100.
GOAL = 50.0


def risk_rows(family: FamilyRuns, curves: Sequence[FamilyCurveRow]) -> list[RiskRow]:
    """Return a row for each method and configuration."""
    by_run = {run: list(points) for run, points in groupby(curves, key=lambda point: point.run.run)}
    return [_row(family, runs, by_run) for runs in family.every()]


def _row(
    family: FamilyRuns, runs: MethodRuns, curves: Mapping[str, list[FamilyCurveRow]]
) -> RiskRow:
    zero, hundred = family.references(runs)
    own = [curves[run] for run in runs.results if run in curves]
    reached = [] if zero is None or hundred is None else _reached(own, zero, hundred)
    losses = runs.by_episode()
    return RiskRow(
        method=runs.method,
        family=runs.family,
        config=runs.config,
        name=family_named(runs.family).name_of(runs.config),
        cvar_95=t_interval([expected_shortfall(loss, 0.95) for loss in losses]),
        cvar_99=t_interval([expected_shortfall(loss, 0.99) for loss in losses]),
        success=_success(runs, zero),
        goal=GOAL,
        reached=len(reached) if own else None,
        amount=float(np.median(reached)) if reached else None,
        unit=own[0][0].unit if own else None,
        seeds=runs.seeds,
        episodes=runs.episodes,
    )


def _success(runs: MethodRuns, zero: MethodRuns | None) -> Interval:
    """Return the share of test episodes with a lower loss than the naive method's, over seeds."""
    if zero is None:
        return Interval(nan, nan)
    naive = zero.by_episode().mean(axis=0)
    return t_interval([success_rate(loss, naive) for loss in runs.by_episode()])


def _reached(
    curves: Sequence[Sequence[FamilyCurveRow]], zero: MethodRuns, hundred: MethodRuns
) -> list[float]:
    """Return the amount at which each curve first has the goal's score; those that never do, not.

    Points are scored on the first of the common test windows, and so are the references here.
    """
    family = family_named(zero.family)
    length = family.test_episode(family.load(zero.config))
    found = []
    for points in curves:
        scores = []
        for point in points:
            episodes = round(point.windows / length)
            scale = (float(one.by_episode()[:, :episodes].mean()) for one in (zero, hundred))
            scores.append(float(normalised_score(point.measures["loss"], *scale)))
        amount = amount_to(GOAL, [point.amount for point in points], scores)
        if amount is not None:
            found.append(amount)
    return found
