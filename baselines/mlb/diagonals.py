"""Inside one box: which combinations of the diagonals' sides can be had, and where."""

import numpy as np

from difsched.env.mlb.radio import Ints
from difsched.typing import Floats

from .boxes import Boxes
from .intervals import AXES, MARGIN, RIVALS, Axis, cut, diagonal_range
from .solution import imbalance

#: Stands for a combination of sides that no point has.
IMPOSSIBLE = np.iinfo(np.int64).max
Ends = tuple[float, float]


def best_in_box(boxes: Boxes, box: tuple[int, int, int], prbs: int) -> tuple[int, Floats]:
    """Return the least imbalance in a box, and a point (3,) inside the first part that has it.

    Parts are ordered by the intervals of a - b, then of a + c, then of b - c.

    Parameters
    ----------
    boxes : Boxes
        All boxes of a window.
    box : tuple of three int
        Which of them.
    prbs : int
        Blocks of a cell: totals are cut there.
    """
    cuts, extras = zip(*(_sides(boxes, cell, box) for cell in range(3)), strict=True)
    extra = extras[0][:, None, None] + extras[1][None, :, None] + extras[2][None, None]
    value = imbalance(np.minimum(boxes.low[box] + extra, prbs))
    low, high = _first_axis(
        _box_ends(boxes, box),
        [axis.low.reshape(shape) for axis, shape in zip(cuts, _SHAPES, strict=True)],
        [axis.high.reshape(shape) for axis, shape in zip(cuts, _SHAPES, strict=True)],
    )
    value = np.where(high - low > MARGIN, value, IMPOSSIBLE)
    part = np.unravel_index(value.argmin(), value.shape)
    ends = [(float(axis.low[k]), float(axis.high[k])) for axis, k in zip(cuts, part, strict=True)]
    first = float(low[part] + high[part]) / 2
    return int(value[part]), _point(first, _box_ends(boxes, box), ends)


_SHAPES = ((-1, 1, 1), (1, -1, 1), (1, 1, -1))


def _box_ends(boxes: Boxes, box: tuple[int, int, int]) -> list[Ends]:
    """Return the ends of a box on a, b and c."""
    return [
        (float(axis.low[k]), float(axis.high[k])) for axis, k in zip(boxes.axes, box, strict=True)
    ]


def _sides(boxes: Boxes, cell: int, box: tuple[int, int, int]) -> tuple[Axis, Ints]:
    """Return a cell's diagonal, cut (K) inside a box, and the blocks (K, 3) that this decides."""
    users = boxes.users[cell]
    place = tuple(box[axis] for axis in AXES[cell])
    open_ = boxes.open_[cell][place]
    low, high = (ends[place] for ends in diagonal_range(cell, boxes.axes))
    axis = Axis(cut(users.diagonal[open_], float(low), float(high)))
    to_first = users.to_first(axis.middle)[:, open_]
    first, second = RIVALS[cell]
    blocks = np.zeros((len(axis.middle), 3), dtype=np.int64)
    blocks[:, first] = to_first @ users.need[open_, first]
    blocks[:, second] = ~to_first @ users.need[open_, second]
    return axis, blocks


def _first_axis(ends: list[Ends], low: list[Floats], high: list[Floats]) -> tuple[Floats, Floats]:
    """Return between which values a lies, of points in a box with given ends of the diagonals.

    For a given a the others are free in b's own interval and that of a - b, c's own and that of
    a + c, and b - c must reach between its ends. Each demand is a bound on a (Fourier-Motzkin
    elimination of c and b); there is a point exactly if the greatest lower bound is below the
    least upper one.

    Parameters
    ----------
    ends : list of three (low, high)
        Of a, b and c, dB.
    low, high : list of three ndarray of float
        Of a - b, a + c and b - c, dB, of broadcastable shapes; each within what the box allows.
    """
    (a0, a1), (b0, b1), (c0, c1) = ends
    (s0, t0, u0), (s1, t1, u1) = low, high
    lowest = [b0 + s0, t0 - c1, (s0 + t0 + u0) / 2, u0 + s0 + c0, u0 + t0 - b1]
    highest = [b1 + s1, t1 - c0, (s1 + t1 + u1) / 2, u1 + s1 + c1, u1 + t1 - b0]
    bottom, top = np.broadcast_arrays(a0 + 0 * lowest[2], a1 + 0 * highest[2])
    for one, other in zip(lowest, highest, strict=True):
        bottom, top = np.maximum(bottom, one), np.minimum(top, other)
    return bottom, top


def _point(a: float, ends: list[Ends], diagonals: list[Ends]) -> Floats:
    """Return a point (3,) in a box, inside given ends of the diagonals, with a given a."""
    (b0, b1), (c0, c1) = ends[1:]
    (s0, s1), (t0, t1), (u0, u1) = diagonals
    c0, c1 = max(c0, t0 - a), min(c1, t1 - a)
    b = (max(b0, a - s1, u0 + c0) + min(b1, a - s0, u1 + c1)) / 2
    c = (max(c0, b - u1) + min(c1, b - u0)) / 2
    return np.array([a, b, c])
