"""The boxes between all thresholds: within one, only diagonals change who goes where."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from difsched.env.mlb.radio import Ints
from difsched.errors import InputError
from difsched.typing import Floats

from .intervals import AXES, MARGIN, PAIRS, RIVALS, Axis, Users, cut, diagonal_range, users_of
from .solution import imbalance

#: Boxes of a window at most: 50 users make about a hundred, 400 users some thousands (measured).
MOST_BOXES = 4_000_000


@dataclass(frozen=True)
class Boxes:
    """All boxes of a window, (Ka, Kb, Kc) of them.

    Attributes
    ----------
    users : tuple of Users
        Of the three cells.
    axes : list of Axis
        a, b, c.
    low, high : (Ka, Kb, Kc, 3) ndarray of int
        Least and most blocks needed in each cell; they differ where a diagonal cuts the box.
    moved : (Ka, Kb, Kc) ndarray of int
        Users that leave their cell: diagonals decide only where to.
    open_ : list of (Kx, Ky, n) ndarray of bool
        Of each cell, on its two axes: whose choice a diagonal inside the box decides.
    """

    users: tuple[Users, Users, Users]
    axes: list[Axis]
    low: Ints
    high: Ints
    moved: Ints
    open_: list[NDArray[np.bool_]]


def boxes_of(power: Floats, serving: Ints, need: Ints, hysteresis: float, reach: float) -> Boxes:
    """Return the boxes of a window.

    Parameters
    ----------
    power : (N, 3) ndarray of float
        RSRP, dBm.
    serving : (N,) ndarray of int
        Cell of each user.
    need : (N, 3) ndarray of int
        Blocks needed in every cell.
    hysteresis, reach : float
        dB.

    Raises
    ------
    InputError
        If the users' thresholds make more boxes than fit in memory.
    """
    first, second, third = (users_of(cell, power, serving, need, hysteresis) for cell in range(3))
    users = (first, second, third)
    axes = [Axis(cut(_thresholds(users, axis), -reach, reach)) for axis in range(3)]
    if (count := math.prod(len(axis.low) for axis in axes)) > MOST_BOXES:
        raise InputError(
            f"thresholds of {len(serving)} users make {count} boxes: must be at most {MOST_BOXES}"
        )
    tables = [_table(of_cell, axes) for of_cell in users]
    low, high, moved = (
        _add_up([table[0] for table in tables]),
        _add_up([table[1] for table in tables]),
        _add_up([table[2] for table in tables]),
    )
    return Boxes(users, axes, low, high, moved[..., 0], [table[3] for table in tables])


def least_imbalance(low: Ints, high: Ints) -> Ints:
    """Return the least `imbalance` (...) of whole numbers between ``low`` and ``high`` (..., 3).

    The least of the highs and the greatest of the lows, if they cross, are as close as two cells
    can come, and the third goes as near to their middle as it can.
    """
    most, least = low.max(axis=-1), high.min(axis=-1)
    middle = (most + least) // 2
    # Where nothing crosses, all three can be equal.
    point = np.where(
        (most > least)[..., None], np.clip(middle[..., None], low, high), most[..., None]
    )
    return imbalance(point)


def _thresholds(users: tuple[Users, Users, Users], axis: int) -> Floats:
    """Return all thresholds on an axis, of the users of its two cells."""
    return np.concatenate([users[cell].thresholds[AXES[cell].index(axis)] for cell in PAIRS[axis]])


def _table(users: Users, axes: list[Axis]) -> tuple[Ints, Ints, Ints, NDArray[np.bool_]]:
    """Return blocks by cell (Kx, Ky, 3), least and most, users moved (Kx, Ky, 1), and who is open.

    On the two axes of one cell's users.
    """
    first, second = (
        users.prefers(rival, axes[axis].middle) for rival, axis in enumerate(AXES[users.cell])
    )
    one, other = first[:, None], second[None]
    both = one & other
    lowest, highest = diagonal_range(users.cell, axes)
    decided = users.to_first((lowest + highest) / 2)
    open_ = (
        both
        & (users.diagonal > lowest[..., None] + MARGIN)
        & (users.diagonal < highest[..., None] - MARGIN)
    )
    settled = both & ~open_
    chosen = {
        users.cell: ~(one | other),
        RIVALS[users.cell][0]: (one & ~other) | (settled & decided),
        RIVALS[users.cell][1]: (other & ~one) | (settled & ~decided),
    }
    low = np.stack([chosen[cell] @ users.need[:, cell] for cell in range(3)], axis=-1)
    extra = open_ @ users.need
    extra[..., users.cell] = 0
    return low, low + extra, (one | other).sum(axis=-1)[..., None], open_


def _add_up(tables: list[Ints]) -> Ints:
    """Return the sum (Ka, Kb, Kc, ...) of the three cells' tables, each on its own two axes."""
    (one,), (other,), (third,) = (set(range(3)) - set(axes) for axes in AXES)
    return (
        np.expand_dims(tables[0], one)
        + np.expand_dims(tables[1], other)
        + np.expand_dims(tables[2], third)
    )
