"""What a slice owes the users whom it promises a floor: virtual queues.

A user who is promised the share f of its packets is owed f u more in every window, and what gets
through less. Neely (2010, section 4.4) calls this its virtual queue; here it may be negative, for
what a user got beyond the floor counts later, too. As long as debts stay bounded, the floor is kept
over time. They grow no further than ``MOST_DEBT`` either way: nobody could pay all of a floor that
was neglected for long.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.errors import InputError
from difsched.typing import Floats

#: Debt that doubles what a packet of its user counts, packets; chosen on training windows.
PATIENCE = 50.0
#: Largest debt, packets.
MOST_DEBT = 5 * PATIENCE
#: Part of a user's packets by which a floor may be missed and counts as kept all the same.
FLOOR_TOLERANCE = 0.02


def debt_after(
    debt: NDArray[Any], floor: Floats, demand: NDArray[Any], delivered: NDArray[Any]
) -> Floats:
    """Return what users (..., N) are owed after a window, packets within ``MOST_DEBT``.

    Parameters
    ----------
    debt : (..., N) ndarray of float
        Owed before the window, packets.
    floor : (N,) ndarray of float
        Shares that are promised.
    demand, delivered : (..., N) ndarray
        New packets of the window, and those that got through.
    """
    owed = np.where(floor > 0, debt + floor * demand - delivered, 0.0)
    return np.clip(owed, -MOST_DEBT, MOST_DEBT)


def worth(debt: NDArray[Any]) -> Floats:
    """Return what a packet of users with some debt counts, >= 1; both (..., N).

    One where nothing is owed, and one more with every ``PATIENCE`` packets: weights of loss and
    floor in the drift-plus-penalty of Neely (2010, section 4.5).
    """
    counted: Floats = 1.0 + np.maximum(debt, 0.0).astype(np.float64) / PATIENCE
    return counted


def promise_kept(due: Floats, delivered: Floats, offered: Floats) -> dict[str, Floats]:
    """Return how E episodes kept their floors.

    Parameters
    ----------
    due, delivered, offered : (E, N) ndarray of float
        Packets that were promised, that got through, and that were sent, in the episode.

    Returns
    -------
    dict
        ``shortfall`` (E,): the largest part of a user's packets, in [0, 1], by which it got less
        than promised. ``floor_met`` (E,): share of the users whom anything is promised and who
        got all of it but ``FLOOR_TOLERANCE``; 1 where nobody is.
    """
    missing = np.maximum(due - delivered, 0.0) / np.maximum(offered, 1.0)
    promised = (due > 0).sum(axis=1)
    met = ((due > 0) & (missing <= FLOOR_TOLERANCE)).sum(axis=1)
    share = np.divide(met, promised, out=np.ones(len(due)), where=promised > 0)
    return {"shortfall": missing.max(axis=1), "floor_met": share}


def check_promise(floor: Floats, chances: Floats) -> None:
    """Raise InputError if a user alone could not have its floor.

    Parameters
    ----------
    floor : (N,) ndarray of float
        Shares that are promised.
    chances : (C, B + 1) ndarray of float
        Success probability of each channel class with 0..B RBs.
    """
    if (asked := float(floor.max())) > (most := float(chances.max())):
        raise InputError(
            f"floor = {asked:g}: infeasible: at most {most:.3g}, which the whole budget of "
            f"{chances.shape[1] - 1} RBs gets through to one user alone"
        )


def check_debt(debt: NDArray[Any], shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return logged debts as float32; raise InputError unless they are (W, N), of that range."""
    values = np.asarray(debt, dtype=np.float32)
    if values.shape != shape:
        raise InputError(f"debt has shape {values.shape}: must be {shape}")
    if not (np.abs(values) <= MOST_DEBT).all():
        raise InputError(f"debt: must be packets in -{MOST_DEBT:g}..{MOST_DEBT:g}")
    return values
