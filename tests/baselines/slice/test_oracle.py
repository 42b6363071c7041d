"""The oracle's entry: exactness against brute force, order, limits, bad input, the policy."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from difsched.baselines.slice.oracle import (
    METHODS,
    OraclePolicy,
    Solution,
    maximize_sigmoids,
)
from difsched.baselines.slice.sigmoids.knapsack import solve_knapsack
from difsched.baselines.slice.sigmoids.problem import check_problem, delivered
from difsched.errors import InputError

Instance = tuple[np.ndarray, np.ndarray, np.ndarray, int]


def draw_windows(
    rng: np.random.Generator, windows: int, users: int, wild: bool = True
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Demands with zeros, slopes and midpoints; wild ones span decades and both signs."""
    demand = rng.integers(0, 150, (windows, users)) * (rng.random((windows, users)) < 0.85)
    if not wild:
        return (
            demand,
            rng.choice([0.1, 0.2, 0.3, 0.4, 0.5], demand.shape),
            np.full(demand.shape, 10.0),
        )
    slope = np.exp(rng.uniform(-5, 3, demand.shape))
    midpoint = rng.choice([-40.0, -1.0, 0.0, 1e-3, 2.0, 10.0, 25.0, 300.0], demand.shape)
    return demand, slope, midpoint


def brute_force(u: np.ndarray, k: np.ndarray, s: np.ndarray, budget: int) -> float:
    grants = np.array([r for r in product(range(budget + 1), repeat=len(u)) if sum(r) <= budget])
    return float((u / (1 + np.exp(-k * (grants - s)))).sum(axis=1).max())


@st.composite
def small_instances(draw: st.DrawFn) -> Instance:
    users, budget = draw(st.integers(1, 4)), draw(st.integers(0, 12))

    def row(values: st.SearchStrategy[float]) -> np.ndarray:
        return np.array([draw(st.lists(values, min_size=users, max_size=users))])

    demand = row(st.one_of(st.just(0.0), st.integers(0, 9).map(float), st.floats(0.0, 200.0)))
    slope = row(st.one_of(st.sampled_from([0.1, 0.3, 5.0]), st.floats(1e-3, 20.0)))
    midpoint = row(st.one_of(st.sampled_from([0.0, 3.0, 10.0]), st.floats(-15.0, 30.0)))
    return demand, slope, midpoint, budget


