"""Optima of shares, sets and grants of forecasts: as brute force and direct programmes find."""

from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linprog

from difsched.baselines.alloc import oracle
from difsched.baselines.alloc.problem import Problem
from difsched.baselines.alloc.programme import dual_bound, maximise_shares
from difsched.baselines.alloc.rules import KEYS, greedy_whole
from difsched.env.alloc.columns import read
from difsched.env.alloc.config import CONFIGURATIONS, AllocConfig
from difsched.env.alloc.draws import factor_quantiles
from difsched.env.alloc.simulator import Simulator
from difsched.errors import InputError

Floats = NDArray[np.float64]
seeds = st.integers(0, 2**32 - 1)


def windows(config: AllocConfig, seed: int, count: int) -> tuple[Simulator, Floats]:
    simulator = Simulator(config, count, np.random.SeedSequence(seed))
    return simulator, simulator.observation


def best_vertex(problem: Problem, window: int) -> float:
    """Return the largest value of a vertex: T of all constraints are tight there."""
    need, tasks = problem.requirement[window], problem.gain.shape[1]
    normals = np.concatenate([np.eye(tasks), np.eye(tasks), need.T])
    ends = np.concatenate([np.zeros(tasks), np.ones(tasks), problem.supply[window]])
    best = 0.0
    for tight in combinations(range(len(ends)), tasks):
        matrix = normals[list(tight)]
        if abs(np.linalg.det(matrix)) < 1e-12:
            continue
        x = np.linalg.solve(matrix, ends[list(tight)])
        fits = (x >= -1e-9).all() and (normals[tasks:] @ x <= ends[tasks:] + 1e-9).all()
        best = max(best, float(problem.worth[window] @ x / tasks)) if fits else best
    return best


def test_the_programme_finds_the_best_vertex() -> None:
    config = AllocConfig("leontief", resources=2, tasks=4, cost_penalty=0.3)
    _, seen = windows(config, 0, 30)
    best = oracle.linear(seen, config)
    problem = Problem.of(seen, config)
    assert best.value == pytest.approx([best_vertex(problem, w) for w in range(30)], abs=1e-12)


@pytest.mark.parametrize("name", ["leontief_3x5", "leontief_5x10", "backlog_3x5"])
def test_the_simulator_pays_the_value_and_the_bound_certifies_it(name: str) -> None:
    config = CONFIGURATIONS.load(name)
    simulator, seen = windows(config, 1, 300)
    best = oracle.linear(seen, config)
    step = simulator.step(best.action)
    assert step.reward == pytest.approx(best.value, abs=1e-12)
    assert best.value == pytest.approx(best.bound, abs=1e-12)
    assert (step.metrics["projected"] == 0).all()


def test_cvxpy_finds_the_same_values() -> None:
    import cvxpy as cp

    config = CONFIGURATIONS.load("leontief_5x10")
    _, seen = windows(config, 2, 30)
    best, problem = oracle.linear(seen, config), Problem.of(seen, config)
    for window in range(30):
        x = cp.Variable(10)
        fits = [x >= 0, x <= 1, problem.requirement[window].T @ x <= problem.supply[window]]
        aim = cp.Maximize(problem.worth[window] @ x / 10)
        assert cp.Problem(aim, fits).solve(solver="CLARABEL") == pytest.approx(
            best.value[window], abs=1e-6
        )


@pytest.mark.parametrize("name", ["leontief_3x5", "forecast_3x5", "backlog_5x10"])
def test_a_window_is_answered_alone_as_among_others(name: str) -> None:
    config = CONFIGURATIONS.load(name)
    simulator, seen = windows(config, 3, 150)
    if name.startswith("backlog"):
        seen = simulator.step(np.zeros((150, config.tasks))).observation
    solve = oracle.stochastic if name.startswith("forecast") else oracle.linear
    together = solve(seen, config).action
    for part in (slice(7, 8), slice(20, 60)):
        assert (solve(seen[part], config).action == together[part]).all()
    back = solve(seen[::-1], config).action[::-1]
    assert (back == together).all()


@given(seeds)
def test_any_prices_give_a_bound(seed: int) -> None:
    config = CONFIGURATIONS.load("leontief_3x5")
    _, seen = windows(config, seed, 20)
    problem, ones = Problem.of(seen, config), np.ones((20, 5))
    gain, price = problem.worth / 5, np.random.default_rng(seed).random((20, 3))
    value = oracle.linear(seen, config).value
    bound = dual_bound(gain, problem.requirement, problem.supply, ones, price)
    assert (bound >= value - 1e-12).all()


def test_variables_without_use_or_gain_are_no_trouble() -> None:
    gain = np.array([[1.0, 0.0, 1.0, -1.0], [0.0, 0.0, 0.0, 0.0]])
    usage = np.zeros((2, 4, 2))
    usage[:, 0] = 1.0
    point, value, bound = maximise_shares(gain, usage, np.full((2, 2), 0.5), np.ones((2, 4)))
    assert point[0] == pytest.approx([0.5, 0, 1, 0])
    assert value == pytest.approx([1.5, 0])
    assert bound == pytest.approx([1.5, 0])


def test_tasks_that_are_alike_are_no_trouble() -> None:
    need = np.full((3, 6, 2), 0.25)
    point, value, bound = maximise_shares(
        np.ones((3, 6)), need, np.full((3, 2), 0.6), np.ones((3, 6))
    )
    assert value == pytest.approx([2.4] * 3)
    assert bound == pytest.approx(value)
    assert (np.einsum("wt,wtr->wr", point, need) <= 0.6 + 1e-9).all()


