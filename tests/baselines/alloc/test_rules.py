"""Rules give what they promise: fair shares, sorted service, nothing that does not fit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from difsched.baselines.alloc import pooled, rules
from difsched.baselines.alloc.problem import PooledProblem, Problem
from difsched.baselines.method import NotServed
from difsched.env.alloc.behaviours import random_action
from difsched.env.alloc.config import CONFIGURATIONS, MODES, AllocConfig
from difsched.env.alloc.simulator import Simulator
from difsched.family import family_of
from difsched.policy import RandomPolicy
from tests.baselines.alloc.methods import policy, served

Floats = NDArray[np.float64]
seeds = st.integers(0, 2**32 - 1)
EVERY = [(mode, name) for mode in MODES for name in served(mode)]


def observation(config: AllocConfig, count: int = 40, seed: int = 0) -> Floats:
    simulator = Simulator(config, count, np.random.SeedSequence(seed))
    if config.mode == "backlog":  # some work waits
        simulator.step(np.full((count, config.tasks), 0.1))
    return simulator.observation


def problems(seed: int, count: int = 30) -> Problem:
    """Windows with tasks that need nothing, and with more than enough of everything."""
    rng = np.random.default_rng(seed)
    need = rng.random((count, 6, 3)) * (rng.random((count, 6, 1)) > 0.1)
    supply = rng.uniform(0.1, 4.0, (count, 3))
    priority = rng.random((count, 6))
    return Problem(need, supply, priority, priority, 0.1 * rng.random((count, 6)))


def spent(share: Floats, problem: Problem) -> Floats:
    return np.einsum("wt,wtr->wr", share, problem.requirement)


@pytest.mark.parametrize(("mode", "name"), EVERY)
def test_every_rule_stays_within_the_set(mode: str, name: str) -> None:
    config = CONFIGURATIONS.load(f"{mode}_3x5")
    simulator = Simulator(config, 40, np.random.SeedSequence(0))
    rule = policy(config, name)
    for _ in range(3):
        step = simulator.step(rule.act(simulator.observation))
        assert (step.metrics["projected"] == 0).all()


@pytest.mark.parametrize(("mode", "name"), EVERY)
def test_every_rule_treats_tasks_alike(mode: str, name: str) -> None:
    config = CONFIGURATIONS.load(f"{mode}_3x5")
    seen = observation(config)
    order = np.random.default_rng(0).permutation(5)
    rule = policy(config, name)
    action = rule.act(seen)
    assert action.shape == ((40, 5, 3) if mode == "faithful" else (40, 5))
    if name != "random":
        assert rule.act(seen[:, order]) == pytest.approx(action[:, order], abs=1e-6)


@pytest.mark.parametrize(("mode", "name"), EVERY)
def test_every_rule_answers_a_window_alone_as_among_others(mode: str, name: str) -> None:
    config = CONFIGURATIONS.load(f"{mode}_3x5")
    seen = observation(config)
    rule = policy(config, name)
    assert rule.act(seen[3:5]) == pytest.approx(rule.act(seen)[3:5], abs=1e-12)


@pytest.mark.parametrize("mode", MODES)
def test_random_grants_are_allowed_and_the_windows_own(mode: str) -> None:
    config = CONFIGURATIONS.load(f"{mode}_3x5")
    simulator = Simulator(config, 40, np.random.SeedSequence(0))
    seen = simulator.observation
    action, other = (RandomPolicy(config, random_action, key).act(seen) for key in (7, 8))
    assert (other != action).any()
    step = simulator.step(action)
    assert (step.metrics["projected"] == 0).all()
    assert step.metrics["served"].std() > 0


@pytest.mark.parametrize("name", CONFIGURATIONS.names())
def test_every_configuration_has_its_references(name: str) -> None:
    config = CONFIGURATIONS.load(name)
    references = family_of(config).references(config)
    for rule, seen in ((references.zero, references.seen), ("oracle", references.revealed)):
        assert policy(seen, rule) is not None
    assert references.hundred == "oracle" and references.certified


@pytest.mark.parametrize(
    ("name", "mode", "why"),
    [
        ("drf", "faithful", "faithful mode"),
        ("stochastic", "leontief", "leontief mode"),
        ("equal", "gang", "gang mode"),
        ("oracle", "forecast", "truth unseen"),
    ],
)
def test_a_mode_without_such_a_rule_is_not_served(name: str, mode: str, why: str) -> None:
    with pytest.raises(NotServed, match=why):
        policy(CONFIGURATIONS.load(f"{mode}_3x5"), name)


@pytest.mark.parametrize("name", ["random", "equal", "proportional", "density_first", "oracle"])
def test_one_resource_and_one_task_are_served(name: str) -> None:
    for resources, tasks in ((1, 1), (1, 4), (4, 1)):
        config = AllocConfig("faithful", resources=resources, tasks=tasks)
        simulator = Simulator(config, 6, np.random.SeedSequence(0))
        step = simulator.step(policy(config, name).act(simulator.observe()))
        assert (step.metrics["projected"] == 0).all()


@given(seeds)
def test_progressive_filling_is_as_fair_and_as_full_as_can_be(seed: int) -> None:
    problem = problems(seed)
    weight = 0.1 + problem.priority
    for weights in (None, weight):
        share = rules.dominant_resource_fairness(problem, weights)
        used = spent(share, problem)
        assert (used <= problem.supply * (1 + 1e-9)).all()
        level = share * problem.dominant_share / (1 if weights is None else weights)
        hungry = share < 1 - 1e-9
        for window in range(len(share)):
            if hungry[window].any():
                # Who has not enough stands at one level, no lower than anybody's.
                top = level[window][hungry[window]]
                assert top == pytest.approx(level[window].max())
                assert (used[window] >= problem.supply[window] * (1 - 1e-9)).any()


def test_progressive_filling_is_the_published_example() -> None:
    # Ghodsi et al. 2011: 9 CPUs and 18 GB; <1 CPU, 4 GB> and <3 CPU, 1 GB> a task, as many as fit.
    need = np.array([[[100.0, 400.0], [300.0, 100.0]]])
    ones = np.ones((1, 2))
    problem = Problem(need, np.array([[9.0, 18.0]]), ones, ones, 0 * ones)
    assert rules.dominant_resource_fairness(problem)[0] == pytest.approx([0.03, 0.02])


@given(seeds)
def test_equal_and_proportional_fit_and_are_what_they_say(seed: int) -> None:
    problem = problems(seed)
    equal, same = rules.equal(problem), rules.proportional(problem)
    for share in (equal, same):
        assert ((share >= 0) & (share <= 1)).all()
        assert (spent(share, problem) <= problem.supply * (1 + 1e-9)).all()
    part = equal[..., None] * problem.requirement
    assert (part <= problem.supply[:, None] / 6 * (1 + 1e-9)).all()
    full = (same[:, 0] == 1) | np.isclose((spent(same, problem) / problem.supply).max(axis=1), 1)
    assert full.all()


@given(seeds)
def test_greedy_serves_in_order_until_nothing_is_left(seed: int) -> None:
    problem = problems(seed)
    for key in rules.KEYS.values():
        share, whole = rules.greedy(problem, key), rules.greedy_whole(problem, key)
        assert (spent(share, problem) <= problem.supply * (1 + 1e-9)).all()
        assert (spent(whole, problem) <= problem.supply * (1 + 1e-9)).all()
        assert set(np.unique(whole)) <= {0.0, 1.0}
        first = key(problem).argmax(axis=1)[:, None]
        need = np.take_along_axis(problem.requirement, first[..., None], axis=1)[:, 0]
        fit = np.minimum((problem.supply / np.maximum(need, 1e-12)).min(axis=1), 1)
        assert np.take_along_axis(share, first, axis=1)[:, 0] == pytest.approx(fit)


@given(seeds)
def test_tasks_and_resources_are_matched_end_to_end(seed: int) -> None:
    rng = np.random.default_rng(seed)
    served, amount = rng.random((20, 5)), rng.random((20, 3))
    rank, price = rng.random((20, 5)), rng.random((20, 3))
    grant = pooled.merit_order(served, rank, amount, price)
    assert (grant >= 0).all()
    assert (grant.sum(axis=2) <= served + 1e-12).all()
    assert (grant.sum(axis=1) <= amount + 1e-12).all()
    traded = np.minimum(served.sum(axis=1), amount.sum(axis=1))
    assert grant.sum(axis=(1, 2)) == pytest.approx(traded)
    first, cheap = rank.argmin(axis=1), price.argmin(axis=1)
    window = np.arange(20)
    least = np.minimum(served[window, first], amount[window, cheap])
    assert grant[window, first, cheap] == pytest.approx(least)


def test_a_cap_takes_back_what_is_beyond_the_demand() -> None:
    config = CONFIGURATIONS.load("faithful_3x5")
    problem = PooledProblem.of(observation(config), config)
    grant = pooled.proportional(problem)
    capped = pooled.capped(grant, problem.demand)
    assert capped.sum(axis=2) == pytest.approx(np.minimum(grant.sum(axis=2), problem.demand))
