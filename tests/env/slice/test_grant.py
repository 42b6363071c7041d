"""Requests become whole RBs: all that was asked for, as far as its type can say, and no more."""

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from difsched.env.slice.allocation import project_to_budget, scale_to_budget
from difsched.env.slice.environment import grant
from difsched.errors import InputError

Floats = NDArray[np.floating]
users, budgets, seeds = st.integers(1, 64), st.integers(1, 1000), st.integers(0, 2**32 - 1)
types = st.sampled_from([np.float32, np.float64])


def softmax(logits: Floats) -> Floats:
    powers = np.exp(logits - logits.max())
    return powers / powers.sum()


def one_after_another(logits: Floats) -> Floats:
    powers = np.exp(logits - logits.max())
    return powers / powers.cumsum(dtype=powers.dtype)[-1]


#: Shares of a budget as people make them: from a generator, N and type.
SHARES = {
    "equal": lambda rng, n, kind: np.full(n, 1, kind) / kind(n),
    "dirichlet": lambda rng, n, kind: rng.dirichlet(np.ones(n)).astype(kind),
    "sparse": lambda rng, n, kind: rng.dirichlet(np.full(n, 0.05)).astype(kind),
    "softmax": lambda rng, n, kind: softmax(3 * rng.standard_normal(n).astype(kind)),
    "sum in order": lambda rng, n, kind: one_after_another(rng.standard_normal(n).astype(kind)),
    "torch": lambda rng, n, kind: torch.softmax(
        torch.as_tensor(rng.standard_normal(n).astype(kind)), 0
    ).numpy(),
}


@pytest.mark.parametrize("shares", SHARES)
@given(users, budgets, types, seeds)
def test_a_request_of_the_budget_gets_the_budget(
    shares: str, n: int, budget: int, kind: type, seed: int
) -> None:
    request = SHARES[shares](np.random.default_rng(seed), n, kind) * kind(budget)
    assert request.dtype == kind
    grants, over = grant(request, (n,), budget)
    assert (grants.sum(), bool(over)) == (budget, False)
    assert (grants >= 0).all() and (np.abs(grants - request) < 1 + 1e-3).all()


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_equal_splits_of_every_budget_are_exact(kind: type) -> None:
    for n in range(1, 65):
        requests = np.outer(np.arange(1, 1001), np.ones(n)).astype(kind) / kind(n)
        for budget, request in enumerate(requests, start=1):
            grants, over = grant(request, (n,), budget)
            assert (grants.sum(), bool(over)) == (budget, False), (n, budget)


@given(users, budgets, types, seeds, st.floats(0, 1))
def test_a_request_below_the_budget_gets_its_whole_rbs(
    n: int, budget: int, kind: type, seed: int, part: float
) -> None:
    # Of the total less than half a percent of an RB is the most that the type leaves open here.
    request = (np.random.default_rng(seed).dirichlet(np.ones(n)) * part * budget).astype(kind)
    total = float(request.sum(dtype=np.float64))
    assume(0.005 < total % 1 < 0.995)
    grants, over = grant(request, (n,), budget)
    assert (grants.sum(), bool(over)) == (int(total), False)
    assert (np.abs(grants - request) < 1).all()


@given(users, budgets, types, seeds)
def test_whole_requests_are_granted_as_they_are(n: int, budget: int, kind: type, seed: int) -> None:
    request = np.random.default_rng(seed).multinomial(budget, np.ones(n + 1) / (n + 1))[:n]
    grants, over = grant(request.astype(kind), (n,), budget)
    assert np.array_equal(grants, request) and not over


@given(users, budgets, types, seeds, st.floats(1e-4, 10))
def test_what_is_beyond_the_budget_is_projected_and_flagged(
    n: int, budget: int, kind: type, seed: int, beyond: float
) -> None:
    shares = np.random.default_rng(seed).dirichlet(np.ones(n))
    request = (shares * budget * (1 + beyond)).astype(kind)
    grants, over = grant(request, (n,), budget)
    assert (grants.sum(), bool(over)) == (budget, True)
    assert (np.abs(grants - project_to_budget(request, budget)) < 1 + 1e-6).all()


@given(users, st.integers(1, 10**7), types, seeds, st.floats(0, 3))
def test_nobody_gets_more_than_there_is_however_large_the_budget(
    n: int, budget: int, kind: type, seed: int, part: float
) -> None:
    request = np.random.default_rng(seed).dirichlet(np.ones(n)).astype(kind) * kind(part * budget)
    grants, _ = grant(request, (n,), budget)
    assert (grants >= 0).all() and grants.sum() <= budget


def test_copies_are_decided_row_by_row() -> None:
    rows = np.array([[33.4, 33.3, 33.3], [1.5, 1.5, 0.2], [90, 90, 90], [0, 0, 0]], np.float32)
    grants, over = grant(rows, (4, 3), 100)
    assert grants.tolist() == [[34, 33, 33], [2, 1, 0], [34, 33, 33], [0, 0, 0]]
    assert over.tolist() == [False, False, True, False]
    alone = [grant(row, (3,), 100) for row in rows]
    assert np.array_equal(grants, [one for one, _ in alone])
    assert over.tolist() == [bool(flag) for _, flag in alone]


def test_the_largest_numbers_are_beyond_the_budget_and_split() -> None:
    grants, over = grant(np.full(4, 1.7e308), (4,), 10)
    assert grants.tolist() == [3, 3, 2, 2] and over


@pytest.mark.parametrize("request_", ["x", [[1.0], 2.0], None, {"a": 1}])
def test_what_is_no_array_of_numbers_is_refused(request_: object) -> None:
    with pytest.raises(InputError, match="action"):
        grant(request_, (2,), 10)  # type: ignore[arg-type]


@given(users, st.integers(0, 100_000), types, seeds)
def test_weights_of_any_type_spend_the_budget(n: int, budget: int, kind: type, seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights = (rng.random((5, n)) * 10.0 ** rng.uniform(-20, 20, (5, 1))).astype(kind)
    grants = scale_to_budget(weights, budget)
    assert (grants.sum(axis=1) == budget).all() and (grants >= 0).all()
