"""The feasible set: checks and the exact projection."""

from dataclasses import replace

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from difsched.env.mec.actions import check, compute_shares, feasible_set, project
from difsched.env.mec.config import phase_one, phase_two
from difsched.env.mec.simulator import Simulator
from difsched.errors import InputError


@given(st.integers(0, 2**32), st.integers(1, 8))
def test_projection_is_the_nearest_feasible_point(seed: int, users: int) -> None:
    rng = np.random.default_rng(seed)
    raw = rng.normal(size=(20, users)) * rng.choice([0.1, 1.0, 10.0])
    nearest = project(raw)
    assert (nearest >= 0).all() and (nearest.sum(axis=1) <= 1 + 1e-12).all()
    # First-order condition of the projection on a convex set.
    for other in (rng.dirichlet(np.ones(users), 20), np.zeros((20, users)), np.eye(users)[:1]):
        assert (((raw - nearest) * (other - nearest)).sum(axis=1) <= 1e-9).all()
    np.testing.assert_allclose(project(nearest), nearest, atol=1e-15)


def test_projection_agrees_with_a_quadratic_programme() -> None:
    raw = np.random.default_rng(0).normal(size=(5, 4))
    for row in raw:
        x = cp.Variable(4, nonneg=True)
        cp.Problem(cp.Minimize(cp.sum_squares(x - row)), [cp.sum(x) <= 1]).solve(cp.CLARABEL)
        np.testing.assert_allclose(project(row[None])[0], x.value, atol=1e-5)


def test_the_feasible_set_is_what_check_lets_pass() -> None:
    config = phase_one("code", 4)
    seen = Simulator(config, 3, np.random.SeedSequence(0)).observe()
    limits = feasible_set(1, seen)
    inside = np.random.default_rng(0).dirichlet(np.ones(4), 3)
    assert (np.einsum("wrn,wn->wr", limits.budgets, inside) <= limits.limits + 1e-12).all()
    assert not check(inside, seen)[1].any()
    values, projected = check(inside * [[1.0], [1.5], [0.5]], seen)
    np.testing.assert_array_equal(projected, [False, True, False])
    assert values[1].sum() == pytest.approx(1)


def test_projection_leaves_priorities_and_counts_in_the_metrics() -> None:
    config = phase_two("scaled", 3, 10)
    simulator = Simulator(config, 2, np.random.SeedSequence(0))
    action = np.full((2, 10, 3), 0.05)
    action[1] = [0.5, -7.0, -1.0]
    values, _ = check(action, simulator.observe())
    np.testing.assert_allclose(values[1, 0], [0.1, -7.0, 0.0])
    np.testing.assert_array_equal(simulator.step(action).metrics["projected"], [0, 1])


def test_compute_follows_the_claims_above_the_floor() -> None:
    config = phase_two("code", 2, 10)
    seen = Simulator(config, 1, np.random.SeedSequence(0)).observe()
    first = seen[..., 5] == 0
    claim = np.where(first, 3 / first.sum(), 1 / (~first).sum())
    np.testing.assert_allclose(
        compute_shares(claim, seen, config), [[0.05 + 0.9 * 0.75, 0.05 + 0.9 * 0.25]]
    )
    np.testing.assert_allclose(compute_shares(0 * claim, seen, config), [[0.5, 0.5]])


def test_times_are_finite_without_claims_and_with_next_to_no_share() -> None:
    config = replace(phase_two("readme", 3, 12), least_share=0.0)
    simulator = Simulator(config, 4, np.random.SeedSequence(0))
    action = np.full((4, 12, 3), 1 / 12)
    action[..., 2] = simulator.observe()[..., 5] == 0
    action[0, 0, 0], action[1, :, 0] = 1e-300, 1e-13
    step = simulator.step(action)
    assert np.isfinite(step.outcomes).all() and np.isfinite(step.slot.completion).all()
    np.testing.assert_array_equal(step.metrics["offloaded"], [11 / 12, 0, 1, 1])


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (np.zeros((2, 3)), "action has shape (2, 3): must be (2, 5), or with 1 to 3 columns"),
        (np.zeros((2, 5, 4)), "action has shape (2, 5, 4)"),
        (np.full((2, 5), np.nan), "action holds NaN or infinity"),
        ([["a"] * 5] * 2, "must be numbers"),
    ],
)
def test_bad_actions_are_refused(action: object, message: str) -> None:
    seen = Simulator(phase_one("code"), 2, np.random.SeedSequence(0)).observe()
    with pytest.raises(InputError) as caught:
        check(action, seen)
    assert message in str(caught.value)
