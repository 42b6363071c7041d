"""Offline datasets: what is stored is what happened, and files are what their cards say."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from difsched.config import EnvironmentConfig
from difsched.data.dataset import ARRAYS, OfflineDataset, collect
from difsched.data.random_data import RandomPolicy
from difsched.env.slice.simulator import Simulator
from difsched.env.slice.traffic import TrafficGenerator
from difsched.errors import InputError
from difsched.utils.seeding import rng, seed_sequence


@pytest.fixture
def dataset(config: EnvironmentConfig, generator: TrafficGenerator) -> OfflineDataset:
    simulator = Simulator(config, generator, 4, outcomes="sampled", seed=seed_sequence(0, "data"))
    return collect(simulator, RandomPolicy(config.B, rng(0, "policy")), 5)


def test_rewards_follow_from_what_is_stored(dataset: OfflineDataset) -> None:
    lost = (dataset.demand - dataset.delivered).sum(axis=1)
    assert dataset.reward == pytest.approx(-lost / dataset.demand.sum(axis=1))
    assert (dataset.allocation.sum(axis=1) == 100).all()


def test_the_next_observation_follows_within_an_episode(dataset: OfflineDataset) -> None:
    after = dataset.next_observation
    assert dataset.episode_end.tolist() == [i % 5 == 4 for i in range(20)]
    for window in range(20):
        if window % 5 < 4:
            assert np.array_equal(after[window], dataset.observation[window + 1])
        # What was last window's demand afterwards is this window's demand, at an end too.
        assert np.array_equal(after[window, :, 1], dataset.demand[window])


def test_hiding_the_channel_gives_what_is_collected_without_it(
    config: EnvironmentConfig, generator: TrafficGenerator, dataset: OfflineDataset
) -> None:
    blind = replace(config, channel_information=False)
    simulator = Simulator(blind, generator, 4, outcomes="sampled", seed=seed_sequence(0, "data"))
    collected = collect(simulator, RandomPolicy(config.B, rng(0, "policy")), 5)
    described = replace(dataset, card={"environment": config.to_dict()})
    hidden = described.hide_channel(*config.mean_channel)
    for name in ARRAYS:
        assert np.array_equal(getattr(hidden, name), getattr(collected, name)), name
    assert hidden.card["environment"] == blind.to_dict()
    assert not np.array_equal(dataset.observation, hidden.observation)


def test_a_dataset_survives_its_file(dataset: OfflineDataset, tmp_path: Path) -> None:
    dataset.save(tmp_path / "d.npz", {"config": 2})
    restored = OfflineDataset.load(tmp_path / "d.npz")
    for name in ("observation", "allocation", "demand", "delivered", "reward", "next_observation"):
        assert np.array_equal(getattr(restored, name), getattr(dataset, name))
    card = json.loads((tmp_path / "d.json").read_text())
    assert (card["windows"], card["users"], card["episode_length"]) == (20, 8, 5)


def test_equal_datasets_have_equal_bytes(dataset: OfflineDataset, tmp_path: Path) -> None:
    for name in ("a", "b"):
        dataset.save(tmp_path / f"{name}.npz", {})
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_a_changed_file_is_refused(dataset: OfflineDataset, tmp_path: Path) -> None:
    path = tmp_path / "d.npz"
    dataset.save(path, {})
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match="does not match the sha256 of its card"):
        OfflineDataset.load(path)


def test_a_missing_dataset_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.json cannot be read"):
        OfflineDataset.load(tmp_path / "nowhere.npz")


def test_nan_rewards_are_refused(dataset: OfflineDataset) -> None:
    reward = dataset.reward.copy()
    reward[3] = np.nan
    with pytest.raises(InputError, match="reward holds NaN"):
        replace(dataset, reward=reward)


def test_arrays_that_do_not_belong_together_are_refused(dataset: OfflineDataset) -> None:
    with pytest.raises(InputError, match="demand has shape"):
        replace(dataset, demand=dataset.demand[:, :7])
    with pytest.raises(InputError, match="final_observation has 3 episodes"):
        replace(dataset, final_observation=dataset.final_observation[:3])


def test_joined_datasets_keep_their_episodes(dataset: OfflineDataset) -> None:
    joined = OfflineDataset.concatenate([dataset, dataset])
    assert len(joined.reward) == 40 and joined.episode_length == 5
    assert np.array_equal(joined.next_observation[20:], dataset.next_observation)


def test_the_reward_is_the_mean_of_the_users_parts(dataset: OfflineDataset) -> None:
    assert dataset.user_reward.mean(axis=1) == pytest.approx(dataset.reward, rel=1e-5)
    assert (dataset.user_reward[dataset.delivered == dataset.demand] == 0).all()


def test_users_parts_of_the_reward_hold_where_packets_wait(
    config: EnvironmentConfig, generator: TrafficGenerator
) -> None:
    waits = replace(config, retransmit=2)
    simulator = Simulator(waits, generator, 4, outcomes="sampled", seed=seed_sequence(0, "waits"))
    data = collect(simulator, RandomPolicy(config.B, rng(0, "policy")), 6)
    assert (data.lost < data.demand - data.delivered).any()
    assert data.user_reward.mean(axis=1) == pytest.approx(data.reward, rel=1e-5)
    assert (data.user_reward[data.lost == 0] == 0).all()


def test_a_revealed_dataset_shows_what_a_scheduler_sees_that_knows(
    config: EnvironmentConfig, generator: TrafficGenerator, dataset: OfflineDataset
) -> None:
    knows = replace(config, information="perfect")
    simulator = Simulator(knows, generator, 4, outcomes="sampled", seed=seed_sequence(0, "data"))
    truth = collect(simulator, RandomPolicy(config.B, rng(0, "policy")), 4)
    revealed = dataset.reveal()
    assert revealed.episode_length == 4
    assert np.array_equal(revealed.observation, truth.observation)
    assert np.array_equal(revealed.next_observation, truth.next_observation)
    first = np.arange(20) % 5 < 4
    assert np.array_equal(revealed.reward, dataset.reward[first])
    assert np.array_equal(revealed.allocation, dataset.allocation[first])


def test_the_head_of_a_dataset_goes_on_as_the_whole(dataset: OfflineDataset) -> None:
    head = dataset.head(7)
    assert np.array_equal(head.next_observation[:6], dataset.observation[1:7])
    assert np.array_equal(head.next_observation[6], dataset.next_observation[6])
    with pytest.raises(InputError, match=r"windows = 21: must be in 1\.\.20"):
        dataset.head(21)
