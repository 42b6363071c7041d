"""Rules for slices in which packets wait, as schedulers."""

from dataclasses import replace

import numpy as np
import pytest

from difsched.baselines.slice.deadlines.control import PredictiveRule
from difsched.baselines.slice.deadlines.rules import DeadlineRule, RoundRobinRule, holdings
from difsched.baselines.slice.oracle import OraclePolicy
from difsched.baselines.slice.rule import RulePolicy
from difsched.config import EnvironmentConfig
from difsched.env.slice.simulator import Simulator
from difsched.env.slice.traffic.generator import TrafficGenerator


def lost(config: EnvironmentConfig, traffic: TrafficGenerator, policy, copies: int = 8) -> float:
    """Return lost packets over new packets in episodes of 12 windows."""
    seed = np.random.SeedSequence(3)
    simulator = Simulator(config, traffic, copies, outcomes="expected", seed=seed)
    observation, gone, new = simulator.observe(), 0.0, 0.0
    for _ in range(12):
        step = simulator.step(policy.act(observation))
        observation = step.observation
        gone, new = gone + step.lost.sum(), new + step.demand.sum()
    return gone / new


@pytest.fixture
def waiting(config: EnvironmentConfig) -> EnvironmentConfig:
    """Return configuration 2 with packets sent again for two windows."""
    return replace(config, retransmit=2)


def test_deadlines_and_turns_beat_the_oracle_of_the_window(
    waiting: EnvironmentConfig, generator: TrafficGenerator
) -> None:
    budget = waiting.B
    oracle = lost(waiting, generator, OraclePolicy(budget))
    least = lost(waiting, generator, RulePolicy.told(waiting, DeadlineRule(0.0)))
    deadline = lost(waiting, generator, RulePolicy.told(waiting, DeadlineRule()))
    turns = lost(waiting, generator, RulePolicy.told(waiting, RoundRobinRule()))
    assert oracle > least > deadline
    assert oracle > least > turns


def test_planning_ahead_beats_the_rules(
    waiting: EnvironmentConfig, generator: TrafficGenerator
) -> None:
    waiting = replace(waiting, retransmit=1)
    rule = PredictiveRule.of(waiting, float(generator.trace.packets.mean()))
    planned = lost(waiting, generator, RulePolicy.told(waiting, rule), copies=1)
    assert planned < lost(waiting, generator, OraclePolicy(waiting.B), copies=1)


def test_without_delay_every_rule_is_the_oracle(config: EnvironmentConfig) -> None:
    rng = np.random.default_rng(0)
    observation = np.empty((4, config.N_user, 4))
    observation[..., :2] = rng.integers(0, 200, (4, config.N_user, 2))
    observation[..., 2:] = np.array([0.3, 10.0])
    config = replace(config, sigmoid_k_list=[0.3], sigmoid_s_list=[10.0])
    oracle = OraclePolicy(config.B).act(observation)
    value = (observation[..., 0] / (1 + np.exp(-0.3 * (oracle - 10)))).sum()
    for rule in (DeadlineRule(), RoundRobinRule()):
        grants = RulePolicy.told(config, rule).act(observation)
        assert (grants.sum(axis=1) == config.B).all()
        got = (observation[..., 0] / (1 + np.exp(-0.3 * (grants - 10)))).sum()
        assert got == pytest.approx(value, rel=1e-9)


def test_holdings_part_new_from_waiting_packets() -> None:
    observation = np.array([[[30.0, 0, 0.3, 10, 5, 7], [4.0, 0, 0.3, 10, 5, 0]]])
    np.testing.assert_array_equal(holdings(observation), [[[18, 5, 7], [0, 5, 0]]])


def test_turns_come_round_to_each_user_once_in_d_plus_1_windows(
    waiting: EnvironmentConfig, generator: TrafficGenerator
) -> None:
    policy, simulator = (
        RulePolicy.told(waiting, RoundRobinRule()),
        Simulator(waiting, generator, 4, outcomes="expected", seed=np.random.SeedSequence(1)),
    )
    observation, served = simulator.observe(), []
    for _ in range(6):
        grants = policy.act(observation)
        served.append(grants >= 5)
        observation = simulator.step(grants).observation
    times = np.sum(served, axis=0)
    assert (times <= 3).all()
    assert times.mean() > 1
