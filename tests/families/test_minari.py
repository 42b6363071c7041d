"""Data of every family survive the way to Minari and back, what became of entities included."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import gymnasium
import minari
import numpy as np
import pytest
from minari.data_collector import EpisodeBuffer

from difsched.data.outcomes import OutcomeDataset
from difsched.errors import InputError
from difsched.family import FAMILIES, Family
from difsched.views.minari_io import from_minari, to_minari
from difsched.views.registration import identifier

NAME = "difsched/random-v0"
#: Families whose data are what every family gives; the slice's have tests of their own.
OTHERS = [name for name, family in FAMILIES.items() if family.dataset is OutcomeDataset]

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path))


def collected(family: Family) -> tuple[Any, OutcomeDataset]:
    config = family.load(family.configurations()[0])
    data = family.collect(family, config, 2 * family.episode(config))
    assert isinstance(data, OutcomeDataset)
    return config, replace(data, card={"family": family.name, "environment": config.to_dict()})


@pytest.mark.parametrize("name", ["toy", *OTHERS])
def test_a_dataset_survives_minari(toy: Family, name: str) -> None:
    config, data = collected(FAMILIES[name])
    stored = to_minari(data, NAME, config)
    again = from_minari(NAME)
    assert type(again) is type(data) and again.card == data.card
    for array in data.ARRAYS:
        before, after = getattr(data, array), getattr(again, array)
        assert np.array_equal(before, after) and before.dtype == after.dtype, array
    again.check(config)
    assert stored.recover_environment().unwrapped.config == config
    episode = stored[0]
    assert not episode.infos["outcomes"][0].any()
    assert episode.truncations.tolist()[-1] and not episode.truncations[:-1].any()


def recorded(environment: Any, windows: int, *left_out: str) -> Any:
    """Return an episode as ``minari.DataCollector`` records it, which needs jax."""
    environment.action_space.seed(1)
    observation, info = environment.reset(seed=1)
    seen, infos, actions, rewards = [observation], [info], [], []
    for _ in range(windows):
        actions.append(environment.action_space.sample())
        observation, reward, _, _, info = environment.step(actions[-1])
        seen.append(observation)
        infos.append(info)
        rewards.append(reward)
    buffer = EpisodeBuffer(
        observations=np.stack(seen),
        actions=np.stack(actions),
        rewards=np.array(rewards),
        terminations=np.zeros(windows, bool),
        truncations=np.arange(1, windows + 1) == windows,
        infos={key: np.stack([one[key] for one in infos]) for key in info if key not in left_out},
    )
    spaces = {name: getattr(environment, name) for name in ("observation_space", "action_space")}
    return minari.create_dataset_from_buffers(NAME, [buffer], env=environment.spec, **spaces)


def test_what_was_done_is_read_not_what_was_asked_for(toy: Family) -> None:
    environment = gymnasium.make(identifier("toy"), config=3, randomSeed=4)
    stored = recorded(environment, 6)
    data = from_minari(stored)
    assert (data.action.sum(axis=1) <= data.observation[:, 0, 2] + 1e-6).all()
    assert not np.array_equal(data.action, stored[0].actions)
    assert data.card["family"] == "toy" and data.card["environment"]["randomSeed"] == 4
    reward = toy.combine(environment.unwrapped.config)(data.outcomes.mean(axis=1), data.observation)
    np.testing.assert_allclose(reward, data.reward, atol=1e-6)


@pytest.mark.parametrize("key", ["outcomes", "action"])
def test_what_a_collector_left_out_is_said(toy: Family, key: str) -> None:
    stored = recorded(gymnasium.make(identifier("toy"), config=3), 4, key)
    with pytest.raises(InputError, match=rf"no infos/{key}: .*record_infos=True"):
        from_minari(stored)


def test_another_problems_data_are_refused(toy: Family) -> None:
    _, data = collected(toy)
    with pytest.raises(InputError, match=r"must be \(W, \*\(5, 3\)\)"):
        to_minari(data, NAME, toy.load(5))
