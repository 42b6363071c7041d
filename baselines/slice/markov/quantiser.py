"""Demand states: the scalar quantiser of least mean squared error, found exactly.

The loss of a window is linear in demand, so what a state must tell is the demand's mean, and the
quantiser that keeps it best is the one of least squared error (Lloyd 1982, Max 1960): each state
stands for the mean of its cell. Quantile cells would spend their states on the crowded middle and
lump the heavy windows, which cost most, into one. Lloyd's iteration finds a local optimum that
depends on its start; on one dimension dynamic programming over the sorted counts finds the global
one (Fisher 1958), and without any randomness.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.errors import InputError
from difsched.typing import Floats


def check_packets(packets: NDArray[Any], most: int) -> NDArray[np.int64]:
    """Return a training trace if demand states can be made of it.

    Raises
    ------
    InputError
        If it is not a row of two or more whole numbers in 0..``most``.
    """
    trace = np.asarray(packets)
    if trace.ndim != 1 or len(trace) < 2 or trace.dtype.kind not in "iu":
        raise InputError(
            f"packets has shape {trace.shape} and type {trace.dtype}: must be a row of 2 or more "
            "whole numbers"
        )
    if trace.min() < 0 or trace.max() > most:
        bad = trace.min() if trace.min() < 0 else trace.max()
        raise InputError(f"packets holds {bad}: every window must have 0..{most}")
    return trace.astype(np.int64)


def fit_quantiser(packets: NDArray[np.int64], states: int) -> Floats:
    """Return the representative demands (n,) of least mean squared error, ascending.

    Parameters
    ----------
    packets : (T,) int
        Packets per window.
    states : int
        Demand states at most, >= 1. A trace with fewer different counts has a state for each: the
        error is 0 then, and another state would never be visited.
    """
    counts, weights = np.unique(packets, return_counts=True)
    states = min(states, len(counts))
    starts = _best_starts(counts.astype(np.float64), weights.astype(np.float64), states)
    totals = np.add.reduceat(counts * weights.astype(np.float64), starts)
    result: Floats = totals / np.add.reduceat(weights.astype(np.float64), starts)
    return result


def thresholds(representatives: Floats) -> Floats:
    """Return the thresholds (states - 1,) between cells: halfway between representatives."""
    result: Floats = (representatives[:-1] + representatives[1:]) / 2
    return result


def quantise(demand: NDArray[np.float64] | NDArray[np.int64], cuts: Floats) -> NDArray[np.intp]:
    """Return the state, 0..len(cuts), of each demand (any shape); a demand on a cut goes up."""
    return np.searchsorted(cuts, demand, side="right")


def _best_starts(counts: Floats, weights: Floats, cells: int) -> NDArray[np.intp]:
    """Return the index of the first count of each cell of the best partition into ``cells``."""
    size = len(counts)
    # Centred, so that the difference of the two sums of a cell's error does not cancel.
    x = counts - np.average(counts, weights=weights)
    sums = [np.concatenate([[0.0], np.cumsum(weights * x**power)]) for power in range(3)]
    error = np.full(size + 1, np.inf)  # of the best partition of the first j counts
    error[0] = 0.0
    first = np.zeros((cells, size + 1), dtype=np.intp)
    for cell in range(cells):
        best = np.full(size + 1, np.inf)
        for end in range(cell + 1, size + 1):
            mass, mean, square = (total[end] - total[cell:end] for total in sums)
            candidates = error[cell:end] + square - mean**2 / mass
            choice = int(np.argmin(candidates))
            best[end], first[cell, end] = candidates[choice], cell + choice
        error = best
    starts = np.zeros(cells, dtype=np.intp)
    end = size
    for cell in range(cells - 1, -1, -1):
        starts[cell] = end = first[cell, end]
    return starts
