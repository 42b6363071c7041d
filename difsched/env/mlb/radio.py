"""The radio link: path loss, what a resource block carries, and which cell a user attaches to."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.typing import Floats

Ints = NDArray[np.int64]

#: Transmit power 20 dBm, antenna gain 14 dBi, cable loss 2 dB (original).
EIRP = 20.0 + 14.0 - 2.0
#: Carrier, MHz; antenna heights of site and user, m; least distance, km (original).
FREQUENCY, SITE_HEIGHT, USER_HEIGHT, NEAREST = 2000.0, 30.0, 1.5, 0.02
#: Loss of a decade of distance, dB (COST 231-Hata).
SLOPE = 44.9 - 6.55 * math.log10(SITE_HEIGHT)
#: RSRP at which the lowest level begins, and the one from which on the highest holds, dBm.
WEAKEST, STRONGEST = -110.0, -65.0
#: The ramp that the original uses for blocking alone ends here, dBm.
BLOCKING_STRONGEST = -80.0
LEVELS = 10
#: What one block carries at the lowest level, bit/s: 180 kHz at 0.5 bit/s/Hz.
BLOCK_RATE = 90_000.0


def path_loss(distance: Floats) -> Floats:
    """Return the loss, dB, over distances in km: COST 231-Hata for a medium city.

    COST 231 final report, 1999, equation 4.4.3, with C_m = 0 dB; here 137.74 + 35.22 log10(d).
    """
    log_f, log_h = math.log10(FREQUENCY), math.log10(SITE_HEIGHT)
    user = (1.1 * log_f - 0.7) * USER_HEIGHT - (1.56 * log_f - 0.8)
    fixed = 46.3 + 33.9 * log_f - 13.82 * log_h - user
    return fixed + SLOPE * np.log10(distance)


def rsrp(positions: Floats, sites: Floats) -> Floats:
    """Return the received power of every cell.

    Parameters
    ----------
    positions : (..., N, 2) ndarray of float
        Users, m.
    sites : (C, 2) ndarray of float
        Antennas, m.

    Returns
    -------
    (..., N, C) ndarray of float
        RSRP, dBm, without fading or noise.
    """
    away = positions[..., None, :] - sites
    distance: Floats = np.hypot(away[..., 0], away[..., 1]) / 1000
    return EIRP - path_loss(np.maximum(distance, NEAREST))


def distances(power: Floats) -> Floats:
    """Return the distances, m, at which a power, dBm, is received: at least 20 m.

    The inverse of `rsrp` beyond them.
    """
    at_one_kilometre = EIRP - float(path_loss(np.ones(1))[0])
    kilometres: Floats = 10 ** ((at_one_kilometre - power) / SLOPE)
    return 1000 * np.maximum(kilometres, NEAREST)


def level(power: Floats, strongest: float = STRONGEST) -> Ints:
    """Return the modulation level 0..9 at an RSRP, dBm: a ramp from -110 dBm to ``strongest``."""
    step = (strongest - WEAKEST) / (LEVELS - 1)
    return np.clip(np.floor((power - WEAKEST) / step), 0, LEVELS - 1).astype(np.int64)


def block_rate(power: Floats, strongest: float = STRONGEST) -> Floats:
    """Return what one block carries at an RSRP, bit/s: 90,000 (1 + level)."""
    return BLOCK_RATE * (1 + level(power, strongest)).astype(np.float64)


def blocks(power: Floats, demand: float, strongest: float = STRONGEST) -> Ints:
    """Return the whole blocks that a user of a constant bit rate needs at an RSRP.

    For 1.024 Mbit/s 12, 6, 4, 3, 3 and then 2 blocks, from the lowest level up.
    """
    table = np.ceil(demand / (BLOCK_RATE * (1 + np.arange(LEVELS)))).astype(np.int64)
    return table[level(power, strongest)]


def advantage(action: Floats, cells: int, hysteresis: float) -> Floats:
    """Return what is added to the RSRP of each cell, by the cell that serves.

    Of the offsets c_ij only the differences d_ij = c_ij - c_ji matter, and d_ji = -d_ij.

    Parameters
    ----------
    action : (..., C (C - 1) / 2) ndarray of float
        d_ij, dB, of the pairs i < j in order.
    cells : int
        C.
    hysteresis : float
        What the serving cell has in advance, dB.

    Returns
    -------
    (..., C, C) ndarray of float
        dB; row: serving cell, column: candidate.
    """
    matrix = np.zeros((*action.shape[:-1], cells, cells))
    first, second = np.triu_indices(cells, 1)
    matrix[..., first, second] = action
    matrix[..., second, first] = -action
    matrix[..., np.arange(cells), np.arange(cells)] = hysteresis
    return matrix


def associate(power: Floats, serving: Ints, gain: Floats) -> Ints:
    """Return the cell that each user attaches to: the largest score, the first of equals.

    Parameters
    ----------
    power : (..., N, C) ndarray of float
        RSRP, dBm.
    serving : (..., N) ndarray of int
        Cell of each user before.
    gain : (..., C, C) ndarray of float
        See `advantage`; its leading axes are those of ``serving`` but for the users.

    Returns
    -------
    (..., N) ndarray of int
    """
    cells = gain.shape[-1]
    rows = gain.reshape(-1, cells)
    windows = np.arange(len(rows) // cells).reshape(*gain.shape[:-2], 1)
    score = power + rows.take(windows * cells + serving, axis=0)
    # Comparing column by column is several times faster than argmax along so short an axis.
    best, cell = score[..., 0], np.zeros(serving.shape, dtype=np.int64)
    for candidate in range(1, score.shape[-1]):
        better = score[..., candidate] > best
        cell[better] = candidate
        best = np.where(better, score[..., candidate], best)
    return cell


def of_cell(values: NDArray[Any], serving: Ints) -> NDArray[Any]:
    """Return the values (..., N) in each user's cell (..., N), of values (..., N, C)."""
    first = np.arange(serving.size).reshape(serving.shape) * values.shape[-1]
    return values.reshape(-1).take(first + serving)


def one_hot(serving: Ints, cells: int) -> Floats:
    """Return which cell serves, (..., N, C) of 0 and 1, of cells (..., N)."""
    return np.eye(cells).take(serving, axis=0)


def to_users(values: Floats, serving: Ints) -> Floats:
    """Return the values (..., N) of each user's cell (..., N), of cells' values (..., C)."""
    cells = values.shape[-1]
    windows = np.arange(values.size // cells).reshape(*values.shape[:-1], 1)
    return values.reshape(-1).take(windows * cells + serving)
