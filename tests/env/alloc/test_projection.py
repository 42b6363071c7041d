"""The nearest point that fits is found exactly, and nearly so by its differentiable twin."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from difsched.env.alloc.differentiable import nearest_shares
from difsched.env.alloc.projection import project, project_window
from difsched.env.slice.allocation import project_to_budget

Floats = NDArray[np.float64]
seeds = st.integers(0, 2**32 - 1)
sizes = st.sampled_from([(1, 1), (2, 1), (3, 6), (5, 3), (10, 5), (30, 8)])
spreads = st.sampled_from([0.3, 1.0, 5.0, 100.0])
highs = st.sampled_from([1.0, 1.9])


def draw(
    seed: int, size: tuple[int, int], spread: float, windows: int = 20, scarce: float = 0.05
) -> tuple[Floats, Floats, Floats]:
    """Requests, requirements, some of them zero, and supplies, some of them none."""
    tasks, resources = size
    rng = np.random.default_rng(seed)
    requirement = rng.dirichlet(np.ones(resources), (windows, tasks))
    requirement *= rng.random((windows, tasks, 1)) * (rng.random((windows, tasks, 1)) > 0.1)
    supply = rng.random((windows, resources)) * tasks / 4 * (rng.random((windows, 1)) > scarce)
    return 0.5 + spread * rng.standard_normal((windows, tasks)), requirement, supply


def spent(point: Floats, requirement: Floats) -> Floats:
    return np.einsum("wt,wtr->wr", point, requirement)


@given(seeds, sizes, spreads, highs)
def test_the_point_fits(seed: int, size: tuple[int, int], spread: float, high: float) -> None:
    request, requirement, supply = draw(seed, size, spread)
    point = project(request, requirement, supply, high)
    assert ((point >= 0) & (point <= high)).all()
    assert (spent(point, requirement) <= supply + 1e-11 * (1 + spread)).all()


@given(seeds, sizes, spreads, highs)
def test_no_other_point_that_fits_is_nearer(
    seed: int, size: tuple[int, int], spread: float, high: float
) -> None:
    request, requirement, supply = draw(seed, size, spread)
    point = project(request, requirement, supply, high)
    rng = np.random.default_rng(seed)
    # The angle between the request and any point that fits is obtuse (Kolmogorov's criterion).
    others = [rng.random(request.shape) * high, np.zeros_like(request), point]
    others.append(np.clip(point + 0.1 * rng.standard_normal(point.shape), 0, high))
    others.append(high * (rng.random(request.shape) < 0.5))
    for other in others:
        fit = (supply / np.maximum(spent(other, requirement), 1e-300)).min(axis=1)
        other = other * np.minimum(fit, 1.0)[:, None]
        gain = ((request - point) * (other - point)).sum(axis=1)
        assert (gain <= 1e-9 * (1 + spread)).all()


@given(seeds, sizes, spreads)
def test_newton_and_least_squares_agree(seed: int, size: tuple[int, int], spread: float) -> None:
    request, requirement, supply = draw(seed, size, spread, windows=5)
    point = project(request, requirement, supply)
    for window in range(len(request)):
        alone = project_window(request[window], requirement[window], supply[window])
        assert alone == pytest.approx(point[window], abs=1e-9 * (1 + spread))


def test_it_is_the_solution_of_the_quadratic_programme() -> None:
    import cvxpy as cp

    request, requirement, supply = draw(3, (10, 5), 1.0, windows=10)
    point = project(request, requirement, supply)
    for window in range(len(request)):
        x = cp.Variable(10)
        fits = [x >= 0, x <= 1, requirement[window].T @ x <= supply[window]]
        cp.Problem(cp.Minimize(cp.sum_squares(x - request[window])), fits).solve(solver="CLARABEL")
        assert x.value == pytest.approx(point[window], abs=1e-4)


@given(seeds, st.integers(1, 12))
def test_one_budget_of_equal_parts_is_the_simplex(seed: int, tasks: int) -> None:
    rng = np.random.default_rng(seed)
    # Above the simplex, so that the budget binds.
    request = 0.2 + rng.random((8, tasks))
    request = np.where(request.sum(axis=1, keepdims=True) < 1, request / request.sum(), request)
    request += np.maximum(1 - request.sum(axis=1, keepdims=True), 0)
    point = project(request, np.ones((8, tasks, 1)), np.ones((8, 1)))
    assert point == pytest.approx(project_to_budget(request, 1), abs=1e-10)


@given(seeds, sizes, spreads)
def test_what_fits_stays_and_is_projected_to_itself(
    seed: int, size: tuple[int, int], spread: float
) -> None:
    request, requirement, supply = draw(seed, size, spread)
    point = project(request, requirement, supply)
    assert project(point, requirement, supply) == pytest.approx(point, abs=1e-11 * (1 + spread))
    inside = 0.5 * point
    assert project(inside, requirement, supply) == pytest.approx(inside, abs=1e-11 * (1 + spread))


@given(seeds, sizes)
def test_tasks_and_windows_are_exchangeable(seed: int, size: tuple[int, int]) -> None:
    request, requirement, supply = draw(seed, size, 1.0)
    rng = np.random.default_rng(seed)
    tasks, windows = rng.permutation(size[0]), rng.permutation(len(request))
    point = project(request, requirement, supply)
    other = project(request[:, tasks], requirement[:, tasks], supply)
    assert other == pytest.approx(point[:, tasks], abs=1e-10)
    moved = project(request[windows], requirement[windows], supply[windows])
    assert moved == pytest.approx(point[windows], abs=1e-12)


def test_many_tasks_and_resources_are_no_trouble() -> None:
    request, requirement, supply = draw(1, (256, 32), 2.0, windows=4)
    point = project(request, requirement, supply)
    assert (spent(point, requirement) <= supply + 1e-10).all()
    alone = project_window(request[0], requirement[0], supply[0])
    assert alone == pytest.approx(point[0], abs=1e-8)


@given(seeds, sizes, spreads, highs)
def test_tensors_are_projected_as_arrays(
    seed: int, size: tuple[int, int], spread: float, high: float
) -> None:
    arrays = draw(seed, size, spread)
    request, requirement, supply = (torch.as_tensor(array) for array in arrays)
    point = nearest_shares(request, requirement, supply, high)
    assert (point.numpy() == project(*arrays, high)).all()


@pytest.mark.parametrize(("size", "spread"), [((5, 3), 0.3), ((5, 3), 5.0), ((3, 6), 1.0)])
def test_tensors_are_differentiated_as_finite_differences_say(
    size: tuple[int, int], spread: float
) -> None:
    arrays = draw(2, size, spread, windows=4, scarce=0)
    request, requirement, supply = (torch.as_tensor(array) for array in arrays)
    request.requires_grad_(True)
    assert torch.autograd.gradcheck(lambda z: nearest_shares(z, requirement, supply), request)


def test_a_gradient_survives_rows_that_depend_on_each_other_and_nothing_to_give() -> None:
    requirement = torch.full((3, 4, 2), 0.5)
    request = torch.full((3, 4), 0.9, requires_grad=True)
    point = nearest_shares(request, requirement, torch.tensor([[0.8, 0.8], [0.8, 9.0], [0.0, 0.0]]))
    assert torch.allclose(point.sum(dim=1), torch.tensor([1.6, 1.6, 0.0]))
    (point * torch.tensor([1.0, 0.0, 0.0, 0.0])).sum().backward()
    expected = torch.tensor([[0.75, -0.25, -0.25, -0.25]] * 2 + [[0.0] * 4])
    assert request.grad is not None and torch.allclose(request.grad, expected, atol=1e-6)


def test_single_precision_and_leading_axes_are_kept() -> None:
    arrays = draw(4, (5, 3), 1.0)
    request, requirement, supply = (torch.as_tensor(a, dtype=torch.float32) for a in arrays)
    flat = nearest_shares(request, requirement, supply)
    folds = (part.unflatten(0, (4, 5)) for part in (request, requirement, supply))
    request, requirement, supply = folds
    folded = nearest_shares(request, requirement, supply)
    assert flat.dtype == torch.float32
    assert torch.allclose(folded.flatten(0, 1), flat, atol=1e-6)
