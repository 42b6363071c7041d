"""A scheduler from outside fitted under guard, and built-in rules that run beside it."""

import copy
from dataclasses import replace
from functools import partial
from typing import Any

from difsched.baselines.method import Method, Task
from difsched.baselines.registry import find
from difsched.config import ConfigManager, EnvironmentConfig
from difsched.env.slice.traffic.generator import Traffic
from difsched.evaluation import evaluate
from difsched.user_scheduler.rules import Guard, RuleBroken, call_guarded

#: What a decision may take: the length of a window.
LIMIT_MS = 200.0
#: Built-in schedulers that take seconds to run: what an own slice is compared with.
BESIDE = (
    *("equal", "proportional", "proportional_fair", "max_weight", "top_m"),
    *("oracle_bayes", "oracle_predicted", "oracle"),
)


def fitted(method: Method, place: str, task: Task, seed: int, limit_ms: float = LIMIT_MS) -> Guard:
    """Return a scheduler from outside, fitted to a task with a seed, and under guard.

    Raises
    ------
    RuleBroken
        If its code fails, or makes nothing that acts; the line begins with the place.
    """
    training = replace(ConfigManager().load_training_config("offline"), seed=seed)
    # A copy: what it does to its data must not reach the next seed.
    own = copy.deepcopy(replace(task, training=training))
    policy = call_guarded(place, method.name, partial(method.fit, own))
    if not hasattr(policy, "act"):
        raise RuleBroken(f"{place}: {method.name} gave {type(policy).__name__} without act")
    return Guard(policy, task.config, place, limit_ms)


def fresh_rows(
    name: int | str, config: EnvironmentConfig, traffic: Traffic, n_windows: int
) -> list[dict[str, Any]]:
    """Return results of rules and oracles that run here, those of the score among them."""
    rows = []
    for method in map(find, BESIDE):
        seen = method.view(config)
        policy = method.fit(Task(seen, traffic))
        scores = evaluate(policy, seen, traffic.test, n_windows)
        row = {"method": method.name, "family": config.family, "config": name, "seed": 0}
        rows.append(row | scores.summary(seen.information))
    return rows
