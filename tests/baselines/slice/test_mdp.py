"""The MDP scheduler: its plan, file and composition."""

from dataclasses import replace
from itertools import permutations, product
from pathlib import Path

import numpy as np
import pytest

from difsched.baselines.slice.markov.quantiser import quantise, thresholds
from difsched.baselines.slice.markov.reward import count_actions, expected_reward, joint_actions
from difsched.baselines.slice.markov.value_iteration import value_iteration
from difsched.baselines.slice.mdp import ComposedPolicy, SubAgent, fit_agent, request_levels
from difsched.config import AgentConfig, ConfigManager
from difsched.env.slice.link.sigmoid import success_probability
from difsched.errors import InputError
from difsched.utils.files import read_npz, write_npz


def autocorrelated_trace(seed: int, length: int = 1500) -> np.ndarray:
    rng = np.random.default_rng(seed)
    level, packets = 0.0, []
    for _ in range(length):
        level = 0.7 * level + rng.normal(0, 20)
        packets.append(int(np.clip(60 + level, 0, 200)))
    return np.array(packets)


def agent_config(**changes: object) -> AgentConfig:
    return replace(ConfigManager().load_agent_config(0), **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def agent() -> SubAgent:
    return fit_agent(agent_config(), autocorrelated_trace(0))


def test_actions_are_all_level_vectors_within_the_budget() -> None:
    actions = joint_actions(4, 5)
    expected = {a for a in product(range(5), repeat=4) if sum(a) <= 4}
    assert len(actions) == count_actions(4, 5) == 70
    assert {tuple(int(x) for x in a) for a in actions} == expected


def test_reward_is_minus_the_expected_loss_ratio() -> None:
    representatives, probability = np.array([0.0, 10.0, 40.0]), np.array([0.1, 0.5, 0.9])
    actions = joint_actions(2, 3)
    reward = expected_reward(representatives, probability, actions)
    for state, (i, j) in enumerate(product(range(3), repeat=2)):
        u = representatives[[i, j]]
        for a, levels in enumerate(actions):
            lost = u @ (1 - probability[levels])
            assert reward[state, a] == pytest.approx(-lost / u.sum() if u.sum() else 0.0)


def two_users(levels: int, states: int, discount: float) -> tuple[SubAgent, np.ndarray, np.ndarray]:
    """A sub-agent of two users, its reward table and its joint transition matrix."""
    config = agent_config(N_user=2, B=20, N_r=levels, N_aggregation=states, discount=discount)
    agent = fit_agent(config, autocorrelated_trace(1, 300))
    probability = success_probability(agent.levels, config.sigmoid_k, config.sigmoid_s)
    reward = expected_reward(agent.representatives, probability, joint_actions(2, levels))
    return agent, reward, np.kron(agent.transition, agent.transition)


def policy_value(
    reward: np.ndarray, joint: np.ndarray, policy: np.ndarray, discount: float
) -> np.ndarray:
    own = reward[np.arange(len(policy)), policy]
    return np.linalg.solve(np.eye(len(policy)) - discount * joint, own)


@pytest.mark.parametrize("discount", [0.0, 0.5, 0.99])
def test_two_users_plan_beats_every_policy_there_is(discount: float) -> None:
    agent, reward, joint = two_users(levels=2, states=2, discount=discount)
    states, actions = reward.shape
    values = [
        policy_value(reward, joint, np.array(policy), discount)
        for policy in product(range(actions), repeat=states)
    ]
    np.testing.assert_allclose(agent.value, np.max(values, axis=0), atol=1e-8)


@pytest.mark.parametrize("discount", [0.0, 0.9, 0.999])
def test_two_users_plan_equals_policy_iteration(discount: float) -> None:
    agent, reward, joint = two_users(levels=5, states=4, discount=discount)
    policy = np.zeros(len(reward), dtype=int)
    while True:
        value = policy_value(reward, joint, policy, discount)
        better = np.argmax(reward + discount * (joint @ value)[:, None], axis=1)
        if np.array_equal(better, policy):
            break
        policy = better
    np.testing.assert_allclose(agent.value, value, rtol=1e-8)
    actions = joint_actions(2, 5)
    chosen = (agent.policy[:, None] == actions).all(axis=2).argmax(axis=1)
    own = reward[np.arange(len(reward)), chosen]
    np.testing.assert_allclose(own, reward[np.arange(len(reward)), policy], rtol=0, atol=1e-9)


def test_certified_error_holds_even_after_few_sweeps() -> None:
    rng = np.random.default_rng(0)
    transition = 0.95 * np.eye(6) + 0.05 * rng.dirichlet(np.ones(6), size=6)
    reward, discount = rng.random((6, 3)), 0.98
    truth = policy_value(reward, transition, reward.argmax(axis=1), discount)
    for tolerance in (1.0, 0.1, 1e-3, 1e-9):
        plan = value_iteration(reward, lambda v: transition @ v, discount, tolerance=tolerance)
        assert np.abs(plan.value - truth).max() <= plan.error + 1e-12 <= tolerance + 2e-12


def test_value_iteration_that_cannot_finish_says_so() -> None:
    with pytest.raises(RuntimeError, match="after 3 sweeps"):
        value_iteration(np.diag([1.0, 2.0]), lambda v: v, 0.9, max_iterations=3)


def test_value_does_not_depend_on_the_order_of_users(agent: SubAgent) -> None:
    value = agent.value.reshape((4,) * 4)
    for order in permutations(range(4)):
        np.testing.assert_allclose(value.transpose(order), value, rtol=0, atol=1e-9)


def test_permuted_demand_earns_the_same_reward(agent: SubAgent) -> None:
    rng = np.random.default_rng(0)
    demand = rng.integers(0, 130, (300, 4)).astype(float)
    states = quantise(demand, thresholds(agent.representatives))
    packets = agent.representatives[states]
    order = rng.permutation(4)

    def delivered(request: np.ndarray, offered: np.ndarray) -> np.ndarray:
        return (offered * success_probability(request, 0.3, 10.0)).sum(axis=1)

    np.testing.assert_allclose(
        delivered(agent.act(demand[:, order]), packets[:, order]),
        delivered(agent.act(demand), packets),
    )


def test_requests_are_levels_within_the_budget(agent: SubAgent) -> None:
    demand = np.random.default_rng(0).uniform(0, 200, (500, 4))
    requests = agent.act(demand)
    assert np.isin(requests, [0, 15, 30, 45, 60]).all()
    assert (requests.sum(axis=1) <= 60).all()


def test_heavy_user_is_never_given_less_than_a_light_one(agent: SubAgent) -> None:
    demand = np.random.default_rng(0).uniform(0, 200, (500, 4))
    states = quantise(demand, thresholds(agent.representatives))
    requests = agent.act(demand)
    heavier = states[:, :, None] > states[:, None, :]
    assert (requests[:, :, None] >= requests[:, None, :])[heavier].all()


def test_saved_agent_comes_back_the_same(agent: SubAgent, tmp_path: Path) -> None:
    agent.save(tmp_path / "mdp_config0.npz")
    back = SubAgent.load(tmp_path / "mdp_config0.npz")
    assert back.config == agent.config
    for name in ("representatives", "transition", "levels", "policy", "value"):
        np.testing.assert_array_equal(getattr(back, name), getattr(agent, name))
    back.save(tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == (tmp_path / "mdp_config0.npz").read_bytes()


NAMES = ["config", "representatives", "transition", "levels", "policy", "value"]
DAMAGE = {
    "representatives": np.array([1.0, 3.0, 2.0, 4.0]),
    "transition": np.full((4, 4), 0.3),
    "levels": np.linspace(0, 50, 5),
    "policy": np.full((256, 4), 2),
    "value": np.full(256, np.nan),
    "config": np.array("{}"),
}


@pytest.mark.parametrize("name", NAMES)
def test_damaged_array_is_refused_by_name(agent: SubAgent, tmp_path: Path, name: str) -> None:
    path = tmp_path / "agent.npz"
    agent.save(path)
    write_npz(path, read_npz(path, NAMES) | {name: DAMAGE[name]})
    with pytest.raises(InputError, match="is missing" if name == "config" else name):
        SubAgent.load(path)


@pytest.mark.parametrize("name", NAMES[1:])
def test_array_of_wrong_shape_or_type_is_refused(
    agent: SubAgent, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "agent.npz"
    for wrong in (getattr(agent, name)[:-1], getattr(agent, name).astype(complex)):
        agent.save(path)
        write_npz(path, read_npz(path, NAMES) | {name: wrong})
        # Fewer representatives are those of a trace of few counts: then the transitions do not fit.
        at_fault = "transition" if name == "representatives" and wrong.dtype.kind == "f" else name
        with pytest.raises(InputError, match=at_fault):
            SubAgent.load(path)


def test_file_that_is_no_npz_is_refused(agent: SubAgent, tmp_path: Path) -> None:
    path = tmp_path / "agent.npz"
    agent.save(path)
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(InputError):
        SubAgent.load(path)
    with pytest.raises(InputError):
        SubAgent.load(tmp_path / "missing.npz")


@pytest.mark.parametrize(
    ("packets", "words"),
    [
        ([1, 2, 3, 201], "201"),
        ([1, 2, -3, 4], "-3"),
        ([0.5, 1.5], "whole numbers"),
        ([], "2 or more"),
        ([[1, 2], [3, 4]], "2 or more"),
    ],
)
def test_bad_trace_is_refused_with_its_value(packets: list[float], words: str) -> None:
    with pytest.raises(InputError, match=words):
        fit_agent(agent_config(), np.array(packets))


@pytest.mark.parametrize("counts", [[7], [0], [5, 6], [9, 10, 11]])
def test_a_trace_of_few_counts_is_planned_on_with_a_state_for_each(
    counts: list[int], tmp_path: Path
) -> None:
    trace = np.random.default_rng(4).choice(counts, 300)
    agent = fit_agent(agent_config(N_aggregation=4), trace)
    assert agent.representatives.tolist() == counts
    agent.save(tmp_path / "agent.npz")
    loaded = SubAgent.load(tmp_path / "agent.npz")
    users = agent.config.N_user
    requests = loaded.act(np.full((3, users), float(counts[0])))
    assert requests.shape == (3, users) and (requests.sum(axis=1) <= agent.config.B).all()


def test_system_too_large_for_a_table_is_refused() -> None:
    with pytest.raises(InputError, match="N_user = 12"):
        fit_agent(agent_config(N_user=12), autocorrelated_trace(0))


def observe(demand: np.ndarray) -> np.ndarray:
    return np.stack([demand, demand, np.full_like(demand, 0.3), np.full_like(demand, 10)], axis=-1)


def test_composition_asks_each_group_and_spends_the_budget(agent: SubAgent) -> None:
    demand = np.random.default_rng(0).uniform(0, 150, (200, 8))
    groups = [[0, 2, 4, 6], [7, 5, 3, 1]]
    grants = ComposedPolicy([agent, agent], groups, 100).act(observe(demand))
    assert grants.dtype == np.int64
    assert (grants.sum(axis=1) == 100).all() and grants.min() >= 0
    requests = np.zeros_like(demand)
    for group in groups:
        requests[:, group] = agent.act(demand[:, group])
    scaled = requests * 100 / requests.sum(axis=1, keepdims=True)
    assert np.abs(grants - scaled).max() < 1


def test_agent_alone_is_a_composition_of_one(agent: SubAgent) -> None:
    demand = np.random.default_rng(0).uniform(20, 150, (200, 4))
    grants = ComposedPolicy([agent], [[0, 1, 2, 3]], 60).act(observe(demand))
    np.testing.assert_array_equal(grants, agent.act(demand))


def test_a_smaller_group_asks_as_if_the_missing_users_had_no_traffic(agent: SubAgent) -> None:
    demand = np.random.default_rng(0).uniform(20, 150, (200, 6))
    grants = ComposedPolicy([agent, agent], [[0, 1, 2, 3], [4, 5]], 100).act(observe(demand))
    whole = np.concatenate([demand, np.zeros((200, 2))], axis=1)
    asked = np.concatenate([agent.act(whole[:, :4]), agent.act(whole[:, 4:])[:, :2]], axis=1)
    assert (grants.sum(axis=1) == 100).all()
    assert np.abs(grants - asked * 100 / asked.sum(axis=1, keepdims=True)).max() < 1


@pytest.mark.parametrize(
    "groups", [[[0, 1, 2], [3, 4, 5, 6, 7]], [[0, 1, 2, 3], [3, 4, 5, 6]], [[0, 1, 2, 3]]]
)
def test_groups_that_do_not_fit_are_refused(agent: SubAgent, groups: list[list[int]]) -> None:
    with pytest.raises(InputError, match="user_map"):
        ComposedPolicy([agent, agent], groups, 100)


def test_demand_of_wrong_shape_or_not_finite_is_refused(agent: SubAgent) -> None:
    with pytest.raises(InputError, match="shape"):
        agent.act(np.ones((3, 5)))
    with pytest.raises(InputError, match="not finite"):
        agent.act(np.full((3, 4), np.nan))


def test_levels_span_the_budget() -> None:
    np.testing.assert_array_equal(request_levels(agent_config()), [0, 15, 30, 45, 60])
