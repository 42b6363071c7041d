"""Edge computing as a problem family: what data, training and evaluation know of it."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from difsched.env.mec.actions import Shares
from difsched.env.mec.behaviours import noisy_rule, random_shares
from difsched.env.mec.columns import bounds, columns
from difsched.env.mec.config import CONFIGURATIONS, MecConfig
from difsched.env.mec.simulator import Simulator
from difsched.env.mec.slot import combine
from difsched.errors import InputError
from difsched.family import (
    EPISODE_WINDOWS,
    Combine,
    Family,
    Metric,
    References,
    mean_outcome,
)
from difsched.policy import RandomBehaviour

#: Part of the equal share 1 / N below which a learner's share counts as none. An actor gives no
#: exact zeros, so being local needs room: by the configuration's least share alone all offload.
NO_PART = 0.4
#: Why there is no score where work is left over.
WORK_IS_LEFT = "the optimum of a slot is no bound where work is left over"


def simulator(
    config: MecConfig,
    split: str,
    copies: int,
    outcomes: str,
    seed: np.random.SeedSequence,
    source: None = None,
) -> Simulator:
    """Return copies of an edge server; see `Family.simulator`.

    Tasks are drawn from the seed alone, the same way for both splits, and nothing is left to chance
    once a decision is taken.
    """
    return Simulator(config, copies, seed)


def references(config: MecConfig) -> References:
    """Return all local, and the certified optimum or, of too many orders, the search.

    The search has no certificate: a score above 100 is possible. Where work is left over both plan
    slot by slot, and there is no score.
    """
    return References(
        zero="all_local",
        hundred="optimum" if config.enumerable else "search",
        certified=config.enumerable and not config.leftover,
        none=WORK_IS_LEFT if config.leftover else None,
        seen=config,
    )


def check_view(features: int, view: Mapping[str, Any], config: MecConfig) -> None:
    """Raise InputError unless observations have as many features as weights were trained on."""
    if features != (wanted := len(columns(config))):
        raise InputError(
            f"trained on observations of {features} columns: must be {wanted}, as in the "
            "configuration; clusters and leftover work add columns"
        )


def shares(config: MecConfig) -> Shares:
    """Return the set of a configuration's actions, with room for UEs that stay local."""
    return Shares(0.0, 1.0, least=max(config.least_share, NO_PART / config.users))


def bound_reward(config: MecConfig) -> Combine:
    """Return the closed form of a configuration's reward; see `slot.combine`, `Simulator.step`."""
    return mean_outcome if config.leftover else partial(combine, config=config)


def behaviour(config: MecConfig) -> str:
    """Return who collects a configuration's datasets.

    By chance alone hardly ever the right third of a hundred UEs offload, and where work is left
    over the queue only grows: what is good to know there does not come up.
    """
    return "noisy_rule" if config.clusters > 1 or config.leftover else "random"


FAMILY = Family(
    name="mec",
    entity="UE",
    cost=Metric("loss", "Minus reward", "", "lower"),
    load=CONFIGURATIONS.load,
    parse=MecConfig.from_dict,
    configurations=CONFIGURATIONS.numbers,
    name_of=CONFIGURATIONS.name_of,
    simulator=simulator,
    actions=shares,
    entities=lambda config: config.users,
    combine=bound_reward,
    references=references,
    metrics=(
        Metric("qos", "QoS", "", "higher", by_group=True),
        Metric("energy_j", "Energy", "J", "lower", by_group=True),
        Metric("deadline_misses", "Deadline misses", "", "lower", by_group=True),
        Metric("offloaded", "Offload ratio", "", "higher", by_group=True),
        Metric("projected", "Projected actions", "", "lower"),
    ),
    group=lambda config: "UE" if config.clusters == 1 else "cluster",
    behaviours={
        "random": lambda config, generator: RandomBehaviour(config, random_shares, generator),
        "noisy_rule": lambda config, generator: RandomBehaviour(config, noisy_rule, generator),
    },
    behaviour=behaviour,
    windows=lambda config: 20_000 if config.clusters == 1 else 5_000,
    # Of clusters, whose UEs stay for an episode, one slot each: as much is learned from fewer.
    test_episode=lambda config: EPISODE_WINDOWS if config.clusters == 1 else 1,
    sequential=lambda config: config.leftover,
    check_view=check_view,
    bounds=bounds,
)
