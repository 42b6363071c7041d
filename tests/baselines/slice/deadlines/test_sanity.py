"""Losses of the rules on the suite's traffic, beside an independent prototype's."""

from dataclasses import replace

import numpy as np
import pytest

from difsched.baselines.slice.deadlines.rules import DeadlineRule, RoundRobinRule
from difsched.baselines.slice.oracle import OraclePolicy
from difsched.baselines.slice.rule import Rule, RulePolicy
from difsched.config import ConfigManager
from difsched.env.slice.simulator import Simulator
from difsched.env.slice.traffic.generator import TrafficGenerator, load_traffic


@pytest.mark.parametrize(
    ("rule", "percent"),
    [(None, 10.2), (DeadlineRule(0.0), 5.08), (DeadlineRule(), 4.31), (RoundRobinRule(), 3.89)],
)
def test_lost_packets_are_those_of_the_prototype(rule: Rule | None, percent: float) -> None:
    # Measured: lost packets in % of new ones, 20 episodes of 20 windows, configuration 0, D = 1.
    config = replace(ConfigManager().load_env_config(0), B=80, retransmit=1)
    policy = OraclePolicy(80) if rule is None else RulePolicy.told(config, rule)
    traffic = TrafficGenerator(load_traffic(config.dataflow).test)
    seed = np.random.SeedSequence(11)
    simulator = Simulator(config, traffic, 20, outcomes="expected", seed=seed)
    observation = simulator.observe()
    lost, new = np.zeros(20), np.zeros(20)
    for _ in range(20):
        step = simulator.step(policy.act(observation))
        observation = step.observation
        lost, new = lost + step.lost.sum(axis=1), new + step.demand.sum(axis=1)
    error = (100 * lost / new).std(ddof=1) / np.sqrt(20)
    # Two standard errors of the difference of two means of 20 episodes each.
    assert 100 * lost.sum() / new.sum() == pytest.approx(percent, abs=2 * np.sqrt(2) * error)
