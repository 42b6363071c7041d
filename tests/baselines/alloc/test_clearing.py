"""The market's price gives the optimum: linear and quadratic programmes find no better."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linprog

from difsched.baselines.alloc.clearing import clearing
from difsched.baselines.alloc.problem import PooledProblem
from difsched.env.alloc.config import CONFIGURATIONS, AllocConfig
from difsched.env.alloc.simulator import Simulator

Floats = NDArray[np.float64]
seeds = st.integers(0, 2**32 - 1)
sizes = st.sampled_from([(1, 1), (1, 4), (4, 1), (3, 5), (5, 10)])


def windows(config: AllocConfig, seed: int, count: int) -> tuple[Simulator, Floats]:
    simulator = Simulator(config, count, np.random.SeedSequence(seed))
    return simulator, simulator.observation


def linear_programme(problem: PooledProblem, window: int, penalty: float) -> float:
    """Return the value in the T R grants of a window with hard budgets, by HiGHS."""
    d, p = problem.demand[window], problem.priority[window]
    v, c = problem.supply[window], problem.cost[window]
    tasks, resources = len(d), len(v)
    gain = p[:, None] / (tasks * d[:, None]) - penalty * c
    rows = np.concatenate(
        [np.kron(np.ones(tasks), np.eye(resources)), np.kron(np.eye(tasks), np.ones(resources))]
    )
    return -linprog(-gain.ravel(), rows, np.concatenate([v, d]), bounds=(0, 1)).fun


@pytest.mark.parametrize("name", ["faithful_3x5", "faithful_5x10"])
def test_with_hard_budgets_it_is_the_linear_programme(name: str) -> None:
    config = CONFIGURATIONS.load(name)
    simulator, seen = windows(config, 1, 1000)
    best = clearing(seen, config, hard=True)
    problem = PooledProblem.of(seen, config)
    values = [linear_programme(problem, window, 0.1) for window in range(1000)]
    assert best.value == pytest.approx(values, abs=1e-12)
    assert (best.action.sum(axis=1) <= problem.supply + 1e-12).all()
    assert simulator.step(best.action).reward == pytest.approx(best.value, abs=1e-14)


def test_with_soft_budgets_it_is_the_quadratic_programme() -> None:
    import cvxpy as cp

    config = CONFIGURATIONS.load("faithful_3x5")
    _, seen = windows(config, 2, 25)
    best = clearing(seen, config)
    problem = PooledProblem.of(seen, config)
    for window in range(25):
        a = cp.Variable((5, 3), nonneg=True)
        d, v = problem.demand[window], problem.supply[window]
        served = cp.minimum(1, cp.multiply(cp.sum(a, axis=1), 1 / d))
        reward = problem.priority[window] @ served / 5
        reward -= 0.1 * cp.sum(a @ problem.cost[window])
        reward -= 10 * cp.sum_squares(cp.pos(cp.sum(a, axis=0) - v))
        value = cp.Problem(cp.Maximize(reward), [a <= 1]).solve(solver="CLARABEL")
        assert best.value[window] == pytest.approx(value, abs=1e-6)


@given(seeds, sizes, st.sampled_from([0.0, 0.1, 0.5, 3.0]), st.sampled_from([0.1, 10.0]))
def test_value_and_bound_meet(seed: int, size: tuple[int, int], cost: float, fine: float) -> None:
    config = AllocConfig("faithful", *size, cost_penalty=cost, violation_penalty=fine)
    _, seen = windows(config, seed, 40)
    for hard in (False, True):
        best = clearing(seen, config, hard)
        assert best.value == pytest.approx(best.bound, abs=1e-11)
    assert (clearing(seen, config).value >= best.value - 1e-12).all()
    assert ((best.action >= 0) & (best.action <= 1)).all()


@given(seeds)
def test_no_grant_earns_more(seed: int) -> None:
    config = CONFIGURATIONS.load("faithful_3x5")
    simulator, seen = windows(config, seed, 60)
    best = clearing(seen, config)
    rng = np.random.default_rng(seed)
    near = best.action + 0.02 * rng.standard_normal(best.action.shape)
    for grant in (near, rng.random(best.action.shape) / 5, 0 * near):
        assert (simulator.step(grant).reward <= best.bound + 1e-12).all()


def test_ties_are_no_trouble() -> None:
    config = AllocConfig(
        "faithful", demand=(0.5, 0.5), priority=(0.8, 0.8), cost=(0.3, 0.3), supply=(0.6, 0.6)
    )
    for hard in (False, True):
        best = clearing(windows(config, 0, 3)[1], config, hard)
        assert best.value == pytest.approx(best.bound, abs=1e-14)


def test_hidden_prices_are_taken_as_shown() -> None:
    config = CONFIGURATIONS.load("faithful_3x5")
    hidden = replace(config, priorities_visible=False, costs_visible=False)
    simulator, seen = windows(hidden, 0, 200)
    blind = simulator.step(clearing(seen, hidden).action).reward
    best = clearing(windows(config, 0, 200)[1], config).value
    assert (blind <= best + 1e-12).all()
    assert blind.mean() < best.mean() - 0.005
