"""Actions: differences of the cells' offsets, one vector for the whole network."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from difsched.action_set import ActionSet
from difsched.errors import InputError
from difsched.typing import Floats

from .config import MlbConfig


def actions(config: MlbConfig) -> ActionSet:
    """Return what may be done: a box of differences d_ij = c_ij - c_ji, dB, for the whole network.

    One of each pair of cells i < j in order; positive values move users from i to j.
    """
    return ActionSet(-config.reach, config.reach, width=len(config.pairs), scope="whole")


def check_offsets(action: ArrayLike, config: MlbConfig) -> Floats:
    """Return one action (A,) that a user names.

    Raises
    ------
    InputError
        If it is of another length, not finite, or outside the box.
    """
    values, count = np.asarray(action, dtype=np.float64), len(config.pairs)
    if values.shape != (count,):
        raise InputError(f"offsets have the shape {values.shape}: must be {count} numbers")
    wrong = ~(np.abs(values) <= config.reach)  # NaN, too
    if wrong.any():
        raise InputError(
            f"offsets: {values[wrong][0]:g} dB is out of range: must be within {config.reach:g} dB"
        )
    return values


def differences(offsets: Floats, cells: int) -> Floats:
    """Return the actions (..., A) of cell-individual offsets (..., C (C - 1)), dB.

    The offsets of ordered pairs (1>2), (1>3), (2>1), (2>3), ..: row by row, no diagonal.
    """
    matrix = np.zeros((*offsets.shape[:-1], cells, cells))
    matrix[..., ~np.eye(cells, dtype=bool)] = offsets
    first, second = np.triu_indices(cells, 1)
    return matrix[..., first, second] - matrix[..., second, first]


def random_offsets(
    observation: NDArray[Any], generator: np.random.Generator, config: MlbConfig
) -> Floats:
    """Return random actions (W, 1, A) for observations (W, N, F): those of the original's data.

    Each of the C (C - 1) offsets is uniform within half the reach, 6 dB, so their differences are
    triangular.
    """
    half, count = config.reach / 2, config.cells * (config.cells - 1)
    offsets = generator.uniform(-half, half, (len(observation), 1, count))
    return differences(offsets, config.cells)
