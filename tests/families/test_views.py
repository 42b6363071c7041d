"""Every family as a Gymnasium environment: ids, checkers, seeds, episodes, one copy or many."""

from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from stable_baselines3.common.env_checker import check_env as check_env_for_sb3

from difsched.errors import InputError
from difsched.family import FAMILIES, Family
from difsched.utils.seeding import seed_sequence
from difsched.views.copies import STREAM, FamilyCopies, spaces
from difsched.views.gymnasium_view import GymnasiumView, make
from difsched.views.registration import identifier
from difsched.views.vector_view import VectorView, make_vec

OTHERS = [name for name in FAMILIES if name != "slice"]
#: First and last configuration of every family.
PLACES = [
    (name, number)
    for name in OTHERS
    for number in sorted({FAMILIES[name].configurations()[i] for i in (0, -1)})
]


def check_both(environment: GymnasiumView) -> None:
    check_env(environment)
    check_env_for_sb3(environment)


@pytest.mark.filterwarnings("ignore::UserWarning")  # advice: scale and flatten
def test_both_checkers_find_nothing_wrong_with_a_family_in_a_page(toy: Family) -> None:
    check_both(make("toy", 3))


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(("name", "number"), PLACES)
def test_both_checkers_find_nothing_wrong(name: str, number: int) -> None:
    check_both(gymnasium.make(identifier(name), config=number).unwrapped)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", OTHERS)
def test_gymnasium_makes_many_copies_of_a_family_without_a_loop(name: str) -> None:
    copies: Any = gymnasium.make_vec(identifier(name), num_envs=3)
    assert isinstance(copies.unwrapped, VectorView)
    observation, info = copies.reset(seed=1)
    assert observation in copies.observation_space
    copies.action_space.seed(1)
    observation, reward, terminated, truncated, after = copies.step(copies.action_space.sample())
    assert observation in copies.observation_space and np.isfinite(reward).all()
    assert not terminated.any() and not truncated.any()
    assert {key: value.shape for key, value in info.items()} == {
        key: value.shape for key, value in after.items()
    }


@pytest.mark.parametrize("name", OTHERS)
def test_configurations_are_chosen_by_number_name_fields_or_as_they_are(name: str) -> None:
    number = FAMILIES[name].configurations()[0]
    config = FAMILIES[name].load(number)
    for given in (number, str(number), config, config.to_dict()):
        assert gymnasium.make(identifier(name), config=given).unwrapped.config == config  # type: ignore[attr-defined]
    changed = gymnasium.make(identifier(name), randomSeed=5)
    assert changed.unwrapped.config.randomSeed == 5  # type: ignore[attr-defined]


def test_what_is_no_configuration_of_the_family_is_refused(toy: Family) -> None:
    with pytest.raises(InputError, match=r"family = 'tory': must be one of .*did you mean toy"):
        make("tory")
    with pytest.raises(InputError, match="config is of the family 'slice': must be of toy"):
        make("toy", FAMILIES["slice"].load(0))


def actions(environment: Any, windows: int) -> list[np.ndarray]:
    environment.action_space.seed(3)
    return [environment.action_space.sample() for _ in range(windows)]


def rollout(environment: Any, seed: int) -> bytes:
    seen = [environment.reset(seed=seed)[0]]
    for action in actions(environment, 25):
        observation, reward, _, truncated, info = environment.step(action)
        seen += [observation, np.asarray(reward), *info.values()]
        if truncated:
            seen.append(environment.reset()[0])
    return b"".join(np.asarray(part).tobytes() for part in seen)


@pytest.mark.parametrize("name", ["toy", *OTHERS])
def test_a_seed_decides_everything(toy: Family, name: str) -> None:
    number = FAMILIES[name].configurations()[0]
    first = rollout(make(name, number), 7)
    again = make(name, number)
    assert rollout(again, 8) != first
    assert rollout(again, 7) == first


