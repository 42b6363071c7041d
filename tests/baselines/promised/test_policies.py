"""Schedulers under a floor: who keeps it, and that none of them beats the bound."""

import numpy as np
import pytest

from difsched.baselines import registry
from difsched.baselines.method import Task
from difsched.env.promised.config import CONFIGURATIONS, PromisedConfig
from difsched.env.slice.debt import FLOOR_TOLERANCE
from difsched.env.slice.family import slice_traffic
from difsched.errors import InputError
from difsched.evaluation import evaluate
from difsched.evaluation.windows import Scores

KEEP = ("virtual_queue", "primal_dual", "time_sharing")
ONE_CLASS = PromisedConfig(
    N_user=4, B=50, sigmoid_k_list=[0.3], sigmoid_s_list=[10.0], floor=[0.9, 0.0, 0.9, 0.0]
)
STATIC = PromisedConfig(N_user=4, B=50, channel_stay=1.0, floor=0.55)


def scored(name: str, config: PromisedConfig) -> Scores:
    method = registry.find(name, "promised")
    seen = method.view(config)
    traffic = slice_traffic(config)
    return evaluate(method.fit(Task(seen, traffic)), seen, traffic, 400, split="train")


@pytest.mark.parametrize("config", [ONE_CLASS, STATIC], ids=["one class", "static"])
def test_the_bound_is_below_whoever_keeps_the_floor_in_every_episode(
    config: PromisedConfig,
) -> None:
    bound = scored("floor_bound", config).loss.mean(axis=1)
    for name in KEEP:
        scores = scored(name, config)
        missing = scores.figures["shortfall"]
        assert missing.mean() <= FLOOR_TOLERANCE, name
        # What is missing of floors can have bought no more than the multipliers' worth of it.
        assert (scores.loss.mean(axis=1) >= bound - 2 * missing - 1e-6).all(), name
    time_sharing = scored("time_sharing", config)
    assert time_sharing.loss.mean() == pytest.approx(bound.mean(), abs=0.003)
    assert scored("oracle_predicted", config).figures["shortfall"].mean() > FLOOR_TOLERANCE


@pytest.mark.parametrize("index", range(16, 24))
def test_floors_of_the_configurations_can_be_kept_and_bind(index: int) -> None:
    config = CONFIGURATIONS.load(index)
    traffic = slice_traffic(config)
    seen = registry.find("virtual_queue", "promised").view(config)
    kept = registry.find("virtual_queue", "promised").fit(Task(seen, traffic))
    assert evaluate(kept, seen, traffic, 400, split="train").figures["shortfall"].mean() < 0.015
    free = registry.find("oracle_predicted", "promised").fit(Task(config, traffic))
    assert evaluate(free, config, traffic, 400, split="train").figures["shortfall"].mean() > 0.02


def test_floors_that_nobody_can_keep_are_refused() -> None:
    config = CONFIGURATIONS.load(16).changed({"floor": 0.95})
    method = registry.find("primal_dual", "promised")
    with pytest.raises(InputError, match=r"floor: infeasible: at most 0\.8\d+ times"):
        method.fit(Task(method.view(config), slice_traffic(config)))


def test_a_decision_has_no_memory() -> None:
    config = STATIC.changed({"debt_information": True})
    traffic = slice_traffic(config)
    policy = registry.find("primal_dual", "promised").fit(Task(config, traffic))
    rng = np.random.default_rng(0)
    seen = np.zeros((6, 4, 5))
    seen[..., :2], seen[..., 4] = rng.integers(0, 150, (6, 4, 2)), rng.uniform(-50, 100, (6, 4))
    seen[..., 2] = rng.choice(config.sigmoid_k_list, (6, 4))
    seen[..., 3] = 10.0
    together = policy.act(seen)
    np.testing.assert_array_equal(policy.act(seen[::-1])[::-1], together)
    np.testing.assert_array_equal(policy.act(seen[2:3])[0], together[2])
