"""The augmentations by name: each gives windows that stand beside the offline dataset.

Each adds 24 windows for every window of the target class (4,800 for 200), as documented of the
original's counterfactuals.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import torch

from difsched.data.outcomes import OutcomeDataset
from difsched.env.mlb.config import MlbConfig
from difsched.env.mlb.radio import Ints, rsrp
from difsched.env.mlb.simulator import split_observation
from difsched.errors import InputError
from difsched.typing import Floats

from .space import drift_on, locate
from .windows import joined, play, target_episodes
from .world import WorldConfig, fit_world

#: From a dataset, its configuration and a generator to windows beside it.
Augmentation = Callable[[OutcomeDataset, MlbConfig, np.random.Generator], OutcomeDataset]

#: New windows for each of the target class; standard deviation of noise, dB (measured facts: 3).
TIMES, NOISE = 24, 3.0
WORLD = WorldConfig()


def relabelled(
    data: OutcomeDataset, config: MlbConfig, generator: np.random.Generator
) -> OutcomeDataset:
    """Return real states of the target class with other actions."""
    return _varied(data, config, generator, 0.0)


def noisy(
    data: OutcomeDataset, config: MlbConfig, generator: np.random.Generator
) -> OutcomeDataset:
    """Return real states of the target class with noise on the powers, and other actions."""
    return _varied(data, config, generator, NOISE)


def _varied(
    data: OutcomeDataset, config: MlbConfig, generator: np.random.Generator, noise: float
) -> OutcomeDataset:
    power, serving = target_episodes(data, config)
    users = power.shape[2:]
    states = np.repeat(power.reshape(-1, *users), TIMES, axis=0)
    states = states + noise * generator.standard_normal(states.shape)
    before = np.repeat(serving.reshape(-1, users[0]), TIMES, axis=0)
    # Nothing is said of what comes after: the state itself stands for it.
    return play(config, np.stack([states, states], axis=1), before, generator)


def imagined(
    data: OutcomeDataset,
    config: MlbConfig,
    generator: np.random.Generator,
    world: WorldConfig = WORLD,
) -> OutcomeDataset:
    """Return counterfactual futures of real states, by the generative model.

    The model learns from all data; futures are those of the target class.
    """
    pasts, before = _pasts(data, config, generator, world)
    courses, history, users, cells = pasts.shape
    every, _ = split_observation(data.observation, config)
    every = every.reshape(len(data.final_observation), -1, users, cells).swapaxes(1, 2)
    center, scale = every.mean(), every.std()

    def standard(power: Floats) -> torch.Tensor:
        return torch.as_tensor((power - center) / scale, dtype=torch.float32)

    noise = torch.Generator().manual_seed(int(generator.integers(2**62)))
    model = fit_world(standard(every.reshape(-1, every.shape[2], cells)), world, noise)
    rows = pasts.swapaxes(1, 2).reshape(-1, history, cells)
    futures = model.imagine(standard(rows), world.horizon, noise).numpy() * scale + center
    futures = futures.reshape(courses, users, world.horizon, cells).swapaxes(1, 2)
    return play(config, np.concatenate([pasts[:, -1:], futures], axis=1), before, generator)


def in_space(
    data: OutcomeDataset,
    config: MlbConfig,
    generator: np.random.Generator,
    world: WorldConfig = WORLD,
) -> OutcomeDataset:
    """Return counterfactual futures of real states that users reach in space.

    Powers give positions, positions go on in their drift, and give powers again: every state is one
    that users can be in.
    """
    pasts, before = _pasts(data, config, generator, world)
    sites = np.array(config.scene.sites)
    courses = drift_on(locate(pasts, sites), world.horizon, config, generator)
    power = rsrp(courses, sites)
    power[:, 0] = pasts[:, -1]
    return play(config, power, before, generator)


def _pasts(
    data: OutcomeDataset, config: MlbConfig, generator: np.random.Generator, world: WorldConfig
) -> tuple[Floats, Ints]:
    """Return pasts (R, H, N, C) of the target class, and serving cells (R, N) at their end.

    As many that ``TIMES`` windows follow from each real one, ending at random seconds.

    Raises
    ------
    InputError
        If episodes are too short.
    """
    power, serving = target_episodes(data, config)
    episodes, seconds = power.shape[:2]
    if seconds < world.history + world.horizon:
        raise InputError(
            f"dataset's episodes have {seconds} windows: must have at least "
            f"{world.history + world.horizon}, the past and what is imagined"
        )
    count = TIMES * episodes * seconds // world.horizon
    episode = generator.integers(episodes, size=count)
    last = generator.integers(world.history - 1, seconds, size=count)
    past = last[:, None] + np.arange(1 - world.history, 1)
    return power[episode[:, None], past], serving[episode, last]


def augmented(
    data: OutcomeDataset, config: MlbConfig, name: str, generator: np.random.Generator
) -> OutcomeDataset:
    """Return a dataset with the windows of an augmentation beside its own; see `AUGMENTATIONS`."""
    return joined([data, AUGMENTATIONS[name](data, config, generator)])


#: By the names of methods: what stands behind the learner's.
AUGMENTATIONS: Mapping[str, Augmentation] = MappingProxyType(
    {"relabel": relabelled, "noise": noisy, "cf": imagined, "space": in_space}
)