@pytest.mark.parametrize("name", ["toy", *OTHERS])
def test_copies_of_the_vector_view_are_the_simulators(toy: Family, name: str) -> None:
    family, copies = FAMILIES[name], 4
    config = family.load(family.configurations()[0])
    many = VectorView(FamilyCopies(config, copies))
    simulator = family.simulator(config, "train", copies, "sampled", seed_sequence(5, STREAM))
    seen = simulator.observe()
    shown, start = many.reset(seed=5)
    assert np.array_equal(shown, seen.astype(np.float32))
    for action in actions(many, 10):
        done = family.actions(config).check(action, seen)
        step = simulator.step(done)
        shown, reward, terminated, _, info = many.step(action)
        assert np.array_equal(shown, step.observation.astype(np.float32))
        assert np.array_equal(reward, step.reward)
        assert np.array_equal(info["action"], done)
        assert np.array_equal(info["outcomes"], step.outcomes)
        assert set(info) == set(start) == {"action", "outcomes", *step.metrics}
        assert all(np.array_equal(info[key], value) for key, value in step.metrics.items())
        assert not terminated.any()
        seen = step.observation


@pytest.mark.parametrize("name", ["toy", *OTHERS])
def test_one_copy_of_the_many_is_the_single_environment(toy: Family, name: str) -> None:
    numbers = FAMILIES[name].configurations()
    number = numbers[min(3, len(numbers) - 1)]
    single, many = make(name, number), make_vec(name, config=number)
    assert np.array_equal(single.reset(seed=5)[0], many.reset(seed=5)[0][0])
    for action in actions(single, 5):
        one, rows = single.step(action), many.step(action[None])
        assert np.array_equal(one[0], rows[0][0])
        assert one[1:4] == (rows[1][0], rows[2][0], rows[3][0])
        assert all(np.array_equal(one[4][key], rows[4][key][0]) for key in one[4])


@pytest.mark.parametrize("mode", AutoresetMode)
def test_what_follows_an_episode_is_as_in_gymnasiums_loop(toy: Family, mode: AutoresetMode) -> None:
    ours: Any = make_vec("toy", config=3, autoreset_mode=mode)
    loop: Any = SyncVectorEnv([lambda: make("toy", 3)], autoreset_mode=mode)
    assert np.array_equal(ours.reset(seed=5)[0], loop.reset(seed=[5])[0])
    ends = []
    for action in actions(ours, 50):
        if ends and ends[-1] and mode is AutoresetMode.DISABLED:
            everyone = {"reset_mask": np.array([True])}
            first, second = (part.reset(options=dict(everyone))[0] for part in (ours, loop))
            assert np.array_equal(first, second)
        one, other = ours.step(action), loop.step(action)
        for values, others in zip(one[:4], other[:4], strict=True):
            assert np.array_equal(values, others)
        ends.append(bool(one[3][0]))
    pause = 21 if mode is AutoresetMode.NEXT_STEP else 20
    assert [i for i, end in enumerate(ends) if end] == [i for i in range(50) if i % pause == 19]


def test_actions_are_projected_and_nonsense_is_refused(toy: Family) -> None:
    environment = make("toy", 3)
    environment.reset(seed=1)
    info = environment.step(np.full(3, 9, np.float32))[4]
    assert info["action"].sum() == pytest.approx(environment.config.jobs * info["action"][0])
    assert info["idle"] == pytest.approx(0)
    with pytest.raises(InputError, match="action holds nan"):
        environment.step(np.full(3, np.nan, np.float32))
    with pytest.raises(InputError, match="action has shape"):
        environment.step(np.zeros(4, np.float32))


def test_observations_have_the_bounds_that_a_family_gives(toy: Family) -> None:
    box = make("toy", 3).observation_space
    assert box.shape == (3, 3) and not box.is_bounded()
    for name in ("slice", "mec"):
        assert spaces(FAMILIES[name].load(FAMILIES[name].configurations()[0]))[0].is_bounded()
