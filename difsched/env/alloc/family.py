"""The allocation problem as a family: what data, training and evaluation know of it."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.errors import InputError
from difsched.family import EPISODE_WINDOWS, Combine, Family, Metric, References, mean_outcome
from difsched.policy import RandomBehaviour
from difsched.typing import Floats

from .actions import action_set
from .behaviours import random_action
from .columns import feature_names
from .config import CONFIGURATIONS, AllocConfig
from .service import combine
from .simulator import Simulator

METRICS = (
    Metric("value", "Value of service", "", "higher"),
    Metric("served", "Served", "", "higher"),
    Metric("cost", "Cost", "", "lower"),
    Metric("value_per_cost", "Value per cost", "", "higher"),
    Metric("utilisation", "Utilisation", "", "higher", by_episode=False),
    Metric("waste", "Granted in vain", "", "lower", by_episode=False),
    Metric("violations", "Supply exceeded", "", "lower"),
    Metric("severity", "Excess over supply", "", "lower"),
    Metric("satisfied", "Within 1 % of supply", "", "higher", by_episode=False),
    Metric("projected", "Projected", "", "lower", by_episode=False),
)
#: Least divisor of a ratio.
TINY = 1e-12


def simulator(
    config: AllocConfig,
    split: str,
    copies: int,
    outcomes: str,
    seed: np.random.SeedSequence,
    source: None = None,
) -> Simulator:
    """Return copies of the problem; see `Family.simulator`.

    Splits differ by their seeds alone. Outcomes are as drawn: nothing is left to chance once the
    window is known, but for the truth of a forecast.
    """
    return Simulator(config, copies, seed)


def combine_of(config: AllocConfig) -> Combine:
    """Return the closed form of the reward: the mean outcome, less fines in ``faithful`` mode."""
    return partial(combine, config=config) if config.mode == "faithful" else mean_outcome


def references(config: AllocConfig) -> References:
    """Return the naive split with waste returned, of a gang the smallest first, and the optimum.

    Both see priorities and costs, whatever a scheduler sees of them. The optimum knows what a
    forecast only estimates, and of work that waits all that will arrive: no policy can do better.
    """
    seen = replace(config, priorities_visible=True, costs_visible=True)
    return References(
        zero="smallest_first" if config.mode == "gang" else "equal",
        hundred="oracle",
        certified=True,
        seen=seen,
        revealed=replace(seen, information="perfect"),
    )


def figures(sums: Mapping[str, NDArray[Any]], windows: int) -> dict[str, Floats]:
    """Return what is told of E test episodes; see `Family.figures`.

    Means over windows of the metrics of the simulator's scenes, but for ratios of sums:
    ``value_per_cost``, and with ``backlog`` ``served``, the share of the offered worth.
    """
    means = {name: total / windows for name, total in sums.items()}
    means["value_per_cost"] = sums["value"] / np.maximum(sums["cost"], TINY)
    if "offered" in sums:
        means["served"] = sums["earned"] / np.maximum(sums["offered"], TINY)
    return {metric.name: means[metric.name] for metric in METRICS if metric.name in means}


def episode(config: AllocConfig) -> int:
    """Return the windows in an episode: all of them where work waits, which is the problem."""
    return config.episode if config.mode == "backlog" else min(EPISODE_WINDOWS, config.episode)


def check_view(features: int, view: Mapping[str, Any], config: AllocConfig) -> None:
    """Raise InputError unless weights read the columns of a configuration; see `Family`."""
    for name, value in view_of(config).items():
        if view.get(name, value) != value:
            raise InputError(f"weights are of {name} = {view[name]!r}: must be {value!r}")
    if features != (shown := len(feature_names(config))):
        raise InputError(f"weights are of {features} features a task: must be {shown}")


def view_of(config: AllocConfig) -> dict[str, Any]:
    """Return what says which columns an observation has."""
    return {"mode": config.mode, "resources": config.resources}


FAMILY = Family(
    name="alloc",
    entity="task",
    cost=Metric("loss", "Minus reward", "", "lower"),
    load=CONFIGURATIONS.load,
    parse=AllocConfig.from_dict,
    configurations=CONFIGURATIONS.numbers,
    name_of=CONFIGURATIONS.name_of,
    simulator=simulator,
    actions=action_set,
    entities=lambda config: config.tasks,
    combine=combine_of,
    references=references,
    metrics=METRICS,
    figures=figures,
    episode=episode,
    sequential=lambda config: config.mode == "backlog",
    test_episode=episode,
    behaviours={"random": lambda config, rng: RandomBehaviour(config, random_action, rng)},
    view=view_of,
    check_view=check_view,
)
