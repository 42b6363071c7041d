"""Soft actor-critic: what it is shown, what it leaves behind, and that it learns."""

import random
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from difsched.baselines.method import Task
from difsched.baselines.registry import find
from difsched.baselines.sb3.environment import FlatVecEnv, replay_buffer
from difsched.baselines.sb3.problem import FlatProblem
from difsched.baselines.sb3.training import half_cosine
from difsched.config import ConfigManager, EnvironmentConfig
from difsched.env.slice.dataset import OfflineDataset, collect
from difsched.env.slice.family import SliceWindows
from difsched.env.slice.random_data import RandomPolicy
from difsched.env.slice.simulator import Simulator
from difsched.env.slice.traffic.generator import Trace, Traffic, TrafficGenerator
from difsched.errors import InputError
from difsched.evaluation import evaluate
from difsched.policy import Policy
from difsched.utils.seeding import rng, seed_sequence

SMALL = {"hidden": 16, "batch_size": 32}
SHORT = {
    "online": {"windows": 1280, "curve_points": 4},
    "sac_offline": {"gradient_steps": 8, "batch_users": 256, "curve_points": 4},
}
AMOUNTS = {"sac": [320, 640, 960, 1280], "sac_offline": [2, 4, 6, 8]}
LEARNERS = list(AMOUNTS)


@pytest.fixture
def simulator(config: EnvironmentConfig, generator: TrafficGenerator) -> Simulator:
    """Return three copies whose packets may wait, so that episodes have something to lose."""
    slices = replace(config, retransmit=1, LEN_episode=5)
    return Simulator(slices, generator, 3, outcomes="sampled", seed=seed_sequence(0, "sac"))


@pytest.fixture
def problem(simulator: Simulator, trace: Trace) -> FlatProblem:
    return FlatProblem.of(simulator.config, trace)


@pytest.fixture
def dataset(simulator: Simulator) -> OfflineDataset:
    return collect(simulator, RandomPolicy(simulator.config.B, rng(0, "policy")), 5)


def fit(
    name: str,
    config: EnvironmentConfig,
    trace: Trace,
    folder: Path,
    points: list[tuple[int, bytes, Mapping[str, float]]] | None = None,
    seed: int = 0,
) -> Any:
    generator = TrafficGenerator(trace)
    slices = Simulator(config, generator, 8, outcomes="sampled", seed=seed_sequence(0, "data"))
    collect(slices, RandomPolicy(config.B, rng(0, "policy")), 20).save(folder / "d.npz", {})
    settings = find(name).settings(seed, SHORT)
    settings["model"] = replace(settings["model"], **SMALL)

    def on_point(amount: int, policy: Policy, losses: Mapping[str, float]) -> None:
        if points is not None:
            points.append((amount, weights(policy), losses))

    traffic = Traffic("thumb_fr", "traces", trace, trace, None, config.LEN_window)
    path = folder / "d.npz"
    return find(name).fit(Task(config, traffic, dataset_path=path, on_point=on_point, **settings))


def weights(policy: Any) -> bytes:
    tensors = policy.actor.state_dict().values()
    return b"".join(value.numpy().tobytes() for value in tensors)


def test_features_have_mean_0_and_sd_1_over_the_trace_and_constants_become_0(
    config: EnvironmentConfig, trace: Trace
) -> None:
    problem = FlatProblem.of(config, trace)
    table = np.zeros((len(trace.packets), config.N_user, 4))
    table[..., 0] = table[..., 1] = trace.packets[:, None]
    table[..., 2] = np.resize(config.sigmoid_k_list, (len(table), 1))[: len(table)]
    table[..., 3] = config.sigmoid_s_list[0]
    features = problem.features(table).reshape(len(table), config.N_user, 4)
    assert features[..., :2].mean() == pytest.approx(0, abs=1e-6)
    assert features[..., :2].std() == pytest.approx(1, abs=1e-6)
    assert np.allclose(np.unique(features[..., 2]), np.sqrt(0.5) * np.arange(-2, 3), atol=1e-6)
    assert (features[..., 3] == 0).all()


@given(st.data())
def test_the_actions_of_grants_stand_for_those_grants(data: st.DataObject) -> None:
    config = ConfigManager().load_env_config(data.draw(st.sampled_from([0, 1])))
    problem = FlatProblem.of(config, Trace(np.arange(9), np.arange(9.0)))
    seen = np.zeros((1, config.N_user, 4))
    cuts = st.lists(
        st.integers(0, config.B), min_size=config.N_user - 1, max_size=config.N_user - 1
    )
    grants = np.diff([0, *sorted(data.draw(cuts)), config.B])[None]
    actions = problem.encode(grants)
    assert problem.action_space.contains(actions[0])
    assert actions.max() == 1
    assert np.array_equal(problem.decode(actions, seen), grants)


