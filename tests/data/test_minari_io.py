"""A dataset survives the way to Minari and back, and Minari finds in it what it looks for."""

from dataclasses import replace
from pathlib import Path

import minari
import numpy as np
import pytest

from difsched.config import EnvironmentConfig
from difsched.data.arrays import ARRAYS
from difsched.data.dataset import OfflineDataset, collect
from difsched.data.minari_io import from_minari, to_minari
from difsched.data.random_data import RandomPolicy
from difsched.env.slice.simulator import Simulator
from difsched.env.slice.traffic import TrafficGenerator
from difsched.errors import InputError
from difsched.utils.seeding import rng, seed_sequence

NAME = "difsched/slice-random-v0"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path))
    return tmp_path


def collected(config: EnvironmentConfig, generator: TrafficGenerator) -> OfflineDataset:
    simulator = Simulator(config, generator, 4, outcomes="sampled", seed=seed_sequence(0, "data"))
    return collect(simulator, RandomPolicy(config.B, rng(0, "policy")), 5)


@pytest.mark.parametrize("retransmit", [0, 2])
def test_a_dataset_survives_minari(
    config: EnvironmentConfig, generator: TrafficGenerator, retransmit: int
) -> None:
    config = replace(config, retransmit=retransmit)
    dataset = collected(config, generator)
    to_minari(dataset, NAME, config)
    restored = from_minari(NAME)
    for name in ARRAYS:
        before, after = getattr(dataset, name), getattr(restored, name)
        assert np.array_equal(before, after) and before.dtype == after.dtype, name
    assert np.array_equal(dataset.episode_end, restored.episode_end)


def test_minari_reads_it_like_any_dataset(
    config: EnvironmentConfig, generator: TrafficGenerator, folder: Path
) -> None:
    dataset = collected(config, generator)
    to_minari(dataset, NAME, config, algorithm_name="random", author="somebody")
    stored = minari.load_dataset(NAME)
    assert (stored.total_episodes, stored.total_steps) == (4, 20)
    episode = stored[1]
    assert episode.observations.shape == (6, 8, 4) and episode.actions.shape == (5, 8)
    assert all(row in stored.observation_space for row in episode.observations)
    assert all(row in stored.action_space for row in episode.actions)
    assert not episode.terminations.any()
    assert episode.truncations.tolist() == [False] * 4 + [True]
    assert np.array_equal(episode.observations[1:], dataset.next_observation[5:10])
    assert not episode.infos["demand"][0].any()
    assert np.array_equal(episode.infos["demand"][1:], dataset.demand[5:10])
    assert stored.storage.metadata["author"] == {"somebody"}
    assert sorted(path.suffix for path in folder.rglob("*") if path.is_file()) == [
        ".hdf5",
        ".json",
        ".json",
    ]


def test_its_environment_is_made_again(
    config: EnvironmentConfig, generator: TrafficGenerator
) -> None:
    environment = to_minari(collected(config, generator), NAME, config).recover_environment()
    assert environment.unwrapped.config == config


def test_a_taken_name_and_a_malformed_one_are_refused(
    config: EnvironmentConfig, generator: TrafficGenerator
) -> None:
    dataset = collected(config, generator)
    to_minari(dataset, NAME, config)
    with pytest.raises(InputError, match="already exists"):
        to_minari(dataset, NAME, config)
    with pytest.raises(InputError, match="Malformed dataset ID"):
        to_minari(dataset, "no name", config)


def test_another_slices_dataset_is_refused(
    config: EnvironmentConfig, generator: TrafficGenerator
) -> None:
    with pytest.raises(InputError, match=r"must be \(W, \*\(8, 6\)\)"):
        to_minari(collected(config, generator), NAME, replace(config, retransmit=2))


def test_what_is_not_there_or_not_ours_is_refused(
    config: EnvironmentConfig, generator: TrafficGenerator
) -> None:
    with pytest.raises(InputError, match="not found locally"):
        from_minari(NAME)
    buffer = minari.data_collector.EpisodeBuffer(
        observations=np.zeros((3, 2), np.float32),
        actions=np.zeros((2, 1), np.float32),
        rewards=[0.0, 0.0],
        terminations=[False, False],
        truncations=[False, True],
    )
    box = {name: minari_box(n) for name, n in (("observation_space", 2), ("action_space", 1))}
    with pytest.warns(UserWarning):
        minari.create_dataset_from_buffers("other-v0", [buffer], **box)
    with pytest.raises(InputError, match="has no infos/demand"):
        from_minari("other-v0")


def minari_box(size: int) -> object:
    from gymnasium.spaces import Box

    return Box(-1, 1, (size,), np.float32)
