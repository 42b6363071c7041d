"""Policies by name: the same windows get the same actions, however they are asked for."""

from dataclasses import replace

import numpy as np
import pytest

from difsched.baselines.mec.greedy import greedy
from difsched.baselines.mec.policies import (
    NAIVE,
    RULES,
    FirstPolicy,
    PricedGreedyPolicy,
    RandomPolicy,
    RulePolicy,
    hundred,
)
from difsched.baselines.mec.solution import evaluate
from difsched.env.mec.actions import check
from difsched.env.mec.config import MecConfig, phase_one, phase_two
from difsched.env.mec.simulator import Simulator
from difsched.errors import InputError


def draw(config: MecConfig, windows: int) -> np.ndarray:
    return Simulator(config, windows, np.random.SeedSequence(1)).observe()


def policies(config: MecConfig) -> list:
    names = [name for name in RULES if name != "optimum" or config.clusters == 1]
    named = [RulePolicy(config, name) for name in names]
    return [*named, RandomPolicy(config, 3), FirstPolicy(config, "earliest_deadline", 2)]


@pytest.mark.parametrize("config", [phase_one("fixed", 4), phase_two("scaled", 3, 12)])
def test_a_window_gets_the_same_action_alone_and_among_others(config: MecConfig) -> None:
    seen = draw(config, 4)
    for policy in policies(config):
        action = policy.act(seen)
        assert not check(action, seen)[1].any()
        np.testing.assert_array_equal(policy.act(seen[2:3]), action[2:3])


@pytest.mark.parametrize("config", [phase_one("code", 4), phase_two("scaled", 3, 12)])
def test_what_scores_a_hundred_is_best_and_the_naive_rule_is_worse(config: MecConfig) -> None:
    seen = draw(config, 10)
    value = {
        name: evaluate(RulePolicy(config, name).act(seen), seen, config).mean()
        for name in (*RULES,)
        if name != "optimum" or config.clusters == 1
    }
    assert value[hundred(config)] >= max(value.values()) - 1e-3
    assert value[NAIVE] < value[hundred(config)]


def test_the_number_served_is_the_best_of_all() -> None:
    config = phase_one("code", 5)
    seen = draw(config, 2000)
    policy = FirstPolicy.fit(seen, "most_late", config)
    assert policy.served == 4
    worse = [replace(policy, served=m) for m in range(6) if m != 4]
    best = evaluate(policy.act(seen), seen, config).mean()
    assert all(evaluate(other.act(seen), seen, config).mean() < best for other in worse)


def test_greedy_without_a_price_is_greedy() -> None:
    config = replace(phase_one("code", 5), leftover=True)
    seen = draw(config, 20)
    np.testing.assert_array_equal(PricedGreedyPolicy(config, 0.0).act(seen), greedy(seen, config))
    fewer = (PricedGreedyPolicy(config, 5.0).act(seen) > 0).sum()
    assert fewer < (greedy(seen, config) > 0).sum()


def test_unknown_rules_and_keys_are_refused() -> None:
    config = phase_one("code")
    with pytest.raises(InputError, match=r"rule = 'gredy': must be one of .*did you mean greedy"):
        RulePolicy(config, "gredy")
    with pytest.raises(InputError, match="key = 'late': must be one of"):
        FirstPolicy(config, "late", 1).act(draw(config, 1))
