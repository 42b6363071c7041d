"""Rounding and projection: whole, never negative, and the budget to the last RB."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from difsched.action_set import project_to_budget as project_tensor
from difsched.agents.actors.actions import ActionSpace
from difsched.config import EnvironmentConfig
from difsched.env.slice.allocation import (
    check_allocation,
    project_to_budget,
    round_to_budget,
    scale_to_budget,
)
from difsched.env.slice.family import actions
from difsched.errors import InputError
from difsched.typing import Floats

BLOCKS = actions(EnvironmentConfig(B=100))

users = st.integers(1, 12)
weights = users.flatmap(
    lambda n: arrays(np.float64, (3, n), elements=st.floats(0, 1e6, allow_subnormal=False))
)
requests = users.flatmap(lambda n: arrays(np.float64, (3, n), elements=st.floats(-500, 500)))


@given(weights, st.integers(0, 1000))
def test_scaled_grants_sum_to_the_budget_and_are_never_negative(w: Floats, budget: int) -> None:
    grants = scale_to_budget(w, budget)
    assert grants.dtype.kind == "i"
    assert (grants >= 0).all()
    assert (grants.sum(axis=-1) == budget).all()


@given(weights, st.integers(1, 1000))
def test_scaled_grants_are_within_one_of_the_exact_share(w: Floats, budget: int) -> None:
    total = w.sum(axis=-1, keepdims=True)
    shares = np.divide(w, total, out=np.full_like(w, 1 / w.shape[-1]), where=total > 0) * budget
    assert (np.abs(scale_to_budget(w, budget) - shares) < 1 + 1e-6).all()


def test_no_weight_is_an_equal_split() -> None:
    assert scale_to_budget(np.zeros(8), 100).tolist() == [13, 13, 13, 13, 12, 12, 12, 12]


def test_whole_shares_stay_as_they_are_despite_floating_point() -> None:
    assert round_to_budget(np.array([0.1 + 0.2, 0.7]) * 10, 10).tolist() == [3, 7]


def test_the_largest_remainders_are_rounded_up() -> None:
    assert round_to_budget(np.array([1.2, 2.7, 3.1]), 7).tolist() == [1, 3, 3]


@given(requests, st.integers(0, 300))
def test_a_projection_spends_the_budget_and_is_never_negative(x: Floats, budget: int) -> None:
    point = project_to_budget(x, budget)
    assert (point >= 0).all()
    assert np.allclose(point.sum(axis=-1), budget, atol=1e-9 * (1 + np.abs(x).sum()))


@given(requests, st.integers(1, 300))
def test_no_other_allocation_is_nearer_than_the_projection(x: Floats, budget: int) -> None:
    # Optimality of a projection on a convex set: (x - p) . (y - p) <= 0 for every y in the set.
    point = project_to_budget(x, budget)
    corners = budget * np.eye(x.shape[-1])
    for row, nearest in zip(x, point, strict=True):
        assert ((corners - nearest) @ (row - nearest)).max() <= 1e-6


@given(requests, st.integers(1, 300))
def test_a_projection_of_a_projection_changes_nothing(x: Floats, budget: int) -> None:
    point = project_to_budget(x, budget)
    assert np.allclose(project_to_budget(point, budget), point, atol=1e-9)


@given(requests, st.integers(1, 300))
def test_the_tensor_projection_is_the_same(x: Floats, budget: int) -> None:
    tensor = project_tensor(torch.as_tensor(x), budget).numpy()
    assert np.allclose(tensor, project_to_budget(x, budget), atol=1e-8)


def test_the_projections_gradient_is_that_of_finite_differences() -> None:
    request = torch.tensor([[3.0, 9.0, -4.0, 6.5]], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: project_tensor(x, 10.0), request)


def test_an_action_space_undoes_its_own_units() -> None:
    space = ActionSpace(BLOCKS, center=12.5, scale=7.0, project=True)
    grants = torch.tensor([[10.0, 90.0], [60.0, 40.0]])
    assert torch.allclose(space.decode(space.encode(grants), 2), grants)
    admitted = space.decode(space.admit(torch.randn(50, 8, 1) * 5, torch.zeros(50, 8, 4)), 8)
    assert torch.allclose(admitted.sum(dim=-1), torch.tensor(100.0), atol=1e-3)
    assert admitted.min() >= -1e-4


def test_a_box_clips_each_user_alone() -> None:
    space = ActionSpace(BLOCKS, center=12.5, scale=7.0, project=False)
    raw = torch.tensor([[[-99.0], [0.0], [99.0]]])
    admitted = space.decode(space.admit(raw, torch.zeros(1, 3, 4)), 3)
    assert torch.allclose(admitted, torch.tensor([[0.0, 12.5, 100.0]]), atol=1e-4)


@pytest.mark.parametrize(
    ("allocation", "message"),
    [
        (np.array([[1, 2, 3]]), "shape"),
        (np.array([[1.0, 2.0]]), "whole RBs"),
        (np.array([[-1, 2]]), "must be >= 0"),
        (np.array([[5, 6]]), "at most the budget B = 10"),
    ],
)
def test_a_simulator_takes_no_other_allocation(allocation: Floats, message: str) -> None:
    with pytest.raises(InputError, match=message):
        check_allocation(allocation, (1, 2), 10)
