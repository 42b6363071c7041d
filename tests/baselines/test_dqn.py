"""Deep Q-networks over sets of tasks: templates, networks and replay as their formulas say."""

from pathlib import Path

import numpy as np
import pytest
import torch
from gymnasium import spaces
from stable_baselines3.common.torch_layers import FlattenExtractor

from difsched.baselines.dqn import DQN
from difsched.baselines.dqn.networks import DuelingQNetwork
from difsched.baselines.dqn.replay import LEAST_ERROR, PrioritisedReplay
from difsched.baselines.dqn.templates import TemplateProblem
from difsched.baselines.method import NotServed, Task
from difsched.baselines.references import reference_losses
from difsched.baselines.registry import methods
from difsched.baselines.sb3.policy import ActorPolicy
from difsched.baselines.weights import load_policy
from difsched.env.alloc.config import CONFIGURATIONS, AllocConfig
from difsched.env.alloc.simulator import Simulator
from difsched.errors import InputError
from difsched.evaluation import evaluate
from difsched.evaluation.scoring import score
from difsched.family import family_of

BOX = spaces.Box(-1, 1, (4,))


def fit(config: AllocConfig, windows: int, **changes: object) -> ActorPolicy:
    settings = DQN.settings(0, {"online": {"windows": windows, "curve_points": 1}}, "alloc")
    settings["model"] = settings["model"].changed({"hidden": 64, **changes})
    policy = DQN.fit(Task(config, **settings))
    assert isinstance(policy, ActorPolicy)
    return policy


@pytest.mark.parametrize("name", ["leontief_3x5", "forecast_3x5", "faithful_3x5"])
def test_a_set_asks_for_all_its_members_and_is_given_what_fits(name: str) -> None:
    config = CONFIGURATIONS.load(name)
    problem = TemplateProblem.of(config)
    assert problem.action_space == spaces.Discrete(32)
    simulator = Simulator(config, 32, np.random.SeedSequence(0))
    seen = simulator.observe()
    action = problem.decode(np.arange(32), seen)
    step = simulator.step(action)
    assert (step.metrics["projected"] == 0).all() and (step.metrics["violations"] == 0).all()
    members = np.arange(32)[:, None] >> np.arange(5) & 1
    granted = action.sum(axis=2) if action.ndim == 3 else action
    assert ((granted > 0) <= members).all()
    assert (granted[1:].sum(axis=1) > 0).all()
    if name.startswith("faithful"):
        assert action.sum(axis=1)[1:] == pytest.approx(seen[1:, 0, 5:8])
        assert action[3, 0] == pytest.approx(action[3, 1])


def test_a_dueling_network_is_the_value_and_what_actions_differ_by() -> None:
    extractor = FlattenExtractor(BOX)
    network = DuelingQNetwork(BOX, spaces.Discrete(7), extractor, 4, [16, 16])
    q = network(torch.randn(5, 4))
    assert q.shape == (5, 7)
    hidden = network.q_net(torch.zeros(5, 4))
    assert torch.allclose(network(torch.zeros(5, 4)).mean(dim=1), network.value(hidden)[:, 0])


def test_transitions_are_drawn_by_their_errors_and_weighted_back() -> None:
    np.random.seed(0)
    replay = PrioritisedReplay(20, BOX, spaces.Discrete(3), "cpu", n_envs=2, exponent=0.5)
    for value in range(10):
        rows = np.full((2, 4), value / 10)
        replay.add(rows, rows, np.zeros(2), np.full(2, value), np.zeros(2), [{}, {}])
    assert replay.sample(500).rewards.unique().tolist() == list(range(10))
    errors = torch.where(torch.as_tensor(replay.drawn[0]) == 3, 4.0, 0.25)[:, None]
    replay.renew(errors)
    chance = (4 + LEAST_ERROR) ** 0.5 / ((4 + LEAST_ERROR) ** 0.5 + 9 * (0.25 + LEAST_ERROR) ** 0.5)
    batch = replay.sample(4000)
    assert (batch.rewards == 3).float().mean() == pytest.approx(chance, abs=0.03)
    weights = replay.weights(1.0)
    assert weights.max() == 1
    # Weighted, all count alike.
    counted = (weights * (batch.rewards == 3)).sum() / weights.sum()
    assert counted == pytest.approx(0.1, abs=0.02)


@pytest.mark.parametrize("parts", [True, False])
def test_it_learns_to_beat_the_equal_split_and_leaves_weights(parts: bool, tmp_path: Path) -> None:
    config = CONFIGURATIONS.load("leontief_3x5")
    policy = fit(config, 8_000, double=parts, dueling=parts, prioritised=parts)
    loss = float(evaluate(policy, config, None, 400).loss.mean())
    references = family_of(config).references(config)
    points = score(loss, reference_losses(config, None, 400), references)
    assert points is not None and points > 40
    policy.save(tmp_path / "dqn.safetensors")
    again = load_policy(tmp_path / "dqn.safetensors", config)
    seen = Simulator(config, 50, np.random.SeedSequence(1)).observe()
    assert (again.act(seen) == policy.act(seen)).all()
    with pytest.raises(InputError, match="resources = 3: must be 5"):
        load_policy(tmp_path / "dqn.safetensors", CONFIGURATIONS.load("leontief_5x10"))


def test_it_serves_the_allocation_problem_of_few_tasks_alone() -> None:
    assert "dqn" in methods("alloc") and "dqn" not in methods("slice")
    config = AllocConfig("leontief", tasks=11)
    with pytest.raises(NotServed, match="templates"):
        fit(config, 100)
