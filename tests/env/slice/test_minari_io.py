"""A dataset survives the way to Minari and back, and Minari finds in it what it looks for."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import gymnasium
import minari
import numpy as np
import pytest
from gymnasium.wrappers import FlattenObservation, RescaleAction
from minari.data_collector import EpisodeBuffer

from difsched.config import EnvironmentConfig
from difsched.env.slice.arrays import ARRAYS
from difsched.env.slice.dataset import OfflineDataset, collect
from difsched.env.slice.random_data import RandomPolicy
from difsched.env.slice.simulator import Simulator
from difsched.env.slice.traffic.generator import TrafficGenerator
from difsched.errors import InputError
from difsched.utils.seeding import rng, seed_sequence
from difsched.views.minari_io import CARD, from_minari, to_minari

NAME = "difsched/slice-random-v0"
#: Without what was granted.
INFOS = ("demand", "delivered", "lost")


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
    with pytest.raises(InputError, match="no infos/demand"):
        from_minari("other-v0")


def minari_box(size: int) -> object:
    from gymnasium.spaces import Box

    return Box(-1, 1, (size,), np.float32)


def test_the_card_survives_minari(config: EnvironmentConfig, generator: TrafficGenerator) -> None:
    card = {"environment": config.to_dict(), "seed": 3, "loss": {"random": 0.25}, "who": "é"}
    dataset = replace(collected(config, generator), card=card)
    assert from_minari(to_minari(dataset, NAME, config)).card == card
    assert from_minari(NAME).card == card


# --- what Minari's own collector makes ------------------------------------------------------------


def episodes(environment: Any, lengths: Sequence[int], keys: Sequence[str] | None) -> list[Any]:
    """Return episodes as ``minari.DataCollector`` records them, which needs jax."""
    buffers, random = [], np.random.default_rng(1)
    for length in lengths:
        observation, info = environment.reset(seed=length)
        seen, infos, actions, rewards = [observation], [info], [], []
        for _ in range(length):
            # Some beyond the budget, most with fractions.
            actions.append(random.uniform(0, 27, 8).astype(np.float32))
            observation, reward, _, _, info = environment.step(actions[-1])
            seen.append(observation)
            infos.append(info)
            rewards.append(reward)
        kept = list(infos[0]) if keys is None else keys
        ends = np.arange(1, length + 1) == length
        buffers.append(
            EpisodeBuffer(
                observations=np.stack(seen),
                actions=np.stack(actions),
                rewards=np.array(rewards),
                terminations=np.zeros(length, bool),
                truncations=ends,
                infos={key: np.stack([info[key] for info in infos]) for key in kept},
            )
        )
    return buffers


def stored(environment: Any, buffers: list[Any]) -> Any:
    return minari.create_dataset_from_buffers(
        NAME,
        buffers,
        env=environment.spec,
        observation_space=environment.observation_space,
        action_space=environment.action_space,
    )


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("keys", [None, INFOS])
@pytest.mark.parametrize("retransmit", [0, 2])
def test_what_was_granted_is_read_not_what_was_asked_for(
    keys: Sequence[str] | None, retransmit: int
) -> None:
    environment = gymnasium.make("difsched/Slice-v0", config=2, retransmit=retransmit)
    dataset = from_minari(stored(environment, episodes(environment, [5, 5], keys)))
    (first,) = episodes(environment, [5], None)
    assert np.array_equal(dataset.allocation[:5], first.infos["grant"][1:])
    assert (dataset.allocation.sum(axis=1) <= 100).all()
    assert dataset.card["environment"]["retransmit"] == retransmit
    dataset.check(environment.unwrapped.config)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_what_a_collector_left_out_is_said() -> None:
    environment = gymnasium.make("difsched/Slice-v0", config=2)
    refused = {
        "no infos/demand: .*record_infos=True": episodes(environment, [4], []),
        r"episodes of \[3, 4\] windows: must be equally long": episodes(environment, [4, 3], None),
    }
    for said, buffers in refused.items():
        with pytest.raises(InputError, match=said):
            from_minari(stored(environment, buffers))
        minari.delete_dataset(NAME)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_collector_around_wrappers_keeps_grants_or_is_refused() -> None:
    plain = gymnasium.make("difsched/Slice-v0", config=2)
    scaled = RescaleAction(plain, np.float32(-1), np.float32(1))
    (buffer,) = episodes(plain, [4], None)
    buffer = replace(buffer, actions=buffer.actions / 50 - 1)
    granted = buffer.infos["grant"][1:]
    assert np.array_equal(from_minari(stored(scaled, [buffer])).allocation, granted)
    minari.delete_dataset(NAME)
    del buffer.infos["grant"]
    with pytest.raises(InputError, match=r"no infos/grant, and actions that are no RBs"):
        from_minari(stored(scaled, [buffer]))
    minari.delete_dataset(NAME)
    flat = FlattenObservation(plain)
    (buffer,) = episodes(plain, [4], None)
    buffer = replace(buffer, observations=buffer.observations.reshape(5, -1))
    with pytest.raises(InputError, match=r"observations of shape \(5, 32\): must be"):
        from_minari(stored(flat, [buffer]))


def test_minaris_own_collector_runs_on_the_environment() -> None:
    pytest.importorskip("jax", reason="jax, of minari[create], is not in requirements.lock")
    environment = minari.DataCollector(
        gymnasium.make("difsched/Slice-v0", config=0, LEN_episode=4), record_infos=True
    )
    granted = []
    for episode in range(2):
        environment.reset(seed=episode)
        for _ in range(4):
            info = environment.step(environment.action_space.sample())[4]
            granted.append(info["grant"])
    dataset = from_minari(environment.create_dataset(NAME))
    assert np.array_equal(dataset.allocation, granted)


@pytest.mark.parametrize("value", [3, None, ["a"]])
def test_what_is_neither_a_dataset_nor_an_id_is_refused(value: object) -> None:
    with pytest.raises(InputError, match="must be a MinariDataset or the id of one"):
        from_minari(value)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"environment": 3}', '{"environment": {"B": 0}}'])
def test_a_damaged_card_is_refused(
    text: str, config: EnvironmentConfig, generator: TrafficGenerator
) -> None:
    written = to_minari(collected(config, generator), NAME, config)
    written.storage.update_metadata({CARD: text})
    with pytest.raises(InputError, match="slice-random-v0"):
        from_minari(NAME)
