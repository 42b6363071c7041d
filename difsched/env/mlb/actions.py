"""Actions: differences of the cells' offsets, one vector for the whole network."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from difsched.errors import InputError

from .config import MlbConfig
from .radio import Floats

#: How far an entry may lie outside the box and count as within, dB: rounding of float32.
ROUNDING = 1e-5


@dataclass(frozen=True)
class ActionSet:
    """The box low <= x <= high with R linear budgets, in W windows.

    Attributes
    ----------
    low, high : float
        dB.
    requirement : None
        The budgets' left sides: there is no budget, R = 0.
    supply : None
        Their right sides.
    """

    low: float
    high: float
    requirement: None = None
    supply: None = None


def action_set(observation: Any, config: MlbConfig) -> ActionSet:
    """Return what may be done in windows (W, N, F): a box, the same in all of them."""
    return ActionSet(-config.reach, config.reach)


def project(action: ArrayLike, config: MlbConfig) -> Floats:
    """Return the nearest action of the box (Euclidean): every entry cut."""
    return np.clip(np.asarray(action, dtype=np.float64), -config.reach, config.reach)


def check(
    action: ArrayLike, observation: NDArray[Any], config: MlbConfig
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return an action of the box, and in which windows the given one was outside.

    Parameters
    ----------
    action : (W, 1, A) or (W, A) array_like
        Differences d_ij = c_ij - c_ji, dB, of the pairs of cells in order; positive values move
        users from i to j.
    observation : (W, N, F) ndarray of float
        What the action answers to.
    config : MlbConfig
        The problem.

    Returns
    -------
    allowed : (W, A) ndarray of float
        The nearest action of the box.
    projected : (W,) ndarray of bool
        Whether the given one was outside, by more than the rounding error of float32.

    Raises
    ------
    InputError
        If the action has another shape, or entries that are not finite numbers.
    """
    shape = (len(observation), len(config.pairs))
    values = _numbers(action)
    if values.shape not in (shape, (shape[0], 1, shape[1])):
        raise InputError(f"action has the shape {values.shape}: must be {(shape[0], 1, shape[1])}")
    values = values.reshape(shape)
    allowed = project(values, config)
    outside: NDArray[np.bool_] = np.any(np.abs(allowed - values) > ROUNDING, axis=-1)
    return allowed, outside


def check_offsets(action: ArrayLike, config: MlbConfig) -> Floats:
    """Return one action (A,) that a user names.

    Raises
    ------
    InputError
        If it is of another length, not finite, or outside the box.
    """
    values, count = _numbers(action), len(config.pairs)
    if values.shape != (count,):
        raise InputError(f"offsets have the shape {values.shape}: must be {count} numbers")
    wrong = np.abs(values) > config.reach
    if wrong.any():
        raise InputError(
            f"offsets: {values[wrong][0]:g} dB is out of range: must be within {config.reach:g} dB"
        )
    return values


def _numbers(action: ArrayLike) -> Floats:
    try:
        values = np.asarray(action).astype(np.float64)
    except (TypeError, ValueError):
        raise InputError(f"action = {action!r:.60}: must be numbers") from None
    if not (finite := np.isfinite(values)).all():
        raise InputError(f"action holds {values[~finite][0]}: must be finite")
    return values


def differences(offsets: Floats, cells: int) -> Floats:
    """Return the actions (..., A) of cell-individual offsets (..., C (C - 1)), dB.

    The offsets of ordered pairs (1>2), (1>3), (2>1), (2>3), ..: row by row, no diagonal.
    """
    matrix = np.zeros((*offsets.shape[:-1], cells, cells))
    matrix[..., ~np.eye(cells, dtype=bool)] = offsets
    first, second = np.triu_indices(cells, 1)
    return matrix[..., first, second] - matrix[..., second, first]
