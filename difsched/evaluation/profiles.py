"""Performance profiles of normalised scores, with bands for three seeds."""

import numpy as np
from numpy.typing import ArrayLike

from difsched.evaluation.across import flat
from difsched.typing import Floats


def performance_profile(scores: Floats, thresholds: Floats) -> Floats:
    """Return the share of runs (S, M) that score at least each threshold (T,), as (T,)."""
    return (flat(scores)[:, None] >= thresholds).mean(axis=0)


def profile_band(scores: Floats, reach: Floats, thresholds: Floats) -> tuple[Floats, Floats]:
    """Return the profiles of all runs moved down and up by their configuration's reach.

    Unlike a bootstrap's, the band does not close where all three seeds agree. It covers at least
    95 % with three seeds, a threshold at a time, if ``reach`` is :func:`prediction_reach`.

    Parameters
    ----------
    scores : (S, M) ndarray
    reach : (M,) ndarray
        Points of score, >= 0.
    thresholds : (T,) ndarray
    """
    low, high = (performance_profile(scores + shift, thresholds) for shift in (-reach, reach))
    return low, high


def prediction_reach(seeds: ArrayLike, episodes: ArrayLike, n_seeds: int) -> Floats:
    """Return how far from the mean the score of a further run may lie, on other episodes.

    Student's prediction interval, t s sqrt(1 + 1/S), is the half width t s / sqrt(S) of the mean
    times sqrt(S + 1).

    Parameters
    ----------
    seeds, episodes : (M,) array_like
        Half widths of the mean score that each factor contributes.
    n_seeds : int
        Number of seeds S.
    """
    return np.hypot(np.sqrt(n_seeds + 1) * np.asarray(seeds), np.asarray(episodes))
