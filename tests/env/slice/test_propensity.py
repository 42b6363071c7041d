"""Propensities: those of random reservations, and refused where nothing was drawn."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from difsched.config import EnvironmentConfig
from difsched.env.slice.dataset import OfflineDataset, collect
from difsched.env.slice.propensity import grant_chances
from difsched.env.slice.random_data import RandomPolicy, collect_random
from difsched.env.slice.simulator import Simulator
from difsched.env.slice.traffic.generator import TrafficGenerator
from difsched.errors import InputError
from difsched.utils.seeding import rng, seed_sequence


@pytest.fixture
def dataset(config: EnvironmentConfig, generator: TrafficGenerator) -> OfflineDataset:
    simulator = Simulator(config, generator, 4, outcomes="sampled", seed=seed_sequence(0, "data"))
    return collect(simulator, RandomPolicy(config.B, rng(0, "policy")), 5)


@pytest.mark.parametrize(("users", "budget"), [(1, 9), (2, 5), (8, 100)])
def test_grants_have_the_frequencies_of_random_reservations(users: int, budget: int) -> None:
    drawn = RandomPolicy(budget, rng(7, "other draws")).act(np.zeros((200_000 // users, users, 4)))
    counts = np.bincount(drawn.ravel(), minlength=budget + 1) / drawn.size
    odds = grant_chances(budget, users)
    assert odds.sum() == pytest.approx(1)
    assert counts == pytest.approx(odds, abs=0.005)


def test_of_two_users_the_odds_are_those_of_a_ratio() -> None:
    # u / (u + v) of uniform u and v is below s <= 1/2 with probability s / (2 (1 - s)).
    below = grant_chances(1000, 2)[:250].sum()
    assert below == pytest.approx(0.25 / (2 * 0.75), abs=0.002)


def test_the_random_episodes_are_the_last_ones_of_their_share(dataset: OfflineDataset) -> None:
    half = replace(dataset, card={"dataset": {"behaviour": "sub_agents", "random_share": 0.5}})
    found = half.column("propensity")
    assert not found[:10].any()
    assert np.array_equal(
        found[10:], grant_chances(100, 8).astype(np.float32)[dataset.allocation[10:]]
    )


def test_a_collected_dataset_of_random_reservations_has_them(config: EnvironmentConfig) -> None:
    data = collect_random(replace(config, LEN_episode=5), 10)
    assert data.column("propensity").min() > 0


@pytest.mark.parametrize(
    "card", [{}, {"dataset": None}, {"dataset": {"behaviour": "experts", "random_share": 0.0}}]
)
def test_data_that_do_not_say_so_have_none(
    dataset: OfflineDataset, card: dict[str, object]
) -> None:
    with pytest.raises(InputError, match=r"^no propensities: must be data with an array"):
        replace(dataset, card=card).column("propensity")


def test_windows_that_contradict_their_card_are_refused(dataset: OfflineDataset) -> None:
    grants = dataset.allocation.copy()
    grants[-1, 0], grants[-1, 1:] = 50, 0
    odd = replace(dataset, allocation=grants, card={"dataset": {"behaviour": "random"}})
    with pytest.raises(InputError, match="random reservations spend the same budget"):
        odd.column("propensity")


def test_what_was_sent_is_new_or_waited(dataset: OfflineDataset) -> None:
    assert np.array_equal(dataset.column("sent"), dataset.demand)
    assert np.array_equal(dataset.column("delivered"), dataset.delivered)


def test_own_propensities_survive_a_file_and_a_view(
    config: EnvironmentConfig, dataset: OfflineDataset, tmp_path: Path
) -> None:
    odds = np.random.default_rng(0).random(dataset.allocation.shape).astype(np.float32)
    replace(dataset, propensity=odds).save(tmp_path / "d.npz")
    data = OfflineDataset.load(tmp_path / "d.npz")
    assert np.array_equal(data.column("propensity"), odds)
    shown = data.shown(replace(config, information="perfect", channel_information=False))
    kept = odds.reshape(4, 5, -1)[:, :-1].reshape(16, -1)
    assert np.array_equal(shown.column("propensity"), kept)


@pytest.mark.parametrize(
    ("odds", "said"),
    [
        (np.full((3, 8), 0.5), r"propensity has shape \(3, 8\): must be \(20, 8\)"),
        (np.full((20, 8), 1.5), "propensity holds 1.5: must be >= 0 and <= 1"),
        (np.full((20, 8), np.nan), "propensity holds NaN"),
    ],
)
def test_what_is_no_probability_is_refused(
    dataset: OfflineDataset, odds: np.ndarray, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        replace(dataset, propensity=odds)
