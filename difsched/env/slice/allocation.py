"""Grants in whole resource blocks that sum to the budget."""

import math
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from difsched.errors import InputError


def round_to_budget(shares: ArrayLike, budget: int | NDArray[np.int64]) -> NDArray[np.int64]:
    """Round shares of the budget to whole RBs by the largest remainders.

    Parameters
    ----------
    shares : (..., N) array_like
        RBs, >= 0, each row summing to ``budget``, or to less than one RB more.
    budget : int or (...) array of int
        What each row has to spend, RBs, >= 0.

    Returns
    -------
    (..., N) ndarray of int
        >= 0, each row summing to ``budget`` exactly; ties go to the user of the lower number.
    """
    values = np.asarray(shares, dtype=np.float64)
    # The tolerance keeps a share that is whole but for floating-point error.
    whole = np.floor(values + 1e-9).astype(np.int64)
    missing = np.asarray(budget)[..., None] - whole.sum(axis=-1, keepdims=True)
    order = (whole - values).argsort(axis=-1, kind="stable")
    # The inverse of the order: the place of each user's remainder, the largest first.
    place = order.argsort(axis=-1)
    return whole + (place < missing).astype(np.int64)


def scale_to_budget(weights: ArrayLike, budget: int) -> NDArray[np.int64]:
    """Split the budget in proportion to weights, in whole RBs.

    Parameters
    ----------
    weights : (..., N) array_like
        Weights, >= 0 and finite; a row of zeros is split equally.
    budget : int
        Budget B, RBs, >= 0.

    Returns
    -------
    (..., N) ndarray of int
        >= 0, each row summing to ``budget``.
    """
    values = np.asarray(weights, dtype=np.float64)
    total = values.sum(axis=-1, keepdims=True)
    shares = np.where(total > 0, values, 1.0) / np.where(total > 0, total, values.shape[-1])
    return round_to_budget(shares * budget, budget)


def project_to_budget(request: ArrayLike, budget: int) -> NDArray[np.float64]:
    """Return the nearest point to a request among the allocations that spend the budget.

    The Euclidean projection on the simplex {r >= 0, sum r = B}: max(request - tau, 0) with the
    one tau that spends the budget (Held, Wolfe and Crowder 1974).

    Parameters
    ----------
    request : (..., N) array_like
        RBs asked for, finite, any sign.
    budget : int
        Budget B, RBs, >= 0.

    Returns
    -------
    (..., N) ndarray of float
    """
    values = np.asarray(request, dtype=np.float64)
    # A common shift changes nothing, and who asks for B less than the most gets nothing: so even
    # huge requests keep their digits.
    values = np.maximum(values - values.max(axis=-1, keepdims=True), -float(budget))
    descending = -np.sort(-values, axis=-1)
    counts = np.arange(1, values.shape[-1] + 1)
    thresholds = (np.cumsum(descending, axis=-1) - budget) / counts
    # The number of users that keep something: the last count whose entry is above its threshold.
    kept = np.maximum((descending > thresholds).sum(axis=-1, keepdims=True), 1)
    tau = np.take_along_axis(thresholds, kept - 1, axis=-1)
    return np.maximum(values - tau, 0.0)


@cache
def sum_resolution(dtype: np.dtype[Any], users: int) -> float:
    """Return the relative error that the sum of N requests may have from the numbers of their type.

    A request's own last digits, and those of the sum by which it was normalised, the errors of
    which grow with the root of N. Float64 is given the 1e-8 that longer computations may cost.
    """
    digits = float(np.finfo(dtype).eps) if dtype.kind == "f" else 0.0
    return max((4 + math.sqrt(users)) * digits, 1e-8)


def check_allocation(allocation: ArrayLike, shape: tuple[int, ...], budget: int) -> NDArray[Any]:
    """Return an allocation as an array if a simulator may grant it.

    Raises
    ------
    InputError
        If its shape is not ``shape``, an entry is not a whole number >= 0, or a row sums to more
        than ``budget``.
    """
    values = np.asarray(allocation)
    if values.shape != shape:
        raise InputError(f"allocation has shape {values.shape}: must be {shape}")
    if values.dtype.kind not in "iu":
        raise InputError(f"allocation has type {values.dtype}: must be whole RBs (integers)")
    if values.min() < 0:
        raise InputError(f"allocation has an entry of {values.min()}: must be >= 0 RBs")
    most = values.sum(axis=-1).max()
    if most > budget:
        raise InputError(f"allocation sums to {most} RBs: must be at most the budget B = {budget}")
    return values
