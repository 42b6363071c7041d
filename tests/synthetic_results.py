"""Results of runs that nobody made, with what must come of them known beforehand."""

from typing import Any

import numpy as np

from difsched.evaluation.fairness import LOSS_LEVELS

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


def results(
    seeds: int = 3, methods: tuple[str, ...] = tuple(LOSSES), lost: tuple[str, ...] = ()
) -> list[dict[str, Any]]:
    """Return the results of every method on two configurations; ``mdp`` cannot serve config 1.

    The runs ``lost`` are missing.
    """
    every = [
        _result(method, config, seed)
        for method in methods
        for config in range(2)
        for seed in range(seeds if method in LEARNERS else 1)
    ]
    return [result for result in every if result["run"] not in lost]


def _result(method: str, config: int, seed: int) -> dict[str, Any]:
    run = {"run": f"main-{method}-slice{config}-s{seed}", "method": method}
    run |= {"family": "slice", "config": config, "seed": seed}
    loss = LOSSES[method][config]
    if loss is None:
        return run | {"not_served": "state space"}
    generator = np.random.default_rng(config)
    episode = generator.normal(0, 0.01, EPISODES)
    own = np.random.default_rng([config, *method.encode()]).normal(0, 0.001, EPISODES)
    by_episode = loss + 0.001 * (seed - 1) * (method in LEARNERS) + episode + own - own.mean()
    return run | {
        "information": "perfect" if method == "oracle" else "predicted",
        "loss": float(by_episode.mean()),
        "qos_met": 0.3,
        "starved": 0.2 + 0.01 * seed,
        "jain": 0.9,
        "loss_by_episode": by_episode.tolist(),
        "starved_by_episode": (0.2 + 0.01 * seed + episode).tolist(),
        "jain_by_episode": (0.9 + episode).tolist(),
        "user_loss": (LOSS_LEVELS**loss).tolist(),
        "user_loss_error": np.full(len(LOSS_LEVELS), 0.001).tolist(),
    }
