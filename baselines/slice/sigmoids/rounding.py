"""From the dual's point to a feasible one in whole resource blocks.

The dual's point is feasible but for one user, who would get a part of a chord that is no sigmoid.
Three repairs settle it, and the best of them is kept: the budget left over goes to the user who
can do most with it; it is shared by the users already served; or the next user is served as well
and all of them make room. Each is rounded to whole RBs by marginal gains, and the winner improved
by moving single RBs. Arrays are (N, C) as in `dual`.
"""

import numpy as np
from numpy.typing import NDArray

from difsched.baselines.slice.sigmoids.dual import Dual, level_price
from difsched.baselines.slice.sigmoids.envelope import LOG_QUARTER, Envelope
from difsched.typing import Floats, Ints

MOVE_TOLERANCE = 1e-9  # packets; less is rounding error


def repair(envelope: Envelope, dual: Dual) -> Ints:
    """Return the best whole-RB allocation (N, C) found near the dual's point."""
    users = np.arange(len(envelope.demand))[:, None]
    served, with_next = users < dual.served, users <= dual.served
    # Where nobody is served, the budget must go somewhere all the same.
    anyone = served | (dual.served == 0)
    grants = [
        round_to_budget(envelope, anyone, share(envelope, served, dual.log_price)),
        round_to_budget(envelope, with_next, share(envelope, with_next, dual.log_price)),
        round_to_budget(envelope, *give_left_over(envelope, served, dual.log_price)),
    ]
    best = np.argmax([envelope.delivered(grant).sum(axis=0) for grant in grants], axis=0)
    grant = np.take_along_axis(np.stack(grants), best[None, None], axis=0)[0]
    return exchange(envelope, grant)


def share(envelope: Envelope, member: NDArray[np.bool_], start: Floats) -> Floats:
    """Return the members' best shares (N, C) of the budget on their concave sides."""
    top = envelope.log_scale + LOG_QUARTER
    ceiling = np.where(member, top, np.inf).min(axis=0)
    floor = np.where(member, top - envelope.slope * envelope.reach, -np.inf).max(axis=0)
    floor = np.minimum(floor, ceiling)
    price = level_price(envelope, member, floor, ceiling, np.clip(start, floor, ceiling))
    grant = np.clip(envelope.stationary(price)[0], 0, envelope.budget)
    return np.where(member, grant, 0)


def give_left_over(
    envelope: Envelope, member: NDArray[np.bool_], log_price: Floats
) -> tuple[NDArray[np.bool_], Floats]:
    """Return the members' RBs at a price and what is left at the user who gains most by it."""
    grant = np.clip(envelope.stationary(log_price)[0], envelope.width, envelope.budget)
    grant = np.where(member, grant, 0)
    left = np.maximum(envelope.budget - grant.sum(axis=0), 0)
    gain = envelope.delivered(left) - envelope.delivered(np.zeros(1))
    taker = np.where(member, -1, gain).argmax(axis=0)
    users = np.arange(len(grant))[:, None]
    takes = (users == taker) & ~member
    return member | takes, np.where(takes, left, grant)


def round_to_budget(envelope: Envelope, eligible: NDArray[np.bool_], point: Floats) -> Ints:
    """Return whole RBs (N, C) that sum to the budget, near ``point`` (N, C).

    What rounding down sets free goes where one more RB gains most among the eligible users (one
    or more a window), which is the best rounding on the concave side.
    """
    # A share can overspend where its users cannot all be served; it is then only a candidate.
    point = point * np.minimum(1, envelope.budget / np.maximum(point.sum(axis=0), 1e-300))
    grant = np.floor(point + 1e-9)
    missing = envelope.budget - grant.sum(axis=0)
    eligible_users = eligible.sum(axis=0)
    grant += eligible * (missing // eligible_users)
    missing %= eligible_users
    gain = envelope.delivered(grant + 1) - envelope.delivered(grant)
    grant += _ranks(np.where(eligible, -gain, np.inf)) < missing
    return grant.astype(np.int64)


def exchange(envelope: Envelope, grant: Ints) -> Ints:
    """Move RBs one by one from where they cost least to where they gain most, while that pays.

    Where slopes are steep, one RB more or less decides on a user, and rounding down costs many of
    them at once; each move settles one.
    """
    grant = grant.copy()
    windows = np.arange(grant.shape[1])
    users = np.arange(len(grant))[:, None]
    for _ in range(len(grant)):
        now = grant[:, windows]
        value = envelope.delivered(now)
        gain = envelope.delivered(now + 1) - value
        cost = np.where(now > 0, value - envelope.delivered(now - 1), np.inf)
        pays = gain.max(axis=0) > cost.min(axis=0) + MOVE_TOLERANCE
        if not pays.any():
            break
        move = (users == gain.argmax(axis=0)).astype(np.int64) - (users == cost.argmin(axis=0))
        windows, envelope = windows[pays], envelope.windows(pays)
        grant[:, windows] += move[:, pays]
    return grant


def _ranks(keys: Floats) -> NDArray[np.intp]:
    """Return the place (N, C) of each user in its window by rising key."""
    order = np.argsort(keys, axis=0, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(len(keys))[:, None], axis=0)
    return ranks
