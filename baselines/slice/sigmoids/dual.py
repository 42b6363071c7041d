"""The dual of the relaxed problem: the price of a resource block, and the bound it certifies.

For any price lambda >= 0, D(lambda) = lambda B + sum_i max_r (f_i(r) - lambda r) bounds what the
budget can deliver. Its minimum is the value of the concave envelopes, and with one budget row at
most one user is then off its sigmoid (Shapley-Folkman; Udell and Boyd, arXiv 1410.4158). As the
price falls, users start one after the other in the order of their `log_price`, so the search runs
over the number of users that are served, and then over the price between two starts.

Arrays are (N, C) as in `envelope`, users sorted by falling start price.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from difsched.baselines.slice.sigmoids.envelope import LOG_QUARTER, Envelope
from difsched.typing import Floats

NEWTON_STEPS = 100  # about 6 suffice; convergence ends the loop
SPENDING_TOLERANCE = 1e-9  # of the budget


@dataclass(frozen=True)
class Dual:
    """The dual's solution for C windows.

    Attributes
    ----------
    served : (C,) int64
        The first so many users lie on the concave side of their sigmoids.
    log_price : (C,) float64
        log lambda; -inf where users cannot use the whole budget.
    upper_bound : (C,) float64
        D(lambda): no allocation delivers more.
    """

    served: NDArray[np.int64]
    log_price: Floats
    upper_bound: Floats


def minimise_dual(envelope: Envelope) -> Dual:
    """Minimise the dual; ``envelope`` has its users sorted by falling ``log_price``."""
    served = count_served(envelope)
    next_start = _at(envelope.log_price, served, outside=-np.inf)
    last_start = _at(envelope.log_price, served - 1, outside=-np.inf)
    users = np.arange(len(envelope.demand))[:, None]
    member = users < served
    # At the start of the next user there is either budget left for a part of its chord, and that
    # is the price, or the users before it want more than the budget there.
    left = envelope.budget - _spent(envelope, member, next_start)
    inner = (left < 0) & (served > 0)
    low = np.where(np.isneginf(next_start), _floor_price(envelope, member), next_start)
    inner_price = level_price(envelope, member, low, last_start, last_start)
    log_price = np.where(inner, inner_price, next_start)
    return Dual(served, log_price, upper_bound(envelope, log_price))


def count_served(envelope: Envelope) -> NDArray[np.int64]:
    """Return how many users (C,) can be served whole: binary search on the users' starts."""
    users = np.arange(len(envelope.demand))[:, None]
    low = np.zeros(envelope.demand.shape[1], dtype=np.int64)  # served for sure
    high = (envelope.log_price > -np.inf).sum(axis=0)  # may be served
    while (low < high).any():
        middle = (low + high) // 2  # is user `middle`, the next one, served whole as well?
        start = _at(envelope.log_price, middle, outside=-np.inf)
        fits = _spent(envelope, users <= middle, start) <= envelope.budget
        fits &= low < high
        high = np.where(fits, high, np.where(low < high, middle, high))
        low = np.where(fits, middle + 1, low)
    return low


def level_price(
    envelope: Envelope,
    member: NDArray[np.bool_],
    low: Floats,
    high: Floats,
    start: Floats,
) -> Floats:
    """Return log lambda (C,) at which the members' stationary RBs spend the budget.

    Newton's method in log lambda, where spending is concave, falling and close to linear as long
    as all members take RBs; where it would leave the bracket, or go back to an end of it, the
    bracket is halved.

    Parameters
    ----------
    envelope : Envelope
        N users, C windows.
    member : (N, C) bool
        Users that share the budget.
    low, high, start : (C,) float64
        Bracket of log lambda and first guess in it. Where the root lies outside, its nearer end
        is returned; infinite ones are returned as they are.
    """
    price, budget = start, envelope.budget
    low_seen, high_seen = np.zeros((2, len(price)), dtype=bool)
    with np.errstate(invalid="ignore"):
        for _ in range(NEWTON_STEPS):
            grant, rate = envelope.stationary(price)
            active = member & (grant > 0)
            excess = np.where(active, grant, 0).sum(axis=0) - budget
            slope = np.where(active, rate, 0).sum(axis=0)
            over = excess > 0
            low, high = np.where(over, price, low), np.where(over, high, price)
            low_seen, high_seen = low_seen | over, high_seen | ~over
            open_ = (np.abs(excess) > SPENDING_TOLERANCE * (1 + budget)) & (high > low)
            if not open_.any():
                break
            step = np.clip(price + excess / np.maximum(slope, 1e-300), low, high)
            back = ((step == low) & low_seen) | ((step == high) & high_seen)
            price = np.where(open_, np.where(back, (low + high) / 2, step), price)
    return price


def upper_bound(envelope: Envelope, log_price: Floats) -> Floats:
    """Return D(lambda) (C,): with any price a bound on what the budget can deliver."""
    price = np.exp(log_price)
    nothing = envelope.delivered(np.zeros(1))
    grant = np.clip(envelope.stationary(log_price)[0], 0, envelope.budget)
    best = np.maximum(envelope.delivered(grant) - price * grant, nothing)
    bound: Floats = price * envelope.budget + best.sum(axis=0)
    return bound


def _spent(envelope: Envelope, member: NDArray[np.bool_], log_price: Floats) -> Floats:
    """Return the RBs (C,) that the members take at a price, at least their chords' widths."""
    grant = np.clip(envelope.stationary(log_price)[0], envelope.width, envelope.budget)
    spent: Floats = np.where(member, grant, 0).sum(axis=0)
    return spent


def _floor_price(envelope: Envelope, member: NDArray[np.bool_]) -> Floats:
    """Return a log price (C,) so low that one member alone takes the whole budget."""
    floor = envelope.log_scale + LOG_QUARTER - envelope.slope * envelope.reach
    floor = np.minimum(floor, envelope.log_price)
    lowest: Floats = np.where(member, floor, -np.inf).max(axis=0)
    return lowest


def _at(values: Floats, row: NDArray[np.int64], outside: float) -> Floats:
    """Return values[row[c], c] (C,), ``outside`` where there is no such row."""
    inside = (row >= 0) & (row < len(values))
    picked = np.take_along_axis(values, np.where(inside, row, 0)[None], axis=0)[0]
    return np.where(inside, picked, outside)