def direct(problem: Problem, window: int, factors: Floats) -> float:
    """Return the value of the programme in (y_i, x_iq), by HiGHS."""
    tasks, points = problem.gain.shape[1], len(factors)
    cost = problem.charge[window] / tasks
    gain = np.repeat(problem.gain[window] / tasks / points, points)
    served = np.kron(np.eye(tasks), np.diag(factors))
    granted = np.kron(np.eye(tasks), np.ones((points, 1)))
    need = problem.requirement[window].T
    rows = np.block([[-granted, served], [need, np.zeros((len(need), tasks * points))]])
    ends = np.concatenate([np.zeros(tasks * points), problem.supply[window]])
    bounds = [(0, None)] * tasks + [(0, 1)] * (tasks * points)
    return -linprog(np.concatenate([cost, -gain]), rows, ends, bounds=bounds).fun


@pytest.mark.parametrize("name", ["forecast_3x5", "forecast_near_5x10"])
def test_the_stochastic_programme_is_the_direct_one(name: str) -> None:
    config = CONFIGURATIONS.load(name)
    _, seen = windows(config, 4, 15)
    best, problem = oracle.stochastic(seen, config), Problem.of(seen, config)
    factors = factor_quantiles(config.sigma)
    values = [direct(problem, window, factors) for window in range(15)]
    assert best.value == pytest.approx(values, abs=1e-9)
    assert best.value == pytest.approx(best.bound, abs=1e-12)
    served = np.minimum(best.action[..., None] / factors, 1).mean(axis=-1)
    mean = (problem.gain * served - problem.charge * best.action).mean(axis=1)
    assert best.value == pytest.approx(mean, abs=1e-12)


def test_without_doubt_the_stochastic_programme_is_the_linear_one() -> None:
    config = replace(CONFIGURATIONS.load("forecast_3x5"), sigma=0.0)
    simulator, seen = windows(config, 5, 50)
    grants = oracle.stochastic(seen, config)
    best = oracle.linear(seen, config)
    assert grants.value == pytest.approx(best.value, abs=1e-9)
    assert simulator.step(grants.action).reward == pytest.approx(best.value, abs=1e-9)


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (5, 8)])
def test_the_best_set_is_that_of_all(size: tuple[int, int]) -> None:
    config = AllocConfig("gang", *size)
    simulator, seen = windows(config, 6, 10)
    best, problem = oracle.subsets(seen, config), Problem.of(seen, config)
    for window in range(10):
        values = [0.0]
        for members in product([0, 1], repeat=size[1]):
            if (np.array(members) @ problem.requirement[window] <= problem.supply[window]).all():
                values.append(float(members @ problem.worth[window]) / size[1])
        assert best.value[window] == pytest.approx(max(values))
    assert simulator.step(best.action).reward == pytest.approx(best.value)
    assert (best.bound == best.value).all()
    assert (best.value <= oracle.linear(seen, config).bound + 1e-12).all()


def test_branch_and_bound_finds_what_enumeration_finds() -> None:
    config = CONFIGURATIONS.load("gang_5x10")
    _, seen = windows(config, 7, 15)
    problem = Problem.of(seen, config)
    _, value, bound = oracle._branch(problem.requirement, problem.supply, problem.worth / 10)
    best = oracle.subsets(seen, config)
    assert value == pytest.approx(best.value, abs=1e-9)
    assert (bound >= value - 1e-9).all()
    many = AllocConfig("gang", 3, 20)
    simulator, seen = windows(many, 7, 5)
    best = oracle.subsets(seen, many)
    assert simulator.step(best.action).reward == pytest.approx(best.value)
    rule = greedy_whole(Problem.of(seen, many), KEYS["load_first"])
    reward = Simulator(many, 5, np.random.SeedSequence(7)).step(rule).reward
    assert (reward <= best.bound + 1e-12).all()


def test_the_age_bonus_serves_what_would_be_lost() -> None:
    config = replace(CONFIGURATIONS.load("backlog_heavy_3x5"), resources=1, tasks=2, wait=1)
    simulator, _ = windows(config, 8, 400)
    seen = simulator.step(np.zeros((400, 2))).observation
    work = read(seen, "work", config)
    served = oracle.aged(seen, config, discount=1e-3) * work.sum(axis=-1)
    supply = read(seen, "supply", config)[:, 0]
    # With new work as good as worthless, old work gets all it can use of the one resource.
    old = work[..., 1].sum(axis=1)
    taken = np.minimum(served, work[..., 1]).sum(axis=1)
    assert taken == pytest.approx(np.minimum(old, supply), abs=1e-9)


def test_without_a_bonus_it_is_the_programme_of_the_window() -> None:
    config = CONFIGURATIONS.load("backlog_3x5")
    simulator, _ = windows(config, 9, 100)
    seen = simulator.step(np.full((100, 5), 0.2)).observation
    same = oracle.aged(seen, config, discount=1.0)
    worth = Problem.of(seen, config).worth
    assert (worth * same).mean(axis=1) == pytest.approx(oracle.linear(seen, config).value)


@pytest.mark.parametrize("points", [0, 17])
def test_more_quantiles_than_may_be_granted_are_refused(points: int) -> None:
    config = CONFIGURATIONS.load("forecast_3x5")
    with pytest.raises(InputError, match=f"points = {points}"):
        oracle.stochastic(windows(config, 0, 1)[1], config, points)
