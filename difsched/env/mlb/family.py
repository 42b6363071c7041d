"""Mobility load balancing as a problem family: what data, training and evaluation know of it."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from difsched.errors import InputError
from difsched.family import Combine, Family, Metric, References
from difsched.policy import RandomBehaviour

from .actions import actions, random_offsets
from .config import CONFIGURATIONS, MlbConfig
from .network import combine
from .simulator import Simulator, feature_names
from .walks import Walks, split_walks


def simulator(
    config: MlbConfig,
    split: str,
    copies: int,
    outcomes: str,
    seed: np.random.SeedSequence,
    source: Walks | None = None,
) -> Simulator:
    """Return copies of a network; see `Family.simulator`.

    Parameters
    ----------
    outcomes : str
        Not used: nothing that comes of a second is left to chance.
    seed : numpy.random.SeedSequence
        Of errors; and of the order of training files, where copies are fewer.
    source : Walks or None
        Movement of one's own; None: that of the configuration.
    """
    walks = split_walks(config, split, copies) if source is None else source
    draw = np.random.default_rng(seed)
    if split == "train" and copies < len(walks.home):
        order = draw.permutation(len(walks.home))
        walks = Walks(walks.positions[order], walks.home[order])
    return Simulator(config, copies, draw, walks)


def closed_form(config: MlbConfig) -> Combine:
    """Return the reward of a configuration, of mean outcomes and observations."""
    return partial(combine, config=config)


def references(config: MlbConfig) -> References:
    """Return no offsets at all and the exact one-step optimum.

    The latter is no bound: who looks ahead can exceed 100.
    """
    none = None
    if config.reward != "load_balance" or config.cells != 3:
        none = "the exact optimum is of load_balance and three cells alone"
    return References(zero="static", hundred="one_step", seen=config, none=none)


def view(config: MlbConfig) -> dict[str, Any]:
    """Return what decides on the meaning of outcomes, which weights carry."""
    return {"reward": config.reward}


def check_view(features: int, seen: Mapping[str, Any], config: MlbConfig) -> None:
    """Raise InputError unless weights are for as many cells and the same reward."""
    names = feature_names(config)
    if features != len(names):
        raise InputError(f"trained on {features} features: must be {len(names)}, two for each cell")
    if seen.get("reward") != config.reward:
        raise InputError(f"trained for reward = {seen.get('reward')!r}: must be {config.reward}")


FAMILY = Family(
    name="mlb",
    entity="user",
    cost=Metric("loss", "Imbalance", "", "lower"),
    load=CONFIGURATIONS.load,
    parse=MlbConfig.from_dict,
    configurations=CONFIGURATIONS.numbers,
    name_of=CONFIGURATIONS.name_of,
    simulator=simulator,
    actions=actions,
    entities=lambda config: config.users,
    combine=closed_form,
    references=references,
    metrics=(
        Metric("load_balance", "Minus the loads' SD", "", "higher"),
        Metric("throughput", "Throughput", "Mb/s", "higher"),
        Metric("jain", "Jain's index of the cells", "", "higher"),
        Metric("blocking", "Blocked users", "", "lower"),
        Metric("handovers", "Handovers", "1/s", "lower"),
    ),
    episode=lambda config: config.steps,
    windows=lambda config: config.training_episodes * config.steps,
    test_episode=lambda config: config.steps,
    behaviours={
        "random": lambda config, generator: RandomBehaviour(config, random_offsets, generator)
    },
    view=view,
    check_view=check_view,
)
