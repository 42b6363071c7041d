"""Methods by name: the same windows get the same actions, however they are asked for."""

import numpy as np
import pytest

from difsched.baselines.mec import rules
from difsched.baselines.mec.greedy import greedy
from difsched.baselines.mec.policies import SCHEDULERS, training
from difsched.baselines.mec.solution import evaluate
from difsched.baselines.method import NotServed, Task
from difsched.env.mec.actions import check
from difsched.env.mec.config import CONFIGURATIONS, MecConfig
from difsched.env.mec.simulator import Simulator
from difsched.errors import InputError
from difsched.family import family_of
from difsched.policy import Policy
from tests.env.mec.presets import phase_one, phase_two

METHODS = {method.name: method for method in SCHEDULERS}
SMALL = [phase_one("fixed", 4), phase_two("scaled", 3, 12)]


def draw(config: MecConfig, windows: int) -> np.ndarray:
    return Simulator(config, windows, np.random.SeedSequence(1)).observe()


def policies(config: MecConfig) -> dict[str, Policy]:
    """Every method that serves a configuration, by name."""
    found = {}
    for name, method in METHODS.items():
        try:
            found[name] = method.fit(Task(config))
        except NotServed:
            continue
    return found


@pytest.mark.parametrize("config", SMALL)
def test_a_window_gets_the_same_action_alone_and_among_others(config: MecConfig) -> None:
    seen = draw(config, 4)
    for policy in policies(config).values():
        action = policy.act(seen)
        assert not check(action, seen)[1].any()
        np.testing.assert_array_equal(policy.act(seen[2:3]), action[2:3])


@pytest.mark.parametrize("config", SMALL)
def test_what_scores_a_hundred_is_best_and_the_naive_rule_is_worse(config: MecConfig) -> None:
    seen, references = draw(config, 10), family_of(config).references(config)
    value = {
        name: evaluate(policy.act(seen), seen, config).mean()
        for name, policy in policies(config).items()
    }
    assert value[references.hundred] >= max(value.values()) - 1e-3
    assert value[references.zero] < value[references.hundred]
    assert references.certified == (config.clusters == 1)


def test_methods_say_what_they_cannot_serve() -> None:
    kinds = ("code_n5", "leftover_n5", "scaled_k4")
    served = [set(policies(CONFIGURATIONS.load(name))) for name in kinds]
    everywhere = set(METHODS) - {"priced_greedy", "optimum", "search"}
    assert served == [
        everywhere | {"optimum"},
        everywhere | {"optimum", "priced_greedy"},
        everywhere | {"search"},
    ]


def test_the_number_served_is_the_best_of_all() -> None:
    config = phase_one("code", 5)
    seen = draw(config, 2000)
    served = METHODS["most_late"].fit(Task(config)).act(seen)
    assert ((served > 0).sum(axis=1) == 4).all()
    best = evaluate(served, seen, config).mean()
    for other in (0, 1, 2, 3, 5):
        action = rules.serve_first(seen, other, "most_late", config)
        assert evaluate(action, seen, config).mean() < best


def test_a_price_of_leftover_work_makes_fewer_offload() -> None:
    config = CONFIGURATIONS.load("leftover_n5")
    seen = draw(config, 20)
    np.testing.assert_array_equal(greedy(seen, config, 0.0), greedy(seen, config))
    priced = METHODS["priced_greedy"].fit(Task(config)).act(seen)
    assert (priced > 0).sum() < (greedy(seen, config) > 0).sum()


def test_rules_are_fitted_on_other_slots_than_they_are_tested_on() -> None:
    config = phase_one("code")
    seed = np.random.SeedSequence(config.randomSeed)
    tested = family_of(config).simulator(config, "test", 50, "expected", seed).observe()
    assert not np.isin(training(config, 50).observe(), tested).any()


def test_unknown_keys_are_refused() -> None:
    config = phase_one("code")
    with pytest.raises(InputError, match="key = 'late': must be one of"):
        rules.serve_first(draw(config, 1), 1, "late", config)
