"""Networks in the middle of an episode."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from difsched.env.mlb.config import CONFIGURATIONS, MlbConfig
from difsched.env.mlb.simulator import Simulator
from difsched.typing import Floats


def states(name: str, count: int, every: int = 7) -> tuple[MlbConfig, Floats]:
    """Return states (count, N, F) of a preset's first file, met under random offsets."""
    config = replace(CONFIGURATIONS.load(name), files=[1000])
    simulator = Simulator(config, 1, np.random.SeedSequence(0))
    draw = np.random.default_rng(1)
    seen = []
    for second in range(count * every):
        if second % every == every - 1:
            seen.append(simulator.observation[0])
        if second < count * every - 1:
            simulator.step(draw.uniform(-12, 12, (1, 1, 3)))
    return config, np.array(seen)


def random_state(seed: int, users: int, prbs: int = 5) -> tuple[MlbConfig, NDArray[np.float64]]:
    """Return one state of few users with RSRPs that are close to one another."""
    draw = np.random.default_rng(seed)
    scene = replace(CONFIGURATIONS.load("synthetic_rrl").scene, prbs=prbs)
    config = replace(CONFIGURATIONS.load("synthetic_rrl"), scene=scene, users=users)
    power = draw.uniform(-100, -80, (1, users, 3))
    serving = draw.integers(3, size=(1, users))
    return config, np.concatenate([power, np.eye(3)[serving]], axis=-1)
