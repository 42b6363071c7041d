"""Learners that use the sum over users: they learn, repeat, and decide as one window or many."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from difsched.agents import OfflinePolicy, load_agent
from difsched.baselines.method import NotServed, Task
from difsched.baselines.registry import find
from difsched.baselines.slice.structured import SCHEDULERS
from difsched.config import EnvironmentConfig
from difsched.env.slice.dataset import OfflineDataset, collect
from difsched.env.slice.random_data import RandomPolicy
from difsched.env.slice.simulator import Simulator
from difsched.env.slice.traffic.generator import Trace, TrafficGenerator
from difsched.errors import InputError
from difsched.evaluation import evaluate
from difsched.export import export
from difsched.utils.seeding import rng, seed_sequence
from tests.agents.conftest import make_agent, observations

NAMES = [method.name for method in SCHEDULERS]


@pytest.fixture
def dataset(config: EnvironmentConfig, generator: TrafficGenerator) -> OfflineDataset:
    simulator = Simulator(
        config, generator, 20, outcomes="sampled", seed=seed_sequence(0, "training data")
    )
    data = collect(simulator, RandomPolicy(config.B, rng(0, "policy")), 40)
    return replace(data, card={"dataset": {"behaviour": "random"}})


def train(
    name: str, config: EnvironmentConfig, data: OfflineDataset, seed: int = 0, **changes: int
) -> OfflinePolicy:
    method = find(name)
    small = {"gradient_steps": 6, "batch_users": 256, "curve_points": 0, **changes}
    settings = method.settings(seed, {"offline": small})
    policy = method.fit(Task(config, data=data, **settings))
    assert isinstance(policy, OfflinePolicy)
    return policy


@pytest.mark.parametrize("name", NAMES)
def test_a_short_training_beats_the_random_data(
    name: str, config: EnvironmentConfig, dataset: OfflineDataset, trace: Trace
) -> None:
    policy = train(name, config, dataset, gradient_steps=150, batch_users=1024)
    assert evaluate(policy, config, trace, 200).loss.mean() < -dataset.reward.mean()


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_weights_and_files_decide_alike(
    name: str, config: EnvironmentConfig, dataset: OfflineDataset, tmp_path: Path
) -> None:
    policy, again, other = (train(name, config, dataset, seed) for seed in (1, 1, 2))
    values, same, others = (p.agent.state_dict().values() for p in (policy, again, other))
    assert all(torch.equal(a, b) for a, b in zip(values, same, strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(values, others, strict=True))
    policy.save(tmp_path / "w.safetensors")
    restored = OfflinePolicy(load_agent(tmp_path / "w.safetensors", config), policy.seed)
    seen = dataset.observation[:9]
    assert np.array_equal(restored.act(seen), policy.act(seen))


@pytest.mark.parametrize("users", [1, 6, 20])
@pytest.mark.parametrize("name", NAMES)
def test_an_action_is_the_same_alone_and_among_others(name: str, users: int) -> None:
    policy = OfflinePolicy(make_agent(name, users=users, hidden=64))
    seen = observations(45, users)
    with torch.inference_mode():
        alone = torch.cat([policy._actions(window) for window in seen.split(1)])
        assert torch.equal(alone, policy._actions(seen))


@pytest.mark.parametrize("name", NAMES)
def test_weights_serve_any_number_of_users(name: str) -> None:
    grants = OfflinePolicy(make_agent(name)).act(observations(3, 11).numpy())
    assert grants.shape == (3, 11) and (grants.sum(axis=1) == 60).all()


@pytest.mark.parametrize("name", ["ips", "dr"])
def test_without_propensities_there_is_no_off_policy_learning(
    name: str, config: EnvironmentConfig, dataset: OfflineDataset
) -> None:
    with pytest.raises(NotServed, match=r"^no propensities$"):
        train(name, config, replace(dataset, card={}))


def test_a_solver_is_no_graph(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match="'critic_exact': its decisions are a solver's and no ONNX"
    ):
        export(OfflinePolicy(make_agent("critic_exact")), tmp_path / "p.onnx")
