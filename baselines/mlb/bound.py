"""A certified bound: nobody can balance better, whatever the offsets are over the episode."""

import numpy as np
from numpy.typing import NDArray

from difsched.env.mlb.config import MlbConfig
from difsched.env.mlb.radio import Ints, blocks
from difsched.typing import Floats

from .solution import balance_of, imbalance, need_load_balance, need_three_cells


def reachable_cells(config: MlbConfig, power: Floats, home: Ints) -> NDArray[np.bool_]:
    """Return where each user can be at all in each second, if it alone is steered.

    Parameters
    ----------
    config : MlbConfig
        The problem.
    power : (T, N, C) ndarray of float
        RSRPs of all seconds, dBm.
    home : (N,) ndarray of int
        Cell of each user before.

    Returns
    -------
    (T, N, C) ndarray of bool
    """
    here = home[:, None] == np.arange(config.cells)
    found = []
    for second in power:
        # From i to j if some differences make j's score the best: j's own at its highest, and the
        # others', but for the serving cell's, at their lowest.
        score = second[:, None, :] - config.reach
        diagonal = np.arange(config.cells)
        highest = np.repeat(second[:, None, :] + config.reach, config.cells, axis=1)
        lowest = np.repeat(score, config.cells, axis=1)
        highest[:, diagonal, diagonal] = lowest[:, diagonal, diagonal] = second + config.hysteresis
        rivals = np.where(np.eye(config.cells, dtype=bool), -np.inf, lowest[:, :, None, :])
        steerable = highest >= rivals.max(axis=-1)
        here = (here[:, :, None] & steerable).any(axis=1)
        found.append(here)
    return np.array(found)


def episode_bound(config: MlbConfig, power: Floats, home: Ints) -> Floats:
    """Return the most that the reward can be in each second, (T,).

    Every user is taken to choose freely among the cells that it can be steered to, from any cell
    where it can have been before. Which loads follow is counted exactly, user by user, so the
    bound leaves open only that one set of offsets steers all users. Time and memory grow with the
    cube of a cell's blocks.

    Parameters
    ----------
    config : MlbConfig
        Three cells, and the reward ``load_balance``.
    power : (T, N, 3) ndarray of float
        RSRPs of all seconds, dBm.
    home : (N,) ndarray of int
        Cell of each user before.

    Raises
    ------
    InputError
        If the configuration is of another kind.
    """
    need_load_balance(config)
    need_three_cells(config)
    may = reachable_cells(config, power, home)
    need = blocks(power, config.demand)
    least = [_least_imbalance(*second, config.scene.prbs) for second in zip(may, need, strict=True)]
    return balance_of(np.array(least), config)


def _least_imbalance(may: NDArray[np.bool_], need: Ints, prbs: int) -> int:
    """Return the least imbalance of totals, if each user takes any of the cells it may be in.

    Parameters
    ----------
    may : (N, 3) ndarray of bool
        Cells of each user.
    need : (N, 3) ndarray of int
        Blocks needed there.
    prbs : int
        Blocks of a cell: totals are cut there.
    """
    fixed = may.sum(axis=-1) == 1
    start = np.minimum((need * may)[fixed].sum(axis=0), prbs)
    totals = np.zeros((prbs + 1,) * 3, dtype=bool)
    totals[tuple(start)] = True
    for cells, blocks_needed in zip(may[~fixed], need[~fixed], strict=True):
        totals = np.logical_or.reduce(
            [
                _add(totals, cell, int(blocks_needed[cell]))
                for cell in np.flatnonzero(cells).tolist()
            ]
        )
    return int(imbalance(np.argwhere(totals)).min())


def _add(totals: NDArray[np.bool_], cell: int, extra: int) -> NDArray[np.bool_]:
    """Return the totals that follow when a cell needs some more blocks; its last is `or more`."""
    moved = np.zeros_like(totals)
    source, target = np.moveaxis(totals, cell, 0), np.moveaxis(moved, cell, 0)
    if extra < len(source):
        target[extra:] = source[: len(source) - extra]
    target[-1] = source[max(len(source) - 1 - extra, 0) :].any(axis=0)
    return moved