@settings(max_examples=400, deadline=None, derandomize=True)
@given(small_instances())
def test_exact_method_equals_brute_force(instance: Instance) -> None:
    demand, slope, midpoint, budget = instance
    solution = maximize_sigmoids(*instance, "dp")
    best = brute_force(demand[0], slope[0], midpoint[0], budget)
    np.testing.assert_allclose(solution.value, best, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(solution.upper_bound, solution.value)
    assert solution.allocation.sum() == budget and solution.allocation.min() >= 0


@pytest.mark.parametrize("users", [1, 2, 5, 13])
@pytest.mark.parametrize("budget", [0, 1, 17, 60, 150])
def test_pruned_knapsack_equals_the_full_one(users: int, budget: int) -> None:
    for wild in (True, False):
        arrays = draw_windows(np.random.default_rng(users * 1000 + budget), 150, users, wild)
        problem = check_problem(*arrays, budget)
        nothing = np.zeros(problem.shape, dtype=np.int64)
        full = delivered(problem, solve_knapsack(problem, nothing, nothing + budget))
        np.testing.assert_allclose(maximize_sigmoids(*arrays, budget, "dp").value, full, rtol=1e-9)


@pytest.mark.parametrize("method", ["dp", "dual"])
@pytest.mark.parametrize("budget", [0, 3, 40, 120, 100_000])
def test_allocations_are_whole_and_spend_the_whole_budget(method: str, budget: int) -> None:
    arrays = draw_windows(np.random.default_rng(budget), 300, 7)
    allocation = maximize_sigmoids(*arrays, budget, method).allocation
    assert allocation.dtype == np.int64
    assert (allocation.sum(axis=1) == budget).all() and allocation.min() >= 0


@pytest.mark.parametrize("method", ["dp", "dual"])
def test_order_of_users_does_not_matter(method: str) -> None:
    rng = np.random.default_rng(0)
    u, k, s = draw_windows(rng, 200, 9)
    u = u + rng.random(u.shape)  # no two users alike
    order = rng.permuted(np.tile(np.arange(9), (200, 1)), axis=1)
    shuffled = (np.take_along_axis(field, order, axis=1) for field in (u, k, s))
    plain = maximize_sigmoids(u, k, s, 60, method)
    other = maximize_sigmoids(*shuffled, 60, method)
    np.testing.assert_array_equal(
        other.allocation, np.take_along_axis(plain.allocation, order, axis=1)
    )


@pytest.mark.parametrize("method", ["dp", "dual"])
def test_windows_do_not_influence_each_other(method: str) -> None:
    arrays = draw_windows(np.random.default_rng(1), 700, 6)
    together = maximize_sigmoids(*arrays, 50, method).allocation
    for part in (slice(0, 1), slice(300, 420), slice(699, 700)):
        alone = maximize_sigmoids(*(field[part] for field in arrays), 50, method).allocation
        np.testing.assert_array_equal(alone, together[part])


def test_optimum_grows_with_the_budget() -> None:
    arrays = draw_windows(np.random.default_rng(2), 200, 6)
    values = np.array(
        [maximize_sigmoids(*arrays, budget, "dp").value for budget in range(0, 90, 3)]
    )
    assert (np.diff(values, axis=0) >= -1e-9).all()


def test_no_exchange_of_single_blocks_improves_the_optimum() -> None:
    arrays = draw_windows(np.random.default_rng(3), 100, 5, wild=False)
    problem = check_problem(*arrays, 60)
    solution = maximize_sigmoids(*arrays, 60, "dp")
    for giver, taker in product(range(5), repeat=2):
        move = np.zeros(5, dtype=np.int64)
        move[giver] -= 1
        move[taker] += 1
        moved = solution.allocation + move
        feasible = (moved >= 0).all(axis=1)
        assert (delivered(problem, moved) <= solution.value + 1e-9)[feasible].all()


def test_budget_far_beyond_saturation_delivers_everything() -> None:
    u, k, _ = draw_windows(np.random.default_rng(4), 50, 8, wild=False)
    for method in ("dp", "dual"):
        solution = maximize_sigmoids(u, k, 10, 50_000, method)
        np.testing.assert_allclose(solution.value, u.sum(axis=1))


def test_no_budget_leaves_the_grant_free_fallback() -> None:
    u, k, s = draw_windows(np.random.default_rng(5), 50, 8, wild=False)
    fallback = (u / (1 + np.exp(k * s))).sum(axis=1)
    for method in METHODS:
        solution = maximize_sigmoids(u, k, s, 0, method)
        np.testing.assert_allclose(solution.value, fallback)
        np.testing.assert_allclose(solution.upper_bound, fallback)


def test_windows_without_demand_share_the_budget_and_deliver_nothing() -> None:
    for method in METHODS:
        solution = maximize_sigmoids(np.zeros((3, 4)), 0.3, 10.0, 22, method)
        assert (solution.allocation.sum(axis=1) == 22).all()
        assert not solution.value.any() and not solution.upper_bound.any()


def test_concave_users_get_equal_shares_when_alike() -> None:
    solution = maximize_sigmoids(np.full((1, 5), 40), 0.3, 0.0, 50, "dp")
    np.testing.assert_array_equal(solution.allocation, np.full((1, 5), 10))


def test_scarce_budget_drops_the_lightest_user() -> None:
    solution = maximize_sigmoids([[50, 60, 70]], 0.3, 10, 30)
    np.testing.assert_array_equal(solution.allocation, [[0, 15, 15]])


def test_no_windows_give_no_allocations() -> None:
    for method in METHODS:
        assert maximize_sigmoids(np.zeros((0, 3)), 0.3, 10, 20, method).allocation.shape == (0, 3)


def test_same_input_gives_the_same_bits() -> None:
    arrays = draw_windows(np.random.default_rng(6), 300, 8)
    for method in ("dp", "dual"):
        one, two = (maximize_sigmoids(*arrays, 77, method) for _ in range(2))
        for name in ("allocation", "value", "upper_bound"):
            np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


GOOD = {"demand": [[1, 2], [3, 4]], "slope": [[0.3] * 2] * 2, "midpoint": [[10] * 2] * 2}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("demand", [[1, np.nan], [3, 4]], "nan"),
        ("demand", [[1, np.inf], [3, 4]], "inf"),
        ("demand", [[1, -2], [3, 4]], r"-2\.0"),
        ("demand", [1, 2], "shape"),
        ("demand", np.zeros((2, 0)), "shape"),
        ("demand", [["a", "b"]], "numbers"),
        ("demand", [[1], [2, 3]], "numbers"),
        ("slope", [[0.3, 0.0], [0.3, 0.3]], r"0\.0"),
        ("slope", -0.3, r"-0\.3"),
        ("slope", [0.3, 0.3], "shape"),
        ("slope", [[0.3, np.nan], [0.3, 0.3]], "nan"),
        ("midpoint", [[10, 10, 10], [10, 10, 10]], "shape"),
        ("midpoint", np.nan, "nan"),
        ("budget", -1, "-1"),
        ("budget", 10.5, r"10\.5"),
        ("budget", np.nan, "nan"),
        ("budget", np.inf, "inf"),
        ("budget", True, "True"),
        ("budget", "10", "'10'"),
        ("budget", [10, 20], "whole number"),
    ],
)
def test_bad_argument_is_named_with_its_value(name: str, value: object, words: str) -> None:
    arguments = {**GOOD, "budget": 10, name: value}
    with pytest.raises(InputError, match=rf"(?s)^{name} .*{words}") as caught:
        maximize_sigmoids(**arguments)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


def test_unknown_method_is_refused() -> None:
    with pytest.raises(InputError, match="method = 'lp': must be one of dp, dual, cvxpy"):
        maximize_sigmoids(**GOOD, budget=10, method="lp")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="method"):
        OraclePolicy(10, "lp")


def test_whole_budgets_of_any_number_type_will_do() -> None:
    for budget in (10, 10.0, np.int32(10), np.float64(10)):
        assert maximize_sigmoids(**GOOD, budget=budget).allocation.sum() == 20  # type: ignore[arg-type]


@pytest.mark.parametrize("method", METHODS)
def test_policy_solves_for_the_demand_that_it_is_shown(method: str) -> None:
    u, k, s = draw_windows(np.random.default_rng(7), 20, 8, wild=False)
    forecast = u + 0.25
    observation = np.stack([forecast, np.zeros(u.shape), k, s], axis=-1)
    grants = OraclePolicy(100, method).act(observation)
    solution: Solution = maximize_sigmoids(forecast, k, s, 100, method)
    np.testing.assert_array_equal(grants, solution.allocation)


def test_policy_reads_a_negative_forecast_as_no_traffic() -> None:
    observation = np.array([[[-3.0, 5, 0.3, 10], [40, 5, 0.3, 10], [40, 5, 0.3, 10]]])
    np.testing.assert_array_equal(OraclePolicy(40).act(observation), [[0, 20, 20]])
