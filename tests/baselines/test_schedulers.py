"""Every method of the registry: a policy that spends the budget, repeatably."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from difsched.baselines.method import Task
from difsched.baselines.registry import METHODS, find
from difsched.baselines.slice.mdp import fit_agent
from difsched.config import ConfigManager
from difsched.env.slice.dataset import collect
from difsched.env.slice.random_data import RandomPolicy
from difsched.env.slice.simulator import Simulator
from difsched.env.slice.traffic.generator import Traffic, TrafficGenerator, load_traffic
from difsched.errors import InputError
from difsched.policy import Policy
from difsched.utils.seeding import rng, seed_sequence

SHORT = {
    "offline": {"gradient_steps": 3, "curve_points": 1, "batch_users": 128},
    "dql": {"gradient_steps": 3, "curve_points": 1, "batch_users": 128},
    "dql_published": {"gradient_steps": 3, "curve_points": 1, "batch_users": 128},
    "sac_offline": {"gradient_steps": 3, "curve_points": 1, "batch_users": 128},
    "online": {"windows": 3200, "curve_points": 1},
}


@pytest.fixture(scope="module")
def traffic() -> Traffic:
    return load_traffic("thumb_bk")


def simulator(traffic: Traffic, retransmit: int, copies: int = 10) -> Simulator:
    config = replace(ConfigManager().load_env_config(6), retransmit=retransmit)
    generator = TrafficGenerator(traffic.train)
    seed = seed_sequence(0, "schedulers")
    return Simulator(config, generator, copies, outcomes="sampled", seed=seed)


def fit(name: str, traffic: Traffic, folder: Path, retransmit: int) -> Policy:
    slices = simulator(traffic, retransmit)
    fit_agent(ConfigManager().load_agent_config(1), traffic.train.packets).save(folder / "a.npz")
    data = collect(slices, RandomPolicy(100, rng(0, "random")), 10)
    data.save(folder / "d.npz", {"dataset": {"behaviour": "random"}})
    method = find(name)
    return method.fit(
        Task(
            method.view(slices.config),
            traffic,
            dataset_path=folder / "d.npz",
            agent_paths={1: folder / "a.npz"},
            **method.settings(0, SHORT),
        )
    )


@pytest.mark.parametrize("retransmit", [0, 2])
@pytest.mark.parametrize("name", METHODS)
def test_a_method_spends_the_budget_in_whole_rbs_and_repeats_itself(
    name: str, retransmit: int, traffic: Traffic, tmp_path: Path
) -> None:
    observation = simulator(traffic, retransmit).observe()
    grants = fit(name, traffic, tmp_path, retransmit).act(observation)
    assert grants.shape == (10, 8)
    assert grants.dtype.kind == "i"
    assert (grants >= 0).all()
    assert (grants.sum(axis=1) == 100).all()
    again = fit(name, traffic, tmp_path, retransmit).act(observation)
    assert np.array_equal(grants, again)


@pytest.mark.parametrize("retransmit", [0, 2])
@pytest.mark.parametrize("name", METHODS)
def test_a_window_gets_the_same_grants_alone_and_among_others_in_any_order_at_every_call(
    name: str, retransmit: int, traffic: Traffic, tmp_path: Path
) -> None:
    seen = simulator(traffic, retransmit, copies=300).observe()
    policy = fit(name, traffic, tmp_path, retransmit)
    together = policy.act(seen)
    alone = np.concatenate([policy.act(window[None]) for window in seen])
    parts = np.concatenate([policy.act(part) for part in np.array_split(seen, 43)])
    assert np.array_equal(alone, together)
    assert np.array_equal(policy.act(seen[::-1])[::-1], together)
    assert np.array_equal(parts, together)
    assert np.array_equal(policy.act(seen), together)


FITS_AFTER_LOADING = """
import sys
from pathlib import Path
from difsched.baselines.registry import find
from difsched.env.slice.traffic.generator import load_traffic
from tests.baselines.test_schedulers import fit

name, folder = sys.argv[1], Path(sys.argv[2])
traffic = load_traffic("thumb_bk")
fit("equal", traffic, folder, 0)  # what every method loads
assert "torch" not in sys.modules
find(name).load()
before = set(sys.modules)
fit(name, traffic, folder, 0)
print(*sorted(set(sys.modules) - before))
"""


@pytest.mark.parametrize("name", ["bc", "dql", "sac", "sac_offline"])
def test_a_clock_that_starts_after_loading_leaves_imports_out(name: str, tmp_path: Path) -> None:
    call = [sys.executable, "-c", FITS_AFTER_LOADING, name, str(tmp_path)]
    result = subprocess.run(call, capture_output=True, text=True, check=True)
    # Torch's optimisers alone load 800 modules at their first step.
    assert len(result.stdout.split()) < 10, result.stdout


def test_an_unknown_method_lists_the_known() -> None:
    with pytest.raises(InputError, match="must be one of random, equal, "):
        find("magic")


def test_a_learner_without_a_dataset_says_so(traffic: Traffic) -> None:
    method = find("bc")
    task = Task(ConfigManager().load_env_config(6), traffic, **method.settings(0, SHORT))
    with pytest.raises(InputError, match="dataset_path = None"):
        method.fit(task)
