"""Loads, rates and rewards: conservation, closed forms, and bad input."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from difsched.env.mlb.config import CONFIGURATIONS, REWARDS
from difsched.env.mlb.network import combine, jain, load_balance, measure, outcome_names
from difsched.env.mlb.radio import Ints, blocks
from difsched.typing import Floats

CONFIG = CONFIGURATIONS.load("synthetic_rrl")
seeds = st.integers(0, 2**32)


def _network(seed: int) -> tuple[Floats, Ints]:
    draw = np.random.default_rng(seed)
    return draw.uniform(-115, -50, (4, 50, 3)), draw.integers(3, size=(4, 50))


@given(seeds, st.sampled_from(REWARDS), st.sampled_from(["faithful", "fixed"]))
def test_outcomes_say_what_metrics_say(seed: int, reward: str, mode: str) -> None:
    config = replace(CONFIG, reward=reward, mode=mode)
    power, serving = _network(seed)
    outcomes, metrics = measure(config, power, serving)
    assert outcomes.shape == (4, 50, len(outcome_names(config)))
    mean = outcomes.mean(axis=1)
    value = combine(mean, power, config)
    full = metrics["throughput"] / 67.5
    expected = {
        "load_balance": metrics["load_balance"],
        "throughput": full,
        "non_blocked": 1 - metrics["blocking"],
        "throughput_and_balance": full + 1 + metrics["load_balance"],
        "weighted": 0.5 * full + 0.3 * metrics["jain"] - 0.2 * metrics["blocking"],
    }
    assert np.allclose(value, expected[reward], atol=1e-12)


@given(seeds)
def test_fixed_rates_end_at_the_demand_and_faithful_ones_only_in_free_cells(seed: int) -> None:
    power, serving = _network(seed)
    fixed = replace(CONFIG, mode="fixed", reward="throughput")
    outcomes, _ = measure(fixed, power, serving)
    assert (outcomes[..., 3:6].sum(axis=-1) <= 1.024 + 1e-9).all()
    faithful, _ = measure(replace(fixed, mode="faithful"), power, serving)
    free = np.take_along_axis(faithful[..., :3].sum(axis=1) <= 25, serving, axis=-1)
    assert np.allclose(faithful[..., 3:6].sum(axis=-1)[free], 1.024)


@given(seeds)
def test_a_full_cell_uses_all_its_blocks_and_no_more(seed: int) -> None:
    power, serving = _network(seed)
    outcomes, _ = measure(replace(CONFIG, mode="faithful", reward="throughput"), power, serving)
    own = np.take_along_axis(power, serving[..., None], axis=-1)
    carried = 0.09 * (1 + np.clip(np.floor((own + 110) / 5), 0, 9))
    used = (outcomes[..., 3:6] / carried).sum(axis=1)
    needed = outcomes[..., :3].sum(axis=1)
    assert np.allclose(used[needed > 25], 25)


@given(seeds)
def test_the_order_of_users_does_not_matter(seed: int) -> None:
    power, serving = _network(seed)
    order = np.random.default_rng(seed).permutation(50)
    outcomes, metrics = measure(CONFIG, power, serving)
    moved, same = measure(CONFIG, power[:, order], serving[:, order])
    assert (outcomes[:, order] == moved).all()
    assert all(np.allclose(metrics[name], same[name]) for name in metrics)


def test_blocks_are_counted_in_the_serving_cell_alone() -> None:
    power, serving = _network(0)
    outcomes, _ = measure(CONFIG, power, serving)
    need = np.take_along_axis(blocks(power, CONFIG.demand), serving[..., None], axis=-1)
    assert (outcomes == need * (serving[..., None] == np.arange(3))).all()


@pytest.mark.parametrize(
    ("total", "value"),
    [([25, 25, 25], 0.0), ([40, 30, 25], 0.0), ([25, 0, 0], -np.sqrt(2) / 3), ([5, 5, 5], 0.0)],
)
def test_loads_are_cut_at_one_and_the_worst_balance_is_known(
    total: list[int], value: float
) -> None:
    assert load_balance(np.array(total, float), 25) == pytest.approx(value)


def test_fairness_counts_cells_that_serve_anybody() -> None:
    rates = np.array([[2.0, 2.0, 0.0], [1.0, 1.0, 4.0], [0.0, 0.0, 0.0]])
    assert jain(rates) == pytest.approx([1.0, 36 / 54, 0.0])
