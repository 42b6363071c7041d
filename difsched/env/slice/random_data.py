"""Data from random reservations: what a learner gets when nobody gives it any."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.config import EnvironmentConfig
from difsched.env.slice.allocation import scale_to_budget
from difsched.env.slice.dataset import OfflineDataset, collect
from difsched.env.slice.environment import training_traffic
from difsched.env.slice.simulator import Simulator
from difsched.utils.seeding import rng, seed_sequence


class RandomPolicy:
    """Splits the budget by weights that are uniform in [0, 1] and new for each user and window.

    Parameters
    ----------
    budget : int
        Budget B, RBs.
    generator : numpy.random.Generator
        Where the weights are drawn from.
    """

    def __init__(self, budget: int, generator: np.random.Generator) -> None:
        self.budget = budget
        self.generator = generator

    def act(self, observation: NDArray[Any]) -> NDArray[np.int64]:
        """Return random grants (W, N); see `Policy.act`."""
        return scale_to_budget(self.generator.random(observation.shape[:2]), self.budget)


def collect_random(config: EnvironmentConfig, windows: int) -> OfflineDataset:
    """Collect about ``windows`` windows on the training trace with random reservations.

    Whole episodes of ``config.LEN_episode`` windows, at least one. Their card says that they are
    random, from which the propensities follow. No history is shown: the log itself has it, see
    `OfflineDataset.remember`.
    """
    name = ("collect_random", config.dataflow)
    episodes = max(1, windows // config.LEN_episode)
    simulator = Simulator(
        replace(config, history=0),
        training_traffic(config),
        episodes,
        outcomes="sampled",
        seed=seed_sequence(config.randomSeed, *name, "simulator"),
    )
    policy = RandomPolicy(config.B, rng(config.randomSeed, *name, "policy"))
    data = collect(simulator, policy, config.LEN_episode)
    return replace(data, card={"dataset": {"behaviour": "random"}})
