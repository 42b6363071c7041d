"""The joint MDP of all users."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from difsched.baselines.method import NotServed
from difsched.baselines.slice.curves import mean_curve
from difsched.baselines.slice.markov.chain import stationary
from difsched.baselines.slice.markov.multiset import (
    count_multisets,
    find,
    multiset_chain,
    multisets,
)
from difsched.baselines.slice.mdp import ComposedPolicy, fit_agent
from difsched.baselines.slice.mdp_joint import JointPlan, plan
from difsched.config import ConfigManager, EnvironmentConfig
from difsched.env.slice.traffic.generator import load_traffic
from difsched.evaluation import evaluate

RNG = np.random.default_rng(4)
PACKETS = np.repeat(RNG.integers(0, 151, 400), RNG.integers(1, 6, 400))


def small(users: int, budget: int, states: int) -> EnvironmentConfig:
    base = ConfigManager().load_env_config(2)
    return replace(
        base,
        N_user=users,
        B=budget,
        N_aggregation=states,
        sub_agents_idx=[0],
        user_map=[list(range(users))],
    )


def observe(demand: np.ndarray) -> np.ndarray:
    return np.repeat(demand[..., None], 4, axis=2)


@pytest.mark.parametrize(("users", "states"), [(1, 4), (3, 3), (8, 4), (5, 1)])
def test_every_multiset_is_listed_once_and_found(users: int, states: int) -> None:
    rows = multisets(users, states)
    assert len(rows) == count_multisets(users, states) == len(np.unique(rows, axis=0))
    assert (rows.sum(axis=1) == users).all()
    order = np.random.default_rng(0).permutation(len(rows))
    np.testing.assert_array_equal(find(rows[order], rows), order)


@pytest.mark.parametrize(("users", "states"), [(1, 3), (2, 2), (3, 3), (4, 2)])
def test_chain_of_multisets_is_the_lumped_joint_chain(users: int, states: int) -> None:
    transition = np.random.default_rng(users).dirichlet(np.ones(states), size=states)
    joint = np.ones((1, 1))
    for _ in range(users):
        joint = np.kron(joint, transition)
    rows = multisets(users, states)
    members = np.array(list(product(range(states), repeat=users)))
    lump = find((members[..., None] == np.arange(states)).sum(axis=1), rows)
    lumped = np.zeros((len(joint), len(rows)))
    for state, target in enumerate(lump):
        lumped[:, target] += joint[:, state]
    chain = multiset_chain(transition, users)
    np.testing.assert_allclose(chain[lump], lumped, atol=1e-14)


@pytest.mark.parametrize("discount", [0.0, 0.9])
def test_plan_is_the_optimum_of_the_labelled_mdp_over_all_whole_grants(discount: float) -> None:
    config = small(users=3, budget=26, states=2)
    found = plan(config, PACKETS, discount)
    curve = mean_curve(config)
    ways = np.array([way for way in product(range(27), repeat=3) if sum(way) <= 26])
    members = np.array(list(product(range(2), repeat=3)))
    demand = found.representatives[members]
    lost = np.einsum("si,ai->sa", demand, 1 - curve[ways])
    best = (-lost / demand.sum(axis=1, keepdims=True)).max(axis=1)
    one = fit_agent(
        replace(ConfigManager().load_agent_config(0), N_aggregation=2), PACKETS
    ).transition
    joint = np.kron(np.kron(one, one), one)
    value = np.linalg.solve(np.eye(8) - discount * joint, best)
    rows = find((members[..., None] == np.arange(2)).sum(axis=1), found.counts)
    np.testing.assert_allclose(found.reward[rows], best)
    np.testing.assert_allclose(found.value[rows], value, atol=1e-7)


@pytest.fixture(scope="module")
def joint() -> JointPlan:
    return plan(ConfigManager().load_env_config(2), PACKETS, 0.99)


def test_grants_depend_on_demand_states_alone_and_spend_the_budget(joint: JointPlan) -> None:
    demand = np.random.default_rng(0).uniform(-20, 150, (300, 8))
    states = np.abs(demand[..., None] - joint.representatives).argmin(axis=-1)
    grants = joint.act(observe(demand))
    assert (grants.sum(axis=1) == 100).all() and grants.min() >= 0
    np.testing.assert_array_equal(grants, joint.act(observe(joint.representatives[states])))
    order = np.random.default_rng(1).permutation(8)
    for mine, theirs in zip(grants[:, order], joint.act(observe(demand[:, order])), strict=True):
        np.testing.assert_array_equal(np.sort(mine), np.sort(theirs))


def test_heavier_demand_states_never_get_less(joint: JointPlan) -> None:
    demand = np.random.default_rng(2).uniform(0, 150, (300, 8))
    states = np.abs(demand[..., None] - joint.representatives).argmin(axis=-1)
    grants = joint.act(observe(demand))
    heavier = states[:, :, None] > states[:, None, :]
    assert (grants[:, :, None] >= grants[:, None, :])[heavier].all()


def test_long_run_reward_is_the_mean_value(joint: JointPlan) -> None:
    law = stationary(joint.transition)
    assert float(law @ joint.value) * (1 - 0.99) == pytest.approx(law @ joint.reward, abs=1e-8)


@pytest.mark.parametrize("index", [0, 2, 4, 6])
def test_joint_plan_loses_less_than_the_composed_one_on_the_test_windows(index: int) -> None:
    config = ConfigManager().load_env_config(index)
    traffic = load_traffic(config.dataflow)
    packets = traffic.train.packets
    agent = fit_agent(ConfigManager().load_agent_config(config.sub_agents_idx[0]), packets)
    composed = ComposedPolicy([agent] * 2, config.user_map, config.B)
    losses = [
        evaluate(policy, config, traffic.test, 1000).loss.mean()
        for policy in (plan(config, packets, 0.99), composed)
    ]
    assert losses[0] < losses[1] - 0.02


def test_forty_users_are_too_many_states() -> None:
    config = ConfigManager().load_env_config(1)
    groups = [list(range(4 * i, 4 * i + 4)) for i in range(10)]
    large = replace(config, N_user=40, user_map=groups, sub_agents_idx=[0] * 10)
    with pytest.raises(NotServed, match="state space"):
        plan(large, PACKETS, 0.99)
