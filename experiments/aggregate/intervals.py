"""What the runs say together: means, comparisons and statistics, each with its interval.

Intervals are for other seeds and other test episodes; see `difsched.evaluation.crossed`. A method
that learns needs two seeds for one; a method without seeds has what the episodes give.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations
from math import nan

import numpy as np
from scipy import special

from difsched.baselines.method import Method
from difsched.evaluation.across import (
    STATISTICS,
    improvement_interval,
    probability_of_improvement,
    score_interval,
)
from difsched.evaluation.crossed import (
    episodes_half_width,
    mean_interval,
    paired_interval,
    quadrature,
    seeds_half_width,
)
from difsched.evaluation.fairness import LOSS_LEVELS
from difsched.evaluation.statistics import Interval, standard_error
from difsched.family import Metric, family_named
from difsched.typing import Floats
from experiments.aggregate.method_runs import FamilyRuns, MethodRuns, Scored
from experiments.aggregate.rows import (
    ConfigId,
    GroupRow,
    OverallRow,
    PairRow,
    SummaryRow,
    UserLossRow,
)

#: Scores (S, M), and those of each configuration without each of its test episodes (E, S).
Stack = tuple[Floats, list[Floats]]

#: The method that the others are compared with.
OURS = "dql_set"
LEVEL = 0.95


def summary(family: FamilyRuns) -> list[SummaryRow]:
    """Return a row for each method and configuration: means over seeds and their intervals."""
    return [_summarise(runs, family.score(runs)) for runs in family.every()]


def _summarise(runs: MethodRuns, scored: Scored | None) -> SummaryRow:
    score = seeds = episodes = None
    if scored is not None:
        seeds = runs.known * seeds_half_width(scored.scores[:, None], LEVEL)
        episodes = episodes_half_width(scored.left_out.mean(axis=1), LEVEL)
        score = Interval(scored.scores.mean(), quadrature(seeds, episodes))
    return SummaryRow(
        method=runs.method,
        family=runs.family,
        config=runs.config,
        measures={
            metric.name: measured(runs, metric)
            for metric in family_named(runs.family).measures
            if metric.name in runs.any.means
        },
        score=score,
        score_seeds=seeds,
        score_episodes=episodes,
        seeds=runs.seeds,
        episodes=runs.episodes,
    )


def measured(runs: MethodRuns, metric: Metric) -> Interval:
    """Return the mean of a measure with its interval; NaN where results do not tell that."""
    if metric.by_episode:
        interval = mean_interval(runs.by_episode(metric.name), LEVEL)
        return Interval(interval.mean, runs.known * interval.half_width)
    if metric.point is not None:
        name, place = metric.point
        shares, half_widths = _distribution(runs, name)
        return Interval(shares[place], half_widths[place])
    return Interval(
        float(np.mean([result.means[metric.name] for result in runs.results.values()])), nan
    )


def groups(family: FamilyRuns) -> list[GroupRow]:
    """Return a row for each method, configuration and group of entities, from 0 on."""
    return [row for runs in family.every() for row in _by_group(runs)]


def _by_group(runs: MethodRuns) -> list[GroupRow]:
    family = family_named(runs.family)
    config = family.load(runs.config)
    assert family.group is not None
    told = {
        metric.name: _distribution(runs, metric.grouped)
        for metric in family.metrics
        if metric.by_group
    }
    count = len(next(iter(told.values()))[0])
    return [
        GroupRow(
            method=runs.method,
            family=runs.family,
            config=runs.config,
            name=family.name_of(runs.config),
            entities=family.entities(config),
            group=family.group(config),
            groups=count,
            number=number,
            measures={
                name: Interval(means[number], half_widths[number])
                for name, (means, half_widths) in told.items()
            },
            seeds=runs.seeds,
            episodes=runs.episodes,
        )
        for number in range(count)
    ]


def pairs(family: FamilyRuns) -> list[PairRow]:
    """Return a row for every two methods on a configuration: the difference of their losses."""
    return [
        compare(one, other)
        for config in family.configs
        for one, other in combinations(family.on(config), 2)
    ]


def compare(one: MethodRuns, other: MethodRuns) -> PairRow:
    """Return the difference of the losses of two methods on the same episodes."""
    interval = paired_interval(one.by_episode(), other.by_episode(), LEVEL)
    ends = Interval(interval.mean, one.known * other.known * interval.half_width)
    return PairRow(
        method=one.method,
        against=other.method,
        family=one.family,
        config=one.config,
        difference=ends.mean,
        low=ends.low,
        high=ends.high,
        seeds=one.seeds,
        against_seeds=other.seeds,
        episodes=one.episodes,
    )


def overall(family: FamilyRuns) -> list[OverallRow]:
    """Return a row for each scheduler and statistic of its scores across configurations."""
    schedulers = [one for one in family.methods.values() if one.section != "oracles"]
    scored = {one.name: family.scored(one.name) for one in schedulers}
    ours = scored.get(OURS, {})
    rows: list[OverallRow] = []
    for method in schedulers:
        if not (by_config := scored[method.name]):
            continue
        key = (method, family.family)
        scores, left_out = _stack(by_config, by_config)
        known = nan if method.training is not None and len(scores) == 1 else 1.0
        parts = _by_length(scores, left_out)
        for statistic in STATISTICS:
            interval = score_interval(statistic, scores, parts, LEVEL)
            ends = Interval(interval.mean, known * interval.half_width)
            numbers = (ends.mean, ends.low, ends.high, *scores.shape)
            rows.append(OverallRow(method.name, family.family, statistic, *numbers))
        common = [config for config in by_config if config in ours]
        if method.name != OURS and common:
            rows.append(_improvement(*key, _stack(ours, common), _stack(by_config, common)))
    return rows


def _improvement(method: Method, family: str, ours: Stack, theirs: Stack) -> OverallRow:
    """Return the row of how likely a run of ours scores more than one of a method of a family."""
    (x, x_left_out), (y, y_left_out) = ours, theirs
    # Runs of a method without seeds are not drawn: each of ours is a draw against it.
    draws = min(len(x), len(y)) if method.training is not None else len(x)
    left_out = zip(x_left_out, y_left_out, strict=True)
    moved = [one.mean(axis=1) - other.mean(axis=1) for one, other in left_out]
    reach = np.array([episodes_half_width(difference, LEVEL) for difference in moved])
    low, high = improvement_interval(x, y, reach, draws * x.shape[1], LEVEL)
    value = probability_of_improvement(x, y)
    return OverallRow(method.name, family, "improvement", value, low, high, *y.shape)


def _stack(scored: dict[ConfigId, Scored], configs: Iterable[ConfigId]) -> Stack:
    """Return the scores of some configurations, together and without each episode.

    Where a configuration lacks a run, S is what it has: each must weigh the same.
    """
    chosen = [scored[config] for config in configs]
    runs = min(len(part.scores) for part in chosen)
    scores = np.stack([part.scores[:runs] for part in chosen], axis=-1)
    return scores, [part.left_out[:, :runs] for part in chosen]


def _by_length(scores: Floats, left_out: Sequence[Floats]) -> list[Floats]:
    """Return scores (E, S, M) without test episode e, for each number E of episodes in turn."""
    found = []
    for length in dict.fromkeys(map(len, left_out)):
        whole = np.repeat(scores[None], length, axis=0)
        for column, part in enumerate(left_out):
            if len(part) == length:
                whole[..., column] = part
        found.append(whole)
    return found


def user_loss(family: FamilyRuns) -> list[UserLossRow]:
    """Return a row for each method, configuration and level: share of user-windows that lose less.

    Shares are rounded to six digits: there are many of them.
    """
    return [
        UserLossRow(
            *(runs.method, runs.family, runs.config, level),
            share=round(share, 6),
            half_width=round(half_width, 6),
        )
        for runs in family.every()
        for level, share, half_width in zip(
            LOSS_LEVELS, *_distribution(runs, "user_loss"), strict=True
        )
    ]


def _distribution(runs: MethodRuns, name: str) -> tuple[Floats, Floats]:
    """Return a distribution (L,), mean over seeds, and the half widths of its values."""
    found = [result.distributions[name] for result in runs.results.values()]
    means = np.array([one.mean for one in found])
    errors = np.array([one.error for one in found])
    degrees = np.array([runs.seeds - 1, runs.episodes - 1])
    seeds, episodes = np.zeros_like(errors[0]), np.sqrt((errors**2).mean(axis=0))
    t = special.stdtrit(np.maximum(degrees, 1), (1 + LEVEL) / 2)
    if runs.seeds > 1:
        seeds = standard_error(means)
    return means.mean(axis=0), runs.known * np.hypot(t[0] * seeds, t[1] * episodes)
