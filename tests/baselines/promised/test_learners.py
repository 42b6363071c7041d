"""Learners under a floor: those that see debts learn to pay them, the others do not."""

from dataclasses import replace

import pytest

from difsched.baselines import registry
from difsched.baselines.method import Task
from difsched.baselines.promised.datasets import gather, usual
from difsched.env.promised.config import PromisedConfig
from difsched.env.slice.dataset import OfflineDataset
from difsched.env.slice.family import slice_traffic
from difsched.evaluation import evaluate

CONFIG = PromisedConfig(
    N_user=4, B=40, sigmoid_k_list=[0.3], sigmoid_s_list=[10.0], floor=[0.9, 0.0, 0.9, 0.0]
)
SHORT = {"offline": {"gradient_steps": 250, "curve_points": 1, "batch_users": 512}}


@pytest.fixture(scope="module")
def data() -> OfflineDataset:
    recipe = usual(16).changed({"n_windows": 4000})
    made, card = gather("test", recipe, CONFIG, slice_traffic(CONFIG))
    return replace(made, card=card)


def shortfall(name: str, data: OfflineDataset) -> float:
    method, traffic = registry.find(name, "promised"), slice_traffic(CONFIG)
    seen = method.view(CONFIG)
    settings = method.settings(0, SHORT, "promised")
    policy = method.fit(Task(seen, traffic, data=data, **settings))
    return float(evaluate(policy, seen, traffic, 400).figures["shortfall"].mean())


def test_an_estimate_that_sees_debts_keeps_floors(data: OfflineDataset) -> None:
    assert shortfall("estimate_floor", data) < 0.02 < shortfall("estimate_then_optimize", data)


def test_a_learner_that_sees_debts_learns_to_pay_them(data: OfflineDataset) -> None:
    assert shortfall("det_set_floor", data) < 0.05 < 0.1 < shortfall("det_set", data)
