"""Windows that nobody logged: states, random actions, and what the physics make of them."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.data.outcomes import OutcomeDataset
from difsched.env.mlb.actions import random_offsets
from difsched.env.mlb.config import MlbConfig
from difsched.env.mlb.network import combine, serve
from difsched.env.mlb.radio import Ints, one_hot
from difsched.env.mlb.simulator import split_observation
from difsched.errors import InputError
from difsched.typing import Floats


def alone(data: OutcomeDataset) -> OutcomeDataset:
    """Return the same windows as episodes of one each, so that others can stand beside them."""
    return OutcomeDataset(
        data.observation, data.next_observation, data.action, data.outcomes, data.reward, data.card
    )


def joined(parts: list[OutcomeDataset]) -> OutcomeDataset:
    """Return the windows of several datasets as one, with the card of the first."""
    return replace(OutcomeDataset.concatenate([alone(part) for part in parts]), card=parts[0].card)


def target_episodes(data: OutcomeDataset, config: MlbConfig) -> tuple[Floats, Ints]:
    """Return RSRPs (E, T, N, C) and serving cells (E, T, N) of the target class's episodes.

    Of all episodes where the training data hold none of the target class.

    Raises
    ------
    InputError
        If the dataset does not hold every training file equally often, in their order.
    """
    power, serving = split_observation(data.observation, config)
    shape = (len(data.final_observation), data.episode_length)
    chosen = is_target(data, config).reshape(shape)[:, 0]
    chosen = chosen if chosen.any() else ~chosen
    return power.reshape(*shape, *power.shape[1:])[chosen], serving.reshape(*shape, -1)[chosen]


def is_target(data: OutcomeDataset, config: MlbConfig) -> NDArray[np.bool_]:
    """Return which windows (W,) of a dataset are of the target class; raises as the above."""
    files, targets = config.training_episodes, len(config.target_files)
    episodes = len(data.final_observation)
    if episodes % files:
        raise InputError(
            f"dataset has {episodes} episodes: must be a multiple of {files}, as many as training "
            "files, to tell those of the target class"
        )
    return np.repeat(np.arange(episodes) % files >= files - targets, data.episode_length)


def play(
    config: MlbConfig, power: Floats, serving: Ints, generator: np.random.Generator
) -> OutcomeDataset:
    """Let random actions pass over R courses of K seconds: R K windows, each of one episode.

    Rewards and outcomes of a second are those of its own RSRPs.

    Parameters
    ----------
    config : MlbConfig
        The problem.
    power : (R, K + 1, N, C) ndarray of float
        RSRPs, dBm; the last are what is seen at the end.
    serving : (R, N) ndarray of int
        Cell of each user before the first second.
    generator : numpy.random.Generator
        Of the actions.
    """
    parts = []
    for second in range(power.shape[1] - 1):
        now = power[:, second]
        seen = _seen(now, serving, config)
        action = random_offsets(seen, generator, config)
        serving, outcomes, _ = serve(config, now, serving, action[:, 0])
        reward = combine(outcomes.mean(axis=1), seen, config)
        after = _seen(power[:, second + 1], serving, config)
        arrays: list[Any] = [seen, after, action, outcomes, reward]
        parts.append(OutcomeDataset(*arrays))
    return joined(parts)


def _seen(power: Floats, serving: Ints, config: MlbConfig) -> NDArray[np.float32]:
    return np.concatenate([power, one_hot(serving, config.cells)], axis=-1).astype(np.float32)
