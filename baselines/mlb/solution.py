"""What an oracle returns, and the quantity that all of them minimise."""

from dataclasses import dataclass

import numpy as np

from difsched.env.mlb.config import MlbConfig
from difsched.env.mlb.radio import Ints
from difsched.errors import InputError
from difsched.typing import Floats


@dataclass(frozen=True)
class Solution:
    """Actions of W windows.

    Attributes
    ----------
    action : (W, 1, A) ndarray of float
        Differences of offsets, dB.
    value : (W,) ndarray of float
        The reward ``load_balance`` of the action.
    bound : (W,) ndarray of float
        No action can do better.
    """

    action: Floats
    value: Floats
    bound: Floats


def imbalance(total: Ints) -> Ints:
    """Return C times the sum of squares, less the square of the sum, of totals (..., C).

    The variance of the loads is this over (C prbs)^2: whole numbers compare without rounding.
    """
    return total.shape[-1] * (total * total).sum(axis=-1) - total.sum(axis=-1) ** 2


def balance_of(imbalance: Ints, config: MlbConfig) -> Floats:
    """Return the reward ``load_balance`` of an `imbalance` of totals cut at a cell's blocks."""
    return -np.sqrt(imbalance) / (config.cells * config.scene.prbs)


def need_load_balance(config: MlbConfig) -> None:
    """Raise InputError unless the reward is the one that the oracles maximise."""
    if config.reward != "load_balance":
        raise InputError(f"reward = {config.reward!r}: the oracles know load_balance alone")


def need_three_cells(config: MlbConfig) -> None:
    """Raise InputError unless there are three cells."""
    if config.cells != 3:
        raise InputError(f"sites: {config.cells} cells: the exact optimum is for three")
