"""The oracle's certificate: envelope, dual bound, repair, and the CVXPY reference."""

import mpmath
import numpy as np
import pytest

from difsched.baselines.slice.oracle import maximize_sigmoids
from difsched.baselines.slice.sigmoids import convex
from difsched.baselines.slice.sigmoids.convex import solve_checked, solve_relaxation, tangent_lines
from difsched.baselines.slice.sigmoids.dual import upper_bound
from difsched.baselines.slice.sigmoids.envelope import Envelope, tangent_point
from difsched.baselines.slice.sigmoids.problem import Problem, check_problem, sigmoid

SLOPES = {"one": (0.3,), "five": (0.1, 0.2, 0.3, 0.4, 0.5), "wide": (0.1, 0.3, 1.0, 5.0)}


def haptic_demand(rng: np.random.Generator, windows: int, users: int) -> np.ndarray:
    """Packets a window with about the mean and spread of haptic traffic."""
    return np.clip(rng.gamma(3.4, 15.5, (windows, users)).round(), 0, 200)


def random_problem(rng: np.random.Generator, windows: int) -> Problem:
    users, budget = int(rng.integers(1, 13)), int(rng.choice([0, 1, 7, 30, 80, 200, 1000]))
    demand = rng.integers(0, 150, (windows, users)) * (rng.random((windows, users)) < 0.85)
    slope = np.exp(rng.uniform(-5, 3, demand.shape))
    midpoint = rng.choice([-40.0, -1.0, 0.0, 1e-3, 2.0, 10.0, 25.0, 300.0], demand.shape)
    if rng.random() < 0.5:
        slope = rng.choice(SLOPES["wide"], demand.shape)
        midpoint = np.full(demand.shape, 10.0)
    return check_problem(demand, slope, midpoint, budget)


def envelope_value(a: np.ndarray, v: np.ndarray) -> np.ndarray:
    """The least concave majorant of sigma(v - a) on v >= 0."""
    top = tangent_point(a)
    start, end = sigmoid(-a), sigmoid(top - a)
    chord = start + (end - start) * v / np.maximum(top, 1e-300)
    return np.where(v < top, chord, sigmoid(v - a))


def test_tangent_point_solves_its_equation_to_machine_precision() -> None:
    mpmath.mp.dps = 40
    for a in (1e-3, 0.02, 0.1, 1.0, 3.0, 10.0, 50.0, 300.0, 1e4, 1e7):
        v = mpmath.mpf(float(tangent_point(a)))

        def excess(w: mpmath.mpf, a: float = a) -> mpmath.mpf:
            sigma = 1 / (1 + mpmath.exp(a - w))
            return w * sigma * (1 - sigma) - (sigma - 1 / (1 + mpmath.exp(a)))

        tolerance = 1e-9 if a < 0.05 else 1e-13  # near a = 0 the equation itself is flat
        assert excess(v * (1 - tolerance)) > 0 > excess(v * (1 + tolerance))


def test_tangent_point_has_its_limits() -> None:
    np.testing.assert_array_equal(tangent_point([-5.0, -1e-9, 0.0]), 0)
    small, large = np.array([1e-6, 1e-4]), np.array([1e5, 1e8])
    np.testing.assert_allclose(tangent_point(small) / small, 1.5, rtol=1e-6)
    np.testing.assert_allclose(tangent_point(large) - large, np.log(large), rtol=1e-4)


@pytest.mark.parametrize("a", [-3.0, 0.0, 0.5, 3.0, 20.0])
def test_envelope_is_concave_and_above_the_sigmoid(a: float) -> None:
    v = np.linspace(0, 60, 6001)
    values = envelope_value(np.full_like(v, a), v)
    assert (values >= sigmoid(v - a) - 1e-15).all()
    assert (np.diff(values, 2) <= 1e-12).all()


def test_bound_exceeds_optimum_exceeds_feasible_point_on_ten_thousand_instances() -> None:
    rng = np.random.default_rng(0)
    gaps = []
    for _ in range(100):
        problem = random_problem(rng, 100)
        arguments = (problem.demand, problem.slope, problem.midpoint, problem.budget)
        exact, dual = (maximize_sigmoids(*arguments, method) for method in ("dp", "dual"))
        slack = 1e-9 * (1 + exact.value)
        assert (dual.upper_bound >= exact.value - slack).all()
        assert (dual.value <= exact.value + slack).all()
        offered = np.maximum(problem.demand.sum(axis=1), 1)
        gaps.append((exact.value - dual.value) / offered)
    assert np.mean(gaps) < 1e-3


