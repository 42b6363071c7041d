"""What the runs say together: means, comparisons and statistics, each with its interval.

Intervals are for other seeds and other test episodes; see `difsched.evaluation.crossed`. A method
that learns needs two seeds for one; a method without seeds has what the episodes give.
"""

from collections.abc import Iterable
from itertools import combinations
from math import nan
from typing import Any

import numpy as np
from scipy import stats

from difsched.baselines.registry import METHODS
from difsched.env.slice.simulator import QOS_LOSS
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
from difsched.evaluation.statistics import Interval
from difsched.typing import Floats
from experiments.aggregate.columns import CELL, COLUMNS
from experiments.aggregate.results import Rows, Scored, Trial, Trials

#: Scores (S, M), and the same without each test episode (E, S, M).
Stack = tuple[Floats, Floats]

#: The method that the others are compared with.
OURS = "dql_set"
LEVEL = 0.95
#: Where the distribution of the users' losses says whether their QoS is met.
QOS_LEVEL = int(np.searchsorted(LOSS_LEVELS, QOS_LOSS))
#: What has an interval from its episodes in the summary.
MEASURES = ("loss", "starved", "jain")


def summary(trials: Trials) -> Rows:
    """Return a row for each method and configuration: means over seeds and their intervals."""
    return [
        _summarise(trial, trials.score(trial)) for c in trials.configs for trial in trials.on(c)
    ]


def _summarise(trial: Trial, scored: Scored | None) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(trial, name) for name in ("method", *CELL, "seeds")}
    row["episodes"] = trial.by_episode().shape[1]
    met, half_widths = _distribution(trial)
    row |= {"qos_met": met[QOS_LEVEL], "qos_met_half_width": half_widths[QOS_LEVEL]}
    for name in MEASURES:
        interval = mean_interval(trial.by_episode(name), LEVEL)
        row |= {name: interval.mean, f"{name}_half_width": trial.known * interval.half_width}
    row |= dict.fromkeys(("score", "score_half_width", "score_seeds", "score_episodes"))
    if scored is not None:
        seeds = trial.known * seeds_half_width(scored.scores[:, None], LEVEL)
        episodes = episodes_half_width(scored.left_out.mean(axis=1), LEVEL)
        row |= {"score": scored.scores.mean(), "score_half_width": quadrature(seeds, episodes)}
        row |= {"score_seeds": seeds, "score_episodes": episodes}
    return row


def pairs(trials: Trials) -> Rows:
    """Return a row for every two methods on a configuration: the difference of their losses."""
    return [
        _compare(one, other)
        for config in trials.configs
        for one, other in combinations(trials.on(config), 2)
    ]


def _compare(one: Trial, other: Trial) -> dict[str, Any]:
    losses = one.by_episode(), other.by_episode()
    interval = paired_interval(*losses, LEVEL)
    half_width = one.known * other.known * interval.half_width
    ends = interval.mean - half_width, interval.mean + half_width
    episodes = losses[0].shape[1]
    row = (
        one.method,
        other.method,
        one.family,
        one.config,
        interval.mean,
        *ends,
        one.seeds,
        other.seeds,
    )
    return dict(zip(COLUMNS["pairs"], (*row, episodes), strict=True))


def overall(trials: Trials) -> Rows:
    """Return a row for each scheduler and statistic of its scores across configurations."""
    scored = {
        name: trials.scored(name) for name in trials.methods if METHODS[name].section != "oracles"
    }
    ours = scored.get(OURS, {})
    rows: Rows = []
    for name, by_config in scored.items():
        if not by_config:
            continue
        key = (name, trials.family)
        scores, left_out = _stack(by_config, by_config)
        learns = METHODS[name].training is not None
        known = nan if learns and len(scores) == 1 else 1.0
        for statistic in STATISTICS:
            interval = score_interval(statistic, scores, left_out, LEVEL)
            ends = Interval(interval.mean, known * interval.half_width)
            rows.append(_overall_row(key, statistic, ends.mean, (ends.low, ends.high), scores))
        common = sorted(by_config.keys() & ours.keys())
        if name != OURS and common:
            rows.append(_improvement(key, _stack(ours, common), _stack(by_config, common)))
    return rows


def _improvement(key: tuple[str, str], ours: Stack, theirs: Stack) -> dict[str, Any]:
    """Return the row of how likely a run of ours scores more than one of a method of a family."""
    (x, x_left_out), (y, y_left_out) = ours, theirs
    # Runs of a method without seeds are not drawn: each of ours is a draw against it.
    draws = min(len(x), len(y)) if METHODS[key[0]].training is not None else len(x)
    moved = x_left_out.mean(axis=1) - y_left_out.mean(axis=1)
    reach = np.array([episodes_half_width(column, LEVEL) for column in moved.T])
    ends = improvement_interval(x, y, reach, draws * x.shape[1], LEVEL)
    return _overall_row(key, "improvement", probability_of_improvement(x, y), ends, y)


def _stack(scored: dict[int, Scored], configs: Iterable[int]) -> Stack:
    """Return scores (S, M) and the same without each episode (E, S, M).

    Where a configuration lacks a run, S is what it has: each must weigh the same.
    """
    chosen = [scored[config] for config in configs]
    runs = min(len(part.scores) for part in chosen)
    scores = np.stack([part.scores[:runs] for part in chosen], axis=-1)
    return scores, np.stack([part.left_out[:, :runs] for part in chosen], axis=-1)


def _overall_row(
    key: tuple[str, str], statistic: str, value: float, ends: tuple[float, float], scores: Floats
) -> dict[str, Any]:
    row = (*key, statistic, value, *ends, *scores.shape)
    return dict(zip(COLUMNS["overall"], row, strict=True))


def user_loss(trials: Trials) -> Rows:
    """Return a row for each method, configuration and level: share of user-windows that lose less.

    Shares are rounded to six digits: there are many of them.
    """
    return [
        {"method": trial.method, "family": trial.family, "config": trial.config, "loss": level}
        | {"share": round(share, 6), "half_width": round(half_width, 6)}
        for config in trials.configs
        for trial in trials.on(config)
        for level, share, half_width in zip(LOSS_LEVELS, *_distribution(trial), strict=True)
    ]


def _distribution(trial: Trial) -> tuple[Floats, Floats]:
    """Return the shares (101,) at each level, mean over seeds, and their half widths."""
    shares = np.array([result["user_loss"] for result in trial.results])
    errors = np.array([result["user_loss_error"] for result in trial.results])
    degrees = np.array([trial.seeds - 1, len(trial.results[0]["loss_by_episode"]) - 1])
    seeds, episodes = np.zeros_like(errors[0]), np.sqrt((errors**2).mean(axis=0))
    t = stats.t.ppf((1 + LEVEL) / 2, np.maximum(degrees, 1))
    if trial.seeds > 1:
        seeds = stats.sem(shares, axis=0)
    return shares.mean(axis=0), trial.known * np.hypot(t[0] * seeds, t[1] * episodes)
