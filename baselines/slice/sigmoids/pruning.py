"""Grants that no optimum uses, by their reduced costs.

With the price lambda, D(lambda) counts for user i its best g_i = max_r (f_i(r) - lambda r). Where
user i gets r instead, nothing better than D(lambda) - (g_i - f_i(r) + lambda r) can come of it; if
that is less than a feasible value already known, r is ruled out (variable fixing by reduced cost,
as for the multiple-choice knapsack: Kellerer, Pferschy and Pisinger 2004, chapter 11). The better
the feasible point, the fewer grants are left: about ten for a user who is surely served.

Arrays are (N, C) as in `dual`.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from difsched.baselines.slice.sigmoids.dual import Dual
from difsched.baselines.slice.sigmoids.envelope import Envelope
from difsched.baselines.slice.sigmoids.problem import SATURATION
from difsched.typing import Floats, Ints

# Rounding errors of the bound and the feasible value lie far below this share of them.
TOLERANCE = 1e-10


def grant_ranges(envelope: Envelope, dual: Dual, grant: Ints) -> tuple[Ints, Ints]:
    """Return the least and the largest RBs (N, C) of each user in any optimal allocation.

    Parameters
    ----------
    envelope : Envelope
        N users, C windows, in the order of ``dual``.
    dual : Dual
        A price and its bound.
    grant : (N, C) int64
        A feasible allocation.

    Returns
    -------
    lower, upper : (N, C) int64
        Every optimum has lower <= r <= upper, except that RBs beyond saturation are not counted.
    """
    price = np.exp(dual.log_price)
    known = envelope.delivered(grant).sum(axis=0)
    slack = np.maximum(dual.upper_bound - known, 0) + TOLERANCE * (1 + dual.upper_bound)
    peak = np.clip(envelope.stationary(dual.log_price)[0], 0, envelope.budget)

    def surplus(rbs: Floats) -> Floats:
        return envelope.delivered(rbs) - price * rbs

    at_zero, at_peak = surplus(np.zeros_like(peak)), surplus(peak)
    needed = np.maximum(at_zero, at_peak) - slack

    def possible(rbs: Floats) -> NDArray[np.bool_]:
        return surplus(rbs) >= needed

    # The surplus falls from 0, may rise again to the peak, and falls for good beyond it. So what
    # is possible is an interval at 0, one around the peak, or both, and these have two ends.
    peak_possible = at_peak >= needed
    top = saturation(envelope)
    below, beyond = np.minimum(np.floor(peak), top), np.minimum(np.floor(peak) + 1, top)
    upper = _last(possible, np.where(peak_possible, below, 0), np.where(peak_possible, top, beyond))
    zero_possible = at_zero >= needed
    # Seen from the peak downwards; where 0 is possible the search has nothing to do.
    start = np.where(zero_possible, 0, below)
    lower = below - _last(lambda steps: possible(below - steps), np.zeros_like(start), start)
    return np.where(zero_possible, 0, lower).astype(np.int64), upper.astype(np.int64)


def saturation(envelope: Envelope) -> Floats:
    """Return the RBs (N, C) beyond which a user gains nothing in double precision."""
    with np.errstate(over="ignore"):
        reach = np.ceil(envelope.midpoint + SATURATION / envelope.slope)
    return np.where(envelope.demand > 0, np.clip(reach, 0, envelope.budget), 0)


def _last(holds: Callable[[Floats], NDArray[np.bool_]], low: Floats, high: Floats) -> Floats:
    """Return the last whole number in low..high where ``holds``, which is true and then false.

    ``low`` is returned where it holds nowhere, so it counts as true.
    """
    while (low < high).any():
        middle = np.ceil((low + high) / 2)
        true = holds(middle)
        low = np.where(true & (low < high), middle, low)
        high = np.where(true | (low >= high), high, middle - 1)
    return low
