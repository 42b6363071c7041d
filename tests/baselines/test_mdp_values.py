"""What a sub-agent's plan is worth, and its softer version."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chisquare

from baselines.markov.chain import stationary
from baselines.markov.reward import expected_reward, joint_actions
from baselines.mdp import ComposedPolicy, SubAgent, fit_agent
from baselines.mdp_values import SoftAgent, action_values, expected_loss
from difsched.config import ConfigManager
from difsched.env.slice.link import success_probability
from difsched.errors import InputError


@pytest.fixture(scope="module")
def agent() -> SubAgent:
    rng = np.random.default_rng(0)
    packets = np.repeat(rng.integers(0, 151, 400), rng.integers(1, 6, 400))
    return fit_agent(ConfigManager().load_agent_config(0), packets)


def rewards(agent: SubAgent) -> np.ndarray:
    config = agent.config
    chance = success_probability(agent.levels, config.sigmoid_k, config.sigmoid_s)
    return expected_reward(agent.representatives, chance, joint_actions(4, 5))


@pytest.mark.parametrize("seed", range(5))
def test_stationary_law_is_what_the_chain_leaves_alone(seed: int) -> None:
    chain = np.random.default_rng(seed).dirichlet(np.full(6, 0.3), size=6)
    law = stationary(chain)
    np.testing.assert_allclose(law @ chain, law, rtol=1e-12)
    assert law.sum() == pytest.approx(1) and (law > 0).all()


@pytest.mark.parametrize(("there", "back"), [(0.2, 0.3), (1e-12, 0.5), (0.4, 1e-14)])
def test_stationary_law_of_two_states_is_exact_even_where_one_is_rare(
    there: float, back: float
) -> None:
    law = stationary(np.array([[1 - there, there], [back, 1 - back]]))
    np.testing.assert_allclose(law, np.array([back, there]) / (there + back), rtol=1e-13)


def test_best_action_value_is_the_state_value(agent: SubAgent) -> None:
    values = action_values(agent)
    np.testing.assert_allclose(values.max(axis=1), agent.value, atol=1e-7)
    chosen = (agent.policy[:, None] == joint_actions(4, 5)).all(axis=2).argmax(axis=1)
    np.testing.assert_allclose(values[np.arange(256), chosen], agent.value, atol=1e-7)


def test_expected_loss_is_the_mean_value_in_the_long_run(agent: SubAgent) -> None:
    # In stationarity E[V] = E[reward] / (1 - discount), whatever the chain.
    alone = stationary(agent.transition)
    joint = np.einsum("i,j,k,l->ijkl", alone, alone, alone, alone).ravel()
    mean = float(joint @ agent.value) * (1 - agent.config.discount)
    assert expected_loss(agent) == pytest.approx(-mean, abs=1e-8)


def test_expected_loss_is_the_mean_over_a_long_simulation(agent: SubAgent) -> None:
    rng = np.random.default_rng(1)
    cumulative = np.cumsum(agent.transition, axis=1)
    states, losses = rng.integers(4, size=(400, 4)), []
    for window in range(250):
        if window >= 50:
            demand = agent.representatives[states]
            chance = success_probability(agent.act(demand), 0.3, 10)
            losses.append((demand * (1 - chance)).sum(axis=1) / demand.sum(axis=1))
        states = (rng.random((400, 4, 1)) > cumulative[states]).sum(axis=-1)
    error = np.std(np.mean(losses, axis=0)) / np.sqrt(400)  # copies are independent
    assert expected_loss(agent) == pytest.approx(np.mean(losses), abs=4 * error)
    assert error < 1e-3


def test_soft_requests_come_as_often_as_their_probabilities_say(agent: SubAgent) -> None:
    soft = SoftAgent(agent, 0.05, np.random.default_rng(2))
    demand = agent.representatives[[0, 3, 1, 2]]
    requests = soft.act(np.tile(demand, (40_000, 1)))
    actions = agent.levels[joint_actions(4, 5)]
    seen = (requests[:, None] == actions).all(axis=2).sum(axis=0)
    expected = soft.probabilities[agent.joint_state(demand[None])[0]]
    advantage = rewards(agent)[agent.joint_state(demand[None])[0]]
    np.testing.assert_allclose(
        np.log(expected / expected.max()), (advantage - advantage.max()) / 0.05, atol=1e-6
    )
    usual = expected * 40_000 > 5
    rest = [seen[~usual].sum(), expected[~usual].sum() * 40_000]
    assert chisquare([*seen[usual], rest[0]], [*expected[usual] * 40_000, rest[1]]).pvalue > 1e-3


def test_cold_agent_earns_what_its_plan_does_and_a_hot_one_draws_any_action(
    agent: SubAgent,
) -> None:
    earned = rewards(agent)
    best = earned.max(axis=1)
    losses = []
    for temperature in (1e-4, 0.01, 0.1, 1.0, 1e6):
        chances = SoftAgent(agent, temperature, np.random.default_rng(0)).probabilities
        np.testing.assert_allclose(chances.sum(axis=1), 1)
        losses.append(float((best - (chances * earned).sum(axis=1)).mean()))
    assert losses == sorted(losses)
    assert losses[0] < 1e-4
    np.testing.assert_allclose(chances, 1 / earned.shape[1], rtol=1e-4)


def test_soft_agents_are_composed_like_plans(agent: SubAgent) -> None:
    rng = np.random.default_rng(3)
    seen = np.repeat(rng.uniform(0, 150, (300, 8, 1)), 4, axis=2)
    groups = [[0, 1, 2, 3], [4, 5, 6, 7]]

    def grants(seed: int) -> np.ndarray:
        generator = np.random.default_rng(seed)
        return ComposedPolicy([SoftAgent(agent, 0.05, generator)] * 2, groups, 100).act(seen)

    assert (grants(0).sum(axis=1) == 100).all()
    np.testing.assert_array_equal(grants(0), grants(0))
    assert (grants(0) != grants(1)).any()


@pytest.mark.parametrize("temperature", [0, -1.0, float("nan")])
def test_temperature_must_be_above_zero(agent: SubAgent, temperature: float) -> None:
    with pytest.raises(InputError, match="temperature"):
        SoftAgent(agent, temperature, np.random.default_rng(0))


def test_expected_loss_falls_as_the_budget_grows(agent: SubAgent) -> None:
    rng = np.random.default_rng(0)
    packets = rng.integers(0, 151, 500)
    losses = [
        expected_loss(fit_agent(replace(agent.config, B=budget), packets))
        for budget in (20, 60, 200)
    ]
    assert losses == sorted(losses, reverse=True)
