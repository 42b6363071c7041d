"""Runs that nobody made, with what must come of them known beforehand."""

from dataclasses import replace

import numpy as np

from difsched.config import EnvironmentConfig
from difsched.evaluation.fairness import LOSS_LEVELS
from difsched.family import FAMILIES
from difsched.run_ids import main_run
from difsched.typing import Floats
from experiments.aggregate.results import Distribution, Result, Run
from experiments.aggregate.rows import RunKey

EPISODES = 12
#: Loss on config 0 and on config 1, where the two learners cannot be told apart.
LOSSES = {
    "equal": (0.40, 0.50),
    "mdp": (0.38, None),
    "dql": (0.30, 0.3102),
    "dql_set": (0.25, 0.31),
    "oracle_predicted": (0.24, 0.30),
    "oracle": (0.20, 0.28),
}
LEARNERS = ("dql", "dql_set")
SLICE = EnvironmentConfig()


def runs(
    seeds: int = 3,
    methods: tuple[str, ...] = tuple(LOSSES),
    lost: tuple[str, ...] = (),
    slice_config: EnvironmentConfig = SLICE,
) -> list[Run]:
    """Return the runs of every method on two configurations; ``mdp`` cannot serve config 1.

    The runs ``lost`` are missing.
    """
    every = [
        _run(RunKey(main_run(method, "slice", config, seed), method, "slice", config, seed))
        for method in methods
        for config in range(2)
        for seed in range(seeds if method in LEARNERS else 1)
    ]
    references = FAMILIES["slice"].references(slice_config)
    return [replace(run, references=references) for run in every if run.key.run not in lost]


def moved(run: Run, by_episode: Floats) -> Run:
    """Return a run with other losses (E,) of its episodes."""
    assert run.result is not None
    changed = {**run.result.by_episode, "loss": by_episode}
    return replace(run, result=replace(run.result, by_episode=changed))


def _run(key: RunKey) -> Run:
    references = FAMILIES["slice"].references(SLICE)
    loss = LOSSES[key.method][key.config]
    if loss is None:
        return Run(key, references, None, "state space")
    generator = np.random.default_rng(key.config)
    episode = generator.normal(0, 0.01, EPISODES)
    own = np.random.default_rng([key.config, *key.method.encode()]).normal(0, 0.001, EPISODES)
    learned = 0.001 * (key.seed - 1) * (key.method in LEARNERS)
    by_episode = {
        "loss": loss + learned + episode + own - own.mean(),
        "starved": 0.2 + 0.01 * key.seed + episode,
        "jain": 0.9 + episode,
    }
    means = {"loss": float(by_episode["loss"].mean()), "qos_met": 0.3}
    means |= {"starved": 0.2 + 0.01 * key.seed, "jain": 0.9}
    spread = Distribution(LOSS_LEVELS**loss, np.full(len(LOSS_LEVELS), 0.001))
    information = "perfect" if key.method == "oracle" else "predicted"
    return Run(key, references, Result(information, means, by_episode, {"user_loss": spread}))