@pytest.mark.parametrize("family", SLOPES)
@pytest.mark.parametrize(("users", "budget"), [(8, 100), (20, 200)])
def test_feasible_point_is_close_to_the_optimum_on_typical_windows(
    family: str, users: int, budget: int
) -> None:
    rng = np.random.default_rng(users)
    demand = haptic_demand(rng, 1500, users)
    slope = rng.choice(SLOPES[family], demand.shape)
    exact, dual = (
        maximize_sigmoids(demand, slope, 10, budget, method) for method in ("dp", "dual")
    )
    loss = (exact.value - dual.value) / exact.value
    assert loss.mean() < 1e-4 and loss.max() < 0.01
    certified = (dual.upper_bound - dual.value) / demand.sum(axis=1)
    assert certified.mean() < 2e-3


def test_any_price_gives_a_bound() -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        problem = random_problem(rng, 50)
        envelope = Envelope.of(problem)
        exact = maximize_sigmoids(
            problem.demand, problem.slope, problem.midpoint, problem.budget, "dp"
        ).value
        for log_price in (-50.0, -3.0, 0.0, 2.0, 6.0):
            bound = upper_bound(envelope, np.full(50, log_price))
            assert (bound >= exact - 1e-9 * (1 + exact)).all()


def test_bound_lies_within_one_users_part_of_the_optimum() -> None:
    # At most one user is off its sigmoid, and RBs are whole: with so small a slope the second
    # hardly matters.
    rng = np.random.default_rng(2)
    demand = haptic_demand(rng, 300, 30)
    slope, midpoint = np.full(demand.shape, 0.02), np.full(demand.shape, 150.0)
    solution = maximize_sigmoids(demand, slope, midpoint, 3000, "dual")
    v = np.linspace(0, 20, 2001)
    widest = (envelope_value(np.full_like(v, 3.0), v) - sigmoid(v - 3.0)).max()
    assert (solution.upper_bound - solution.value <= widest * demand.max(axis=1) + 0.01).all()


def test_tangents_overestimate_the_envelope_by_less_than_they_promise() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        problem = random_problem(rng, 5)
        if problem.budget == 0:
            continue
        slopes, offsets = tangent_lines(problem, 40)
        whole = tangent_point(problem.slope * problem.midpoint) >= problem.slope * problem.budget
        for share in np.linspace(0, 1, 101):
            r = share * problem.budget
            lines = (slopes * r + offsets).min(axis=-1)
            truth = envelope_value(problem.slope * problem.midpoint, problem.slope * r)
            above = np.where(whole, 0, lines - truth)
            assert above.min() >= -1e-12 and above.max() <= 1 / (2 * 39**2)


def test_dual_bound_equals_the_relaxation_in_cvxpy() -> None:
    rng = np.random.default_rng(4)
    for _ in range(25):
        problem = random_problem(rng, 4)
        arguments = (problem.demand, problem.slope, problem.midpoint, problem.budget)
        dual, lp = (maximize_sigmoids(*arguments, method) for method in ("dual", "cvxpy"))
        offered = problem.demand.sum(axis=1)
        difference = lp.upper_bound - dual.upper_bound
        assert (difference >= -1e-6 * (1 + offered)).all()
        assert (difference <= 1e-3 * offered + 1e-9).all()


def test_dual_bound_equals_the_relaxation_to_1e_6_with_tangents_enough() -> None:
    # 1,000 tangents overestimate by 5e-7 at most.
    rng = np.random.default_rng(5)
    demand = haptic_demand(rng, 6, 8)
    slope = rng.choice(SLOPES["five"], demand.shape)
    bound, *_ = solve_relaxation(check_problem(demand, slope, 10, 100), tangents=1000)
    dual = maximize_sigmoids(demand, slope, 10, 100, "dual").upper_bound
    np.testing.assert_allclose(bound / demand.sum(axis=1), dual / demand.sum(axis=1), atol=1e-6)


def test_cvxpy_finds_a_feasible_point_near_the_optimum() -> None:
    rng = np.random.default_rng(6)
    demand = haptic_demand(rng, 60, 8)
    slope = rng.choice(SLOPES["five"], demand.shape)
    slope[30:] = 0.3  # many a tie
    lp, exact = (maximize_sigmoids(demand, slope, 10, 100, m) for m in ("cvxpy", "dp"))
    assert (lp.allocation.sum(axis=1) == 100).all() and lp.allocation.min() >= 0
    assert (lp.value <= exact.value + 1e-9).all()
    assert ((exact.value - lp.value) / exact.value).max() < 0.01


def test_solver_without_an_optimum_is_an_error() -> None:
    x = convex.cp.Variable()
    with pytest.raises(RuntimeError, match="unbounded"):
        solve_checked(convex.cp.Problem(convex.cp.Maximize(x), [x >= 0]))
    with pytest.raises(RuntimeError, match="infeasible"):
        solve_checked(convex.cp.Problem(convex.cp.Maximize(x), [x >= 1, x <= 0]))


def test_programmes_are_compiled_once() -> None:
    assert convex.EnvelopeProgram(3, 5).problem.is_dcp(dpp=True)
