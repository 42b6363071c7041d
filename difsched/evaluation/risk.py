"""Tails, successes, sample efficiency and shifts of conditions: what a mean does not tell."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from difsched.config.base import check_number
from difsched.errors import InputError
from difsched.evaluation.scoring import mean_loss
from difsched.policy import Policy


def expected_shortfall(losses: ArrayLike, level: float) -> float:
    """Return the mean of the worst share 1 - level of some losses: CVaR.

    The empirical distribution's own (Acerbi and Tasche 2002, "On the coherence of expected
    shortfall", definition 2.6): where (1 - level) n is no whole number, the loss at the quantile
    counts for its part. Of fewer than 1 / (1 - level) losses it is the largest, which says little:
    show n beside it.

    Parameters
    ----------
    losses : (n,) array_like
        n >= 1 finite numbers, of test episodes.
    level : float
        In [0, 1), such as .95; 0 gives the mean.

    Raises
    ------
    InputError
        If the level is another, or there are no losses.
    """
    check_number("level", level, 0, 1)
    ordered = np.sort(np.asarray(losses, dtype=np.float64))[::-1]
    if level == 1 or not len(ordered):
        raise InputError(f"level = {level:g}, {len(ordered)} losses: must be below 1, and some")
    tail = (1 - level) * len(ordered)
    # How much of each loss lies in the tail; at least the largest does.
    part = np.clip(max(tail, 1.0) - np.arange(len(ordered)), 0.0, 1.0)
    return float((part * ordered).sum() / part.sum())


def success_rate(losses: ArrayLike, naive: ArrayLike) -> float:
    """Return the share of episodes in which a policy loses less than the naive one.

    Parameters
    ----------
    losses, naive : (n,) array_like
        Of the same test episodes.
    """
    return float(np.mean(np.asarray(losses) < np.asarray(naive)))


def amount_to(score: float, amounts: Sequence[float], scores: Sequence[float]) -> float | None:
    """Return how much training a learning curve takes to a score: sample efficiency.

    Straight between the points of the curve, and from its first point on; None if it ends before.

    Parameters
    ----------
    score : float
        The goal.
    amounts, scores : (P,) sequence of float
        Windows, or gradient steps, so far, ascending; and the score there.
    """
    reached = np.flatnonzero(np.asarray(scores) >= score)
    if not len(reached):
        return None
    last = int(reached[0])
    if last == 0:
        return float(amounts[0])
    part = (score - scores[last - 1]) / (scores[last] - scores[last - 1])
    return float(amounts[last - 1] + part * (amounts[last] - amounts[last - 1]))


def shifted_losses(
    policy: Policy,
    config: Any,
    shifts: Mapping[str, Mapping[str, Any]],
    n_windows: int,
    source: Any = None,
) -> dict[str, float]:
    """Return a policy's mean losses where conditions are others than those it was made for.

    Parameters
    ----------
    policy : Policy
        Made for the configuration; it is not told of the shift.
    config : configuration
        Of any family, a `difsched.config.base.Config`.
    shifts : mapping
        Name -> fields that change, such as ``{"scarce": {"supply": [0.3, 0.6]}}``.
    n_windows : int
        Common test windows.
    source : object
        What windows are drawn from; see `evaluate`.
    """
    return {
        name: mean_loss(policy, config.changed(change), source, n_windows)
        for name, change in shifts.items()
    }