def test_the_buffer_holds_exactly_the_transitions_of_the_dataset(
    dataset: OfflineDataset, problem: FlatProblem
) -> None:
    buffer = replay_buffer(dataset, problem)
    assert buffer.full

    # Windows then episodes in the buffer, episodes then windows in the dataset.
    def rows(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return values.swapaxes(0, 1).reshape(len(dataset.reward), -1)

    assert np.array_equal(rows(buffer.observations), problem.features(dataset.observation))
    assert np.array_equal(
        rows(buffer.next_observations), problem.features(dataset.next_observation)
    )
    assert np.array_equal(
        problem.decode(rows(buffer.actions), dataset.observation), dataset.allocation
    )
    assert np.array_equal(rows(buffer.rewards)[:, 0], dataset.reward)
    assert np.array_equal(rows(buffer.dones)[:, 0], dataset.episode_end)


def test_no_end_of_an_episode_stops_the_critic_from_looking_beyond_it(
    dataset: OfflineDataset, problem: FlatProblem
) -> None:
    np.random.seed(0)
    assert not replay_buffer(dataset, problem).sample(300).dones.any()


def test_the_copies_pass_on_what_the_simulator_does(
    simulator: Simulator, problem: FlatProblem
) -> None:
    environment = FlatVecEnv(SliceWindows(simulator), problem, 3, 5)
    seed = seed_sequence(1, "twin")
    twin = Simulator(simulator.config, simulator.traffic, 3, outcomes="sampled", seed=seed)
    simulator.reset(seed)
    assert np.array_equal(environment.reset(), problem.features(twin.reset()))
    for window in range(1, 11):
        actions, before = rng(window, "actions").uniform(-1, 1, (3, 8)), twin.observe()
        seen, reward, done, infos = environment.step(actions)
        step = twin.step(problem.decode(actions, before))
        assert np.allclose(reward, step.reward)
        assert (done == (window % 5 == 0)).all()
        if done.all():
            last = np.stack([info["terminal_observation"] for info in infos])
            assert np.array_equal(last, problem.features(step.observation))
            assert all(info["TimeLimit.truncated"] for info in infos)
        now = twin.reset() if done.all() else step.observation
        assert np.array_equal(seen, problem.features(now))


def test_an_action_is_the_same_to_the_last_bit_alone_and_among_others(
    config: EnvironmentConfig, trace: Trace, tmp_path: Path
) -> None:
    policy = fit("sac_offline", config, trace, tmp_path)
    features = np.random.default_rng(0).normal(size=(203, 8 * 4)).astype(np.float32)
    together = policy._actions(features)
    for parts in (203, 23):
        apart = [policy._actions(part) for part in np.array_split(features, parts)]
        assert np.array_equal(np.concatenate(apart), together)


def test_the_step_size_falls_along_half_a_cosine() -> None:
    rate = half_cosine(0.4)
    assert [rate(1.0), rate(0.5), rate(0.0)] == pytest.approx([0.4, 0.2, 0.0])


@pytest.mark.parametrize("name", LEARNERS)
def test_the_same_seed_gives_the_same_weights_bit_for_bit(
    name: str, config: EnvironmentConfig, trace: Trace, tmp_path: Path
) -> None:
    first = fit(name, config, trace, tmp_path)
    torch.rand(7)  # whatever the global generators do
    np.random.random(7)
    assert weights(first) == weights(fit(name, config, trace, tmp_path))
    assert weights(first) != weights(fit(name, config, trace, tmp_path, seed=1))


@pytest.mark.parametrize("name", LEARNERS)
def test_a_training_leaves_global_generators_as_they_were_and_makes_no_files(
    name: str,
    config: EnvironmentConfig,
    trace: Trace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (temporary := tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))

    def draws() -> list[float]:
        return [random.random(), np.random.random(), float(torch.rand(1))]

    for seed in (random.seed, np.random.seed, torch.manual_seed):
        seed(3)
    expected = [draws(), draws()]
    for seed in (random.seed, np.random.seed, torch.manual_seed):
        seed(3)
    assert draws() == expected[0]
    fit(name, config, trace, tmp_path)
    assert draws() == expected[1]
    assert not list(temporary.iterdir())


@pytest.mark.parametrize("name", LEARNERS)
def test_the_curve_is_evenly_spread_and_ends_with_the_policy_that_is_returned(
    name: str, config: EnvironmentConfig, trace: Trace, tmp_path: Path
) -> None:
    points: list[tuple[int, bytes, Mapping[str, float]]] = []
    policy = fit(name, config, trace, tmp_path, points)
    assert [amount for amount, _, _ in points] == AMOUNTS[name]
    assert points[-1][1] == weights(policy)
    assert len({state for _, state, _ in points}) > 2
    assert set(points[-1][2]) == {"actor_loss", "critic_loss", "ent_coef"}


def test_the_offline_learner_never_steps_the_slice(
    config: EnvironmentConfig, trace: Trace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stepped: list[object] = []
    step = Simulator.step

    def counted(self: Simulator, allocation: Any) -> Any:
        stepped.append(self)
        return step(self, allocation)

    monkeypatch.setattr(Simulator, "step", counted)
    fit("sac_offline", config, trace, tmp_path)
    assert len(stepped) == 20  # the windows of the dataset


@pytest.mark.parametrize("name", ["sac", "sac_set"])
def test_by_interaction_it_learns_to_lose_less_than_the_equal_split(
    name: str,
    config: EnvironmentConfig,
    trace: Trace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The equal split leaves both at the midpoint: half of all packets are lost.
    scarce = replace(config, N_user=2, B=20, user_map=[[0, 1]], sub_agents_idx=[0])
    monkeypatch.setitem(SHORT, "online", {"windows": 3840})
    policy = fit(name, scarce, trace, tmp_path)
    assert evaluate(policy, scarce, trace, 400).loss.mean() < 0.45


def test_an_entropy_coefficient_that_is_not_positive_is_refused() -> None:
    with pytest.raises(InputError, match="entropy_coefficient = 0: must be a number > 0"):
        replace(ConfigManager().load_model_config("sac"), entropy_coefficient=0)
