"""The best time sharing under floors, against the linear programme over all allocations."""

from itertools import product

import cvxpy as cp
import numpy as np
import pytest

from difsched.baselines.promised.dual import check_feasible, most, plan, solve
from difsched.baselines.promised.problem import FloorProblem
from difsched.env.slice.link.sigmoid import success_probability
from difsched.errors import InputError


def draw(
    seed: int, floor: list[float], windows: int = 3, users: int = 2, budget: int = 4
) -> FloorProblem:
    rng = np.random.default_rng(seed)
    packets = rng.integers(0, 9, (windows, users)).astype(float)
    slopes, midpoints = np.array([[0.7], [2.0]]), np.array([[2.0], [1.5]])
    curves = success_probability(np.arange(budget + 1), slopes, midpoints)
    return FloorProblem(packets, curves, rng.integers(2, size=packets.shape), np.array(floor))


def exact(problem: FloorProblem) -> float | None:
    """Return the largest J of a draw among all allocations of each window; None if there is none.

    What a draw of whole plans can do, independent draws by window can, too: J and g are sums.
    """
    windows, users = problem.packets.shape
    splits = np.array(
        [s for s in product(range(problem.budget + 1), repeat=users) if sum(s) <= problem.budget]
    )
    weights = [cp.Variable(len(splits), nonneg=True) for _ in range(windows)]
    gain, shares = 0, 0
    for window, weight in enumerate(weights):
        plans = np.zeros((len(splits), windows, users), dtype=np.int64)
        plans[:, window] = splits
        got = np.stack([problem.delivered(one)[window] for one in plans])
        gain += (got.sum(axis=1) * problem.worth[window, 0]) @ weight
        shares += (got / problem.offered).T @ weight
    rules = [shares >= problem.due, *(cp.sum(weight) == 1 for weight in weights)]
    programme = cp.Problem(cp.Maximize(gain), rules)
    programme.solve(solver=cp.HIGHS)
    return None if programme.status == "infeasible" else float(programme.value)


FLOORS = [[0.0, 0.0], [0.6, 0.2], [0.5, 0.5], [0.0, 0.8], [0.75, 0.4]]


@pytest.mark.parametrize("floor", FLOORS)
@pytest.mark.parametrize("seed", range(4))
def test_bound_and_mixture_meet_at_the_optimum_of_all_draws(seed: int, floor: list[float]) -> None:
    problem = draw(seed, floor)
    optimum = exact(problem)
    if optimum is None:
        assert most(problem) < 1
        with pytest.raises(InputError, match="infeasible: at most"):
            solve(problem)
        return
    found = solve(problem, tolerance=1e-7)
    assert found.bound >= optimum - 1e-7
    assert found.bound == pytest.approx(optimum, abs=1e-5)
    assert found.gain == pytest.approx(optimum, abs=1e-5)
    shares = found.weights @ np.array([problem.shares(one) for one in found.grants])
    assert (shares >= problem.due - 1e-5).all()


@pytest.mark.parametrize("seed", range(5))
def test_any_multipliers_bound_whoever_keeps_the_floors(seed: int) -> None:
    problem, rng = draw(seed, [0.3, 0.3]), np.random.default_rng(seed)
    if (optimum := exact(problem)) is None:
        return
    for _ in range(10):
        mu = rng.exponential(0.5, 2)
        grants = problem.best(mu)
        value = problem.gain(grants) + mu @ (problem.shares(grants) - problem.due)
        assert value >= optimum - 1e-7


def test_most_is_how_far_floors_can_be_raised_together() -> None:
    problem = draw(1, [0.6, 0.3])
    share = most(problem, tolerance=1e-6)
    raised = [
        FloorProblem(problem.packets, problem.curves, problem.classes, share * by * problem.floor)
        for by in (0.99, 1.01)
    ]
    assert exact(raised[0]) is not None and exact(raised[1]) is None
    check_feasible(raised[0])


def test_a_plan_of_many_windows_does_as_the_mixture() -> None:
    problem = draw(3, [0.7, 0.1, 0.5], windows=200, users=3, budget=6)
    found = solve(problem)
    grants = plan(problem, found)
    assert (grants.sum(axis=1) <= problem.budget).all()
    assert (problem.shares(grants) >= problem.due - 0.005).all()
    assert problem.gain(grants) == pytest.approx(found.gain, abs=0.005)
    assert found.gain <= found.bound + 1e-9


def test_time_sharing_beats_every_single_allocation_where_demand_is_constant() -> None:
    # Two users, of whom a window can serve one: only turns give both something.
    packets = np.full((1, 2), 10.0)
    curves = np.array([[0.0, 0.0, 1.0]])
    problem = FloorProblem(packets, curves, np.zeros((1, 2), dtype=np.int64), np.array([0.5, 0.5]))
    found = solve(problem)
    assert len(found.weights) == 2
    assert found.weights == pytest.approx([0.5, 0.5])
    assert found.bound == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("packets", "floor", "line"),
    [
        (np.array([[1.0, -1.0]]), [0.5, 0.5], "packets: must be finite and >= 0"),
        (np.array([[1.0, 1.0]]), [0.5], "floor has shape"),
        (np.array([[1.0, 1.0]]), [0.5, 1.5], "floor: must be shares"),
    ],
)
def test_what_is_no_problem_is_refused(packets: np.ndarray, floor: list[float], line: str) -> None:
    with pytest.raises(InputError, match=line):
        FloorProblem(packets, np.ones((1, 3)), np.zeros((1, 2), dtype=np.int64), np.array(floor))
