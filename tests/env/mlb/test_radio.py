"""The link and the attachment of users: closed forms, and a slow reference."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from difsched.env.mlb.actions import differences
from difsched.env.mlb.radio import advantage, associate, block_rate, blocks, level, rsrp

DEMAND = 1_024_000.0


@pytest.mark.parametrize("metres", [20.0, 100.0, 257.0, 1000.0])
def test_path_loss_is_cost_231_in_two_constants(metres: float) -> None:
    power = rsrp(np.array([[metres, 0.0]]), np.zeros((1, 2)))
    assert power[0, 0] == pytest.approx(-105.74 - 35.22 * np.log10(metres / 1000), abs=0.01)


def test_nobody_is_nearer_than_20_metres() -> None:
    at_site, near = rsrp(np.array([[0.0, 0.0], [20.0, 0.0]]), np.zeros((1, 2)))
    assert at_site == near


@pytest.mark.parametrize(("strongest", "step"), [(-65.0, 5.0), (-80.0, 10 / 3)])
def test_levels_rise_by_equal_steps_and_end_at_both_ends(strongest: float, step: float) -> None:
    power = -110 + step * (np.arange(10) + 0.5)
    assert level(power, strongest).tolist() == list(range(10))
    assert level(np.array([-300.0, 0.0]), strongest).tolist() == [0, 9]


def test_blocks_are_the_fewest_that_carry_the_demand() -> None:
    power = -110 + 5 * (np.arange(10) + 0.5)
    need = blocks(power, DEMAND)
    assert need.tolist() == [12, 6, 4, 3, 3, 2, 2, 2, 2, 2]
    assert (need * block_rate(power) >= DEMAND).all()
    assert ((need - 1) * block_rate(power) < DEMAND).all()


@pytest.mark.parametrize(("metres", "need"), [(256, 2), (494, 3), (686, 4), (952, 6), (956, 12)])
def test_blocks_grow_with_the_distance(metres: float, need: int) -> None:
    power = rsrp(np.array([[metres, 0.0]]), np.zeros((1, 2)))
    assert blocks(power, DEMAND)[0, 0] == need


@given(st.integers(0, 2**32), st.integers(2, 5))
def test_attachment_is_the_first_best_score_of_the_full_offset_matrix(
    seed: int, cells: int
) -> None:
    draw = np.random.default_rng(seed)
    # Whole numbers, so that ties are common.
    power = draw.integers(-6, 6, (2, 7, cells)).astype(float)
    serving = draw.integers(cells, size=(2, 7))
    offsets = draw.integers(-3, 4, (2, cells * (cells - 1))).astype(float)
    after = associate(power, serving, advantage(differences(offsets, cells), cells, 3.0))
    for window in range(2):
        matrix = np.zeros((cells, cells))
        matrix[~np.eye(cells, dtype=bool)] = offsets[window]
        for user in range(7):
            own = serving[window, user]
            score = [
                power[window, user, cell]
                + (3 if cell == own else matrix[own, cell] - matrix[cell, own])
                for cell in range(cells)
            ]
            assert after[window, user] == score.index(max(score))


@given(st.integers(0, 2**32))
def test_only_differences_of_offsets_count(seed: int) -> None:
    draw = np.random.default_rng(seed)
    offsets = draw.uniform(-6, 6, 6)
    matrix = np.zeros((3, 3))
    matrix[~np.eye(3, dtype=bool)] = offsets
    common = draw.uniform(-6, 6, (3, 3))
    shifted = (matrix + common + common.T)[~np.eye(3, dtype=bool)]
    assert np.allclose(differences(offsets, 3), differences(shifted, 3))
