"""Who makes the offline data: composed sub-agents or experts, and random reservations."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.baselines.slice.oracle import maximize_sigmoids
from difsched.baselines.slice.sigmoids.envelope import tangent_point
from difsched.config import DatasetConfig, EnvironmentConfig
from difsched.env.slice.columns import Column
from difsched.env.slice.dataset import OfflineDataset, collect
from difsched.env.slice.random_data import RandomPolicy
from difsched.env.slice.simulator import Simulator
from difsched.env.slice.traffic.generator import Traffic, TrafficGenerator
from difsched.env.slice.view import seen_traffic
from difsched.policy import Policy
from difsched.utils.seeding import rng, seed_sequence

#: Share of the users that the budget takes at their tangent point whom the oracle serves.
SERVED_SHARE = 0.86


class ExpertsPolicy:
    """Serves a random subset of the users as well as can be, and drops the others.

    About as many users as the oracle serves: 6 of 8, 12 of 20. Any two choices are nearly as good
    and far apart: behaviour with many good modes.

    Parameters
    ----------
    config : EnvironmentConfig
        The slice.
    generator : numpy.random.Generator
        Where subsets are drawn from.
    """

    def __init__(self, config: EnvironmentConfig, generator: np.random.Generator) -> None:
        self.budget, self.generator = config.B, generator
        taken = config.N_user / difficulty(config)  # at their envelope's tangent point
        self.served = min(config.N_user, max(1, round(SERVED_SHARE * taken)))

    def act(self, observation: NDArray[Any]) -> NDArray[np.int64]:
        """Return grants (W, N); see `Policy.act`."""
        demand, _, slope, midpoint = np.moveaxis(observation[..., : len(Column)], -1, 0)
        place = self.generator.random(demand.shape).argsort(axis=1).argsort(axis=1)
        chosen = np.where(place < self.served, np.maximum(demand, 1.0), 0.0)
        return maximize_sigmoids(chosen, slope, midpoint, self.budget).allocation


def difficulty(config: EnvironmentConfig) -> float:
    """Return kappa = sum_i w_i / B, averaged over the channel classes.

    w_i = v_t / k is the grant at which user i's concave envelope meets its sigmoid: with kappa > 1
    the budget cannot take every user there.
    """
    slopes, midpoints = np.array(config.sigmoid_k_list), np.array(config.sigmoid_s_list)
    tangents = tangent_point(slopes * midpoints) / slopes
    return float(config.N_user * tangents.mean() / config.B)


def collect_parts(
    dataset: DatasetConfig,
    config: EnvironmentConfig,
    traffic: Traffic,
    behaviour: Policy,
    *name: str | int,
) -> dict[str, OfflineDataset]:
    """Collect the parts of a dataset on the training trace: the behaviour's, the random one's.

    Parameters
    ----------
    dataset : DatasetConfig
        Size, episodes, shares, behaviour.
    config : EnvironmentConfig
        The slice.
    traffic : Traffic
        Its traffic.
    behaviour : Policy
        Who reserves besides: the composed sub-agents, or what a family has in their place. Experts
        replace it where the dataset says so.
    *name : str or int
        Names of the random streams.

    Returns
    -------
    dict
        The dataset's ``behaviour``, such as ``sub_agents``, and ``random``; without what has no
        episode.
    """
    episodes = dataset.n_windows // dataset.episode_length
    random = round(dataset.random_share * episodes)

    def stream(part: str) -> np.random.Generator:
        return rng(config.randomSeed, *name, f"{part} reservations")

    policies: dict[str, Policy] = {dataset.behaviour: behaviour}
    if dataset.behaviour == "experts":
        policies["experts"] = ExpertsPolicy(config, stream("experts"))
    policies["random"] = RandomPolicy(config.B, stream("random"))
    parts, seen = {}, seen_traffic(config, traffic)
    for (part, policy), count in zip(policies.items(), (episodes - random, random), strict=True):
        if count:
            seed = seed_sequence(config.randomSeed, *name, part)
            simulator = Simulator(
                config, TrafficGenerator(seen.train), count, outcomes="sampled", seed=seed
            )
            parts[part] = collect(simulator, policy, dataset.episode_length)
    return parts
