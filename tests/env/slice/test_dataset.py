"""Offline datasets: what is stored is what happened, and files are what their cards say."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from difsched.config import EnvironmentConfig
from difsched.env.slice.arrays import ARRAYS, COUNTS
from difsched.env.slice.dataset import OfflineDataset, collect
from difsched.env.slice.random_data import RandomPolicy
from difsched.env.slice.simulator import Simulator
from difsched.env.slice.traffic.generator import TrafficGenerator
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
    with pytest.raises(InputError, match=r"nowhere\.npz cannot be read as npz"):
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
    assert dataset.outcomes[..., 0].mean(axis=1) == pytest.approx(dataset.reward, rel=1e-5)
    assert (dataset.outcomes[..., 0][dataset.delivered == dataset.demand] == 0).all()


def test_users_parts_of_the_reward_hold_where_packets_wait(
    config: EnvironmentConfig, generator: TrafficGenerator
) -> None:
    waits = replace(config, retransmit=2)
    simulator = Simulator(waits, generator, 4, outcomes="sampled", seed=seed_sequence(0, "waits"))
    data = collect(simulator, RandomPolicy(config.B, rng(0, "policy")), 6)
    assert (data.lost < data.demand - data.delivered).any()
    assert data.outcomes[..., 0].mean(axis=1) == pytest.approx(data.reward, rel=1e-5)
    assert (data.outcomes[..., 0][data.lost == 0] == 0).all()


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


# --- data from outside ----------------------------------------------------------------------------


def own(dataset: OfflineDataset, **changes: object) -> OfflineDataset:
    return replace(dataset, card={}, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "kind", ["f8", "f4", "f2", "i8", "i4", "u2", ">i4", ">f8", "list", "tensor"]
)
def test_counts_of_any_numeric_type_are_taken_without_loss(
    kind: str, dataset: OfflineDataset
) -> None:
    for name in COUNTS:
        stored = getattr(dataset, name)
        given = {"list": stored.tolist(), "tensor": torch.as_tensor(stored)}.get(kind)
        taken = getattr(
            own(dataset, **{name: stored.astype(kind) if given is None else given}), name
        )
        assert taken.dtype == np.int16 and np.array_equal(taken, stored)


def test_observations_and_rewards_are_rounded_to_float32(dataset: OfflineDataset) -> None:
    seen = dataset.observation.astype(float) + 1e-9
    exact = -dataset.lost.sum(axis=1) / dataset.demand.sum(axis=1)
    taken = own(dataset, observation=seen, reward=exact)
    assert np.array_equal(taken.observation, seen.astype(np.float32))
    assert np.array_equal(taken.reward, exact.astype(np.float32))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("allocation", 12.5, "allocation holds 12.5: must be whole numbers"),
        ("demand", 40_000, "demand holds 40000: must be at most 32767"),
        ("demand", -1, "demand holds -1: must be >= 0"),
        ("lost", np.nan, "lost holds NaN"),
        ("observation", 1e300, r"observation holds 1e\+300: must be at most 3.4"),
        ("observation", np.inf, "observation holds NaN or infinity"),
        ("delivered", 999, "delivered .* packets of user 2 in window 3: must be at most"),
        ("reward", 0.5, r"reward = 0\.5 in window 3: must be in \[-1, 0\]"),
        ("reward", -40.0, r"reward = -40 in window 3: must be in \[-1, 0\]"),
        ("reward", -1e20, r"reward = -1e\+20 in window 3: must be in \[-1, 0\]"),
        ("reward", 0.0, r"reward = 0 in window 3: must be -0\.\d+, minus \d+ lost of \d+ packets"),
    ],
)
def test_a_value_that_cannot_be_meant_is_named(
    name: str, value: float, said: str, dataset: OfflineDataset
) -> None:
    array = getattr(dataset, name).astype(np.float64)
    array[(3, 2)[: array.ndim]] = value
    with pytest.raises(InputError, match=said):
        own(dataset, **{name: array})


@pytest.mark.parametrize("value", ["words", [[1], [2, 3]], None, {"a": 1}, True, 1j])
def test_what_is_no_array_of_numbers_is_refused(value: object, dataset: OfflineDataset) -> None:
    with pytest.raises(InputError, match=r"lost (holds|cannot be read|has shape)"):
        own(dataset, lost=value)


def test_the_reward_of_a_window_without_packets_is_zero(dataset: OfflineDataset) -> None:
    nothing = np.zeros_like(dataset.demand)
    silent = dict(demand=nothing, delivered=nothing, lost=nothing)
    assert not own(dataset, **silent, reward=np.zeros(20)).reward.any()
    with pytest.raises(InputError, match=r"reward = -1 in window 0: must be -?0,"):
        own(dataset, **silent, reward=-np.ones(20))


def test_what_waits_is_at_stake_too(config: EnvironmentConfig, generator: TrafficGenerator) -> None:
    waits = replace(config, retransmit=2)
    simulator = Simulator(waits, generator, 4, outcomes="sampled", seed=seed_sequence(0, "waits"))
    data = collect(simulator, RandomPolicy(config.B, rng(0, "policy")), 6)
    assert (data.delivered > data.demand).any()
    with pytest.raises(InputError, match=r"delivered \+ lost"):
        own(
            data,
            observation=data.observation[..., :4],
            final_observation=data.final_observation[..., :4],
        )


def test_episodes_of_unequal_lengths_are_refused_with_what_to_do(dataset: OfflineDataset) -> None:
    cut = {n: getattr(dataset, n)[:18] for n in ARRAYS if n != "final_observation"}
    with pytest.raises(InputError, match=r"4 episodes: must divide 18 windows.*cut all"):
        own(dataset, **cut)


def test_arrays_that_are_not_of_the_cards_slice_are_refused(
    config: EnvironmentConfig, dataset: OfflineDataset
) -> None:
    def described(**changes: object) -> OfflineDataset:
        card = {"environment": replace(config, **changes).to_dict()}  # type: ignore[arg-type]
        return replace(dataset, card=card)

    described()
    with pytest.raises(InputError, match="features a user: must be 6"):
        described(retransmit=2)
    with pytest.raises(InputError, match="grants 100 RBs: must be at most B = 90"):
        described(B=90)
    with pytest.raises(InputError, match=r"observation shows a channel k = 0\.\d, s = 10"):
        described(sigmoid_k_list=[0.7], sigmoid_s_list=[10])
    with pytest.raises(InputError, match="must be one of the classes on its card"):
        described(channel_information=False)


@pytest.mark.parametrize("write", [np.savez, np.savez_compressed])
def test_an_npz_of_numpys_is_a_dataset_whose_origin_is_unknown(
    write: Callable[..., None], dataset: OfflineDataset, tmp_path: Path
) -> None:
    path = tmp_path / "mine.npz"
    write(path, **{name: getattr(dataset, name) for name in ARRAYS})
    taken = OfflineDataset.load(path)
    assert taken.card == {} and np.array_equal(taken.reward, dataset.reward)
    taken.save(path)
    assert OfflineDataset.load(path).card["windows"] == 20


def test_arrays_of_another_format_are_told_what_a_dataset_is(tmp_path: Path) -> None:
    path = tmp_path / "d4rl.npz"
    np.savez(path, observations=np.zeros(3), rewards=np.zeros(3), reward=np.zeros(3))
    with pytest.raises(
        InputError, match=r"holds observations, rewards, reward: .* lost are missing"
    ):
        OfflineDataset.load(path)


def test_what_a_learner_should_know_is_remarked(
    config: EnvironmentConfig, dataset: OfflineDataset
) -> None:
    assert dataset.remarks(config) == []
    nothing = np.zeros_like(dataset.lost)
    kept = own(dataset, lost=nothing, delivered=dataset.demand, reward=np.zeros(20))
    assert "no packet is ever lost" in kept.remarks(config)[0]
    same = own(dataset, allocation=np.tile(dataset.allocation[:1], (20, 1)))
    assert "every window has the same grants" in same.remarks(config)[0]
    single = replace(config, sigmoid_k_list=[0.3], sigmoid_s_list=[10])
    assert "shows channels, such as k = 0." in dataset.remarks(single)[0]
