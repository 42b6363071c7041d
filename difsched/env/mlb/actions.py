"""Actions: differences of the cells' offsets, one vector for the whole network."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.errors import InputError

from .config import Config
from .radio import Floats

#: How far an entry may lie outside the box by rounding, dB; it is moved back.
ROUNDING = 1e-6


@dataclass(frozen=True)
class FeasibleSet:
    """The box low <= x <= high with R linear budgets, of every window.

    Attributes
    ----------
    low, high : (A,) ndarray of float
        dB.
    weights : (W, R, A) ndarray of float
        The budgets' left sides; here R = 0.
    budgets : (W, R) ndarray of float
        Their right sides.
    """

    low: Floats
    high: Floats
    weights: Floats
    budgets: Floats


def feasible_set(config: Config, observation: NDArray[Any]) -> FeasibleSet:
    """Return what may be done in windows (W, N, F): a box, the same in all of them."""
    width, windows = len(config.pairs), len(observation)
    bound = np.full(width, config.reach)
    return FeasibleSet(-bound, bound, np.empty((windows, 0, width)), np.empty((windows, 0)))


def project(config: Config, action: NDArray[Any]) -> Floats:
    """Return the nearest action of the box (Euclidean): every entry clipped."""
    return np.clip(np.asarray(action, dtype=np.float64), -config.reach, config.reach)


def check_action(config: Config, action: NDArray[Any], observation: NDArray[Any]) -> Floats:
    """Return an action of the box.

    Parameters
    ----------
    config : Config
        The problem.
    action : (W, 1, A) or (W, A) array of float
        Differences d_ij = c_ij - c_ji, dB, of the pairs of cells in order; positive values move
        users from i to j.
    observation : (W, N, F) ndarray of float
        What the action answers to.

    Returns
    -------
    (W, A) ndarray of float

    Raises
    ------
    InputError
        If the shape differs, or entries are not finite or outside [-reach, reach].
    """
    values, width = np.asarray(action), len(config.pairs)
    shape = (len(observation), width)
    if values.dtype.kind not in "fiu" or values.shape not in (shape, (shape[0], 1, width)):
        raise InputError(
            f"action has the shape {values.shape} of {values.dtype}: must be numbers, "
            f"{(shape[0], 1, width)}"
        )
    values = values.reshape(shape).astype(np.float64)
    wrong = ~(np.abs(values) <= config.reach + ROUNDING)  # NaN, too
    if wrong.any():
        row, entry = np.argwhere(wrong)[0].tolist()
        raise InputError(
            f"action[{row}, {entry}] = {values[row, entry]:g}, and {wrong.sum()} of {wrong.size} "
            f"entries, are not allowed: must be within {config.reach:g} dB"
        )
    return project(config, values)


def differences(offsets: Floats, cells: int) -> Floats:
    """Return the actions (..., A) of cell-individual offsets (..., C (C - 1)), dB.

    The offsets of ordered pairs (1>2), (1>3), (2>1), (2>3), ..: row by row, no diagonal.
    """
    matrix = np.zeros((*offsets.shape[:-1], cells, cells))
    matrix[..., ~np.eye(cells, dtype=bool)] = offsets
    first, second = np.triu_indices(cells, 1)
    return matrix[..., first, second] - matrix[..., second, first]
