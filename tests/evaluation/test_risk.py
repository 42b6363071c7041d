"""Tails, successes and efficiency on numbers that can be worked out, and shifts in a family."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from difsched.env.alloc.config import CONFIGURATIONS
from difsched.errors import InputError
from difsched.evaluation.risk import amount_to, expected_shortfall, shifted_losses, success_rate
from tests.baselines.alloc.methods import policy


def test_the_shortfall_is_the_mean_of_the_worst_with_a_part_of_the_next() -> None:
    losses = np.arange(1.0, 11.0)
    assert expected_shortfall(losses, 0.8) == pytest.approx(9.5)
    # A tail of 2.5 losses: 10, 9 and half of 8.
    assert expected_shortfall(losses, 0.75) == pytest.approx((10 + 9 + 4) / 2.5)
    assert expected_shortfall(losses, 0.0) == pytest.approx(losses.mean())
    assert expected_shortfall(losses, 0.99) == 10
    assert expected_shortfall([3.0], 0.95) == 3


def test_of_many_normal_losses_it_is_the_closed_form() -> None:
    draws = np.random.default_rng(0).standard_normal(200_000)
    # phi(z) / (1 - level) at z of the level.
    assert expected_shortfall(draws, 0.95) == pytest.approx(2.0627, abs=0.02)
    assert expected_shortfall(draws, 0.99) == pytest.approx(2.6652, abs=0.03)


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=50), st.floats(0, 0.99))
def test_it_lies_between_mean_and_worst_and_rises_with_the_level(
    losses: list[float], level: float
) -> None:
    found = expected_shortfall(losses, level)
    assert np.mean(losses) - 1e-9 <= found <= max(losses) + 1e-9
    assert found <= expected_shortfall(losses, (1 + level) / 2) + 1e-9


@pytest.mark.parametrize(("losses", "level"), [([1.0], 1.0), ([], 0.95), ([1.0], -0.1)])
def test_a_tail_of_nothing_is_refused(losses: list[float], level: float) -> None:
    with pytest.raises(InputError, match="level = "):
        expected_shortfall(losses, level)


def test_success_is_less_loss_than_the_naive_split_in_an_episode() -> None:
    assert success_rate([1.0, 2.0, 3.0, 4.0], [2.0, 2.0, 4.0, 3.0]) == 0.5


def test_a_score_is_reached_between_the_points_of_a_curve() -> None:
    amounts, scores = [100.0, 200.0, 400.0], [10.0, 30.0, 50.0]
    assert amount_to(40, amounts, scores) == 300
    assert amount_to(5, amounts, scores) == 100
    assert amount_to(51, amounts, scores) is None


def test_scarce_supplies_cost_and_plenty_helps() -> None:
    config = CONFIGURATIONS.load("leontief_3x5")
    shifts = {"same": {}, "scarce": {"supply": [0.3, 0.5]}, "small": {"demand": [0.1, 0.3]}}
    losses = shifted_losses(policy(config, "drf"), config, shifts, 400)
    assert losses["small"] < losses["same"] < losses["scarce"]
