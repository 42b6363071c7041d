"""Searches over a fixed list of actions: in every second, or once for all."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.env.mlb.config import MlbConfig
from difsched.env.mlb.network import load_balance
from difsched.env.mlb.radio import Ints, advantage, associate, blocks, of_cell, one_hot, rsrp
from difsched.env.mlb.simulator import split_observation
from difsched.env.mlb.walks import Walks
from difsched.errors import InputError
from difsched.typing import Floats

from .solution import need_load_balance

#: Most actions of a list: they are tried side by side.
MOST_CANDIDATES = 20_000


def grid(config: MlbConfig, points: int) -> Floats:
    """Return all actions (M, A) whose entries are on an even grid from -reach to reach.

    The first entry changes most slowly. With ``points`` = 9 there are 729 actions of three cells,
    3 dB apart.

    Raises
    ------
    InputError
        If there are fewer than 2 points, or more than 20,000 actions.
    """
    width = len(config.pairs)
    if points < 2 or points**width > MOST_CANDIDATES:
        raise InputError(
            f"points = {points}: must be at least 2, and at most {MOST_CANDIDATES} actions"
        )
    axis = np.linspace(-config.reach, config.reach, points)
    return np.stack(np.meshgrid(*[axis] * width, indexing="ij"), axis=-1).reshape(-1, width)


def random_candidates(config: MlbConfig, count: int, seed: int) -> Floats:
    """Return ``count`` actions (M, A), uniform in the box: a list for `search`."""
    draw = np.random.default_rng(seed)
    return draw.uniform(-config.reach, config.reach, (count, len(config.pairs)))


def try_all(
    config: MlbConfig, power: Floats, serving: Ints, candidates: Floats
) -> tuple[Floats, Ints]:
    """Return what every candidate does in one window.

    Parameters
    ----------
    config : MlbConfig
        The problem.
    power : (N, C) ndarray of float
        RSRP, dBm.
    serving : (N,) or (M, N) ndarray of int
        Cell of each user before; the same for all candidates, or each candidate's own.
    candidates : (M, A) ndarray of float
        Actions, dB.

    Returns
    -------
    value : (M,) ndarray of float
        The reward ``load_balance``.
    serving : (M, N) ndarray of int
        Cell of each user after.
    """
    shape = (len(candidates), len(power))
    gain = advantage(candidates, config.cells, config.hysteresis)
    after = associate(power, np.broadcast_to(serving, shape), gain)
    need = of_cell(np.broadcast_to(blocks(power, config.demand), (*shape, config.cells)), after)
    total = (need[:, None] @ one_hot(after, config.cells))[:, 0]
    return load_balance(total, config.scene.prbs), after


def search(observation: NDArray[Any], config: MlbConfig, candidates: Floats) -> Floats:
    """Return the best of a list of actions in each window, (W, 1, A); the first of equals."""
    need_load_balance(config)
    power, serving = split_observation(observation, config)
    best = [
        try_all(config, *window, candidates)[0].argmax()
        for window in zip(power, serving, strict=True)
    ]
    return candidates[best][:, None]


def constant_values(config: MlbConfig, walks: Walks, candidates: Floats) -> Floats:
    """Return the mean reward (M,) of each candidate, held through all episodes.

    Parameters
    ----------
    config : MlbConfig
        The problem.
    walks : Walks
        The episodes.
    candidates : (M, A) ndarray of float
        Actions, dB.
    """
    total = np.zeros(len(candidates))
    power = rsrp(walks.positions, np.array(config.scene.sites, dtype=np.float64))
    for episode, home in zip(power[:, :-1], walks.home, strict=True):
        serving = np.tile(home, (len(candidates), 1))
        for second in episode:
            value, serving = try_all(config, second, serving, candidates)
            total += value
    return total / (len(power) * config.steps)


def best_constant(config: MlbConfig, walks: Walks, candidates: Floats) -> Floats:
    """Return the action (A,) that does best on average when held through all episodes."""
    return candidates[constant_values(config, walks, candidates).argmax()]
