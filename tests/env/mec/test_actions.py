"""The feasible set: checks and the exact projection."""

from dataclasses import replace

import cvxpy as cp
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from difsched.env.mec.actions import check, compute_shares, decode
from difsched.env.mec.simulator import Simulator
from difsched.errors import InputError
from difsched.family import FAMILIES
from tests.env.mec.presets import phase_one, phase_two


@given(st.integers(0, 2**32), st.integers(1, 8))
def test_what_is_checked_is_the_nearest_feasible_action(seed: int, users: int) -> None:
    rng = np.random.default_rng(seed)
    seen = np.ones((20, users, 5))
    raw = rng.normal(size=(20, users)) * rng.choice([0.1, 1.0, 10.0])
    nearest, projected = check(raw, seen)
    assert (nearest >= 0).all() and (nearest.sum(axis=1) <= 1 + 1e-6).all()
    np.testing.assert_array_equal(projected, (nearest != raw).any(axis=1))
    # First-order condition of the projection on a convex set.
    for other in (rng.dirichlet(np.ones(users), 20), np.zeros((20, users)), np.eye(users)[:1]):
        assert (((raw - nearest) * (other - nearest)).sum(axis=1) <= 1e-4).all()
    assert not check(nearest, seen)[1].any()


def test_what_is_checked_agrees_with_a_quadratic_programme() -> None:
    raw = np.random.default_rng(0).normal(size=(5, 4))
    nearest = check(raw, np.ones((5, 4, 5)))[0]
    for row, expected in zip(raw, nearest, strict=True):
        x = cp.Variable(4, nonneg=True)
        cp.Problem(cp.Minimize(cp.sum_squares(x - row)), [cp.sum(x) <= 1]).solve(cp.CLARABEL)
        np.testing.assert_allclose(expected, x.value, atol=1e-5)


def test_what_is_admitted_to_learners_is_what_the_simulator_makes_of_it() -> None:
    config = phase_one("fixed", 6).changed({"least_share": 0.05})
    actions = FAMILIES["mec"].actions(config)
    rng = np.random.default_rng(0)
    seen = Simulator(config, 300, np.random.SeedSequence(0)).observe()
    center, scale = 0.2, 0.3
    raw = torch.as_tensor(rng.normal(size=(300, 6))).requires_grad_()
    unit = actions.admit(raw, torch.as_tensor(seen), center, scale)
    admitted = (unit * scale + center).detach().numpy()
    decision = decode(admitted, seen, config)
    np.testing.assert_allclose(decision.share, admitted, atol=1e-12)
    assert 0.3 < decision.offloaded.mean() < 0.9
    np.testing.assert_array_equal(actions.check(admitted, seen), admitted)
    assert admitted[admitted > 0].min() >= 0.4 / 6 - 1e-9
    # More for one is less for the others.
    unit[:, 0].sum().backward()
    assert raw.grad is not None
    np.testing.assert_allclose(raw.grad.sum(dim=1), 0, atol=1e-9)
    assert (raw.grad[decision.offloaded[:, 0], 0] >= 0).all()


def test_projection_leaves_priorities_and_counts_in_the_metrics() -> None:
    config = phase_two("scaled", 3, 10)
    simulator = Simulator(config, 2, np.random.SeedSequence(0))
    action = np.full((2, 10, 3), 0.05)
    action[1] = [0.5, -7.0, -1.0]
    values, _ = check(action, simulator.observe())
    np.testing.assert_allclose(values[1, 0], [0.1, -7.0, 0.0])
    np.testing.assert_array_equal(simulator.step(action).metrics["projected"], [0, 1])


def test_compute_follows_the_claims_above_the_floor() -> None:
    config = phase_two("clustered_code", 2, 10)
    seen = Simulator(config, 1, np.random.SeedSequence(0)).observe()
    first = seen[..., 5] == 0
    claim = np.where(first, 3 / first.sum(), 1 / (~first).sum())
    np.testing.assert_allclose(
        compute_shares(claim, seen, config), [[0.05 + 0.9 * 0.75, 0.05 + 0.9 * 0.25]]
    )
    np.testing.assert_allclose(compute_shares(0 * claim, seen, config), [[0.5, 0.5]])


def test_times_are_finite_without_claims_and_with_next_to_no_share() -> None:
    config = replace(phase_two("clustered_readme", 3, 12), least_share=0.0)
    simulator = Simulator(config, 4, np.random.SeedSequence(0))
    action = np.full((4, 12, 3), 1 / 12)
    action[..., 2] = simulator.observe()[..., 5] == 0
    action[0, 0, 0], action[1, :, 0] = 1e-300, 1e-13
    step = simulator.step(action)
    assert simulator.last is not None
    assert np.isfinite(step.outcomes).all() and np.isfinite(simulator.last.completion).all()
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
