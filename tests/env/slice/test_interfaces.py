"""Gymnasium and Stable-Baselines3: registered ids, spaces, seeds, resets, and one copy or many."""

import random
from dataclasses import replace
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from gymnasium.wrappers.vector import DictInfoToList, RecordEpisodeStatistics
from stable_baselines3.common.env_checker import check_env as check_env_for_sb3

from difsched.config import EnvironmentConfig
from difsched.env import Environment, TrafficGenerator, VectorEnvironment
from difsched.errors import InputError

USER_KEYS = ("demand", "delivered", "lost", "pending", "grant", "qos_met", "starved")
KEYS = (*USER_KEYS, "over_budget", "over_budget_count")
#: Gymnasium's wrappers of vector environments, and what they take.
VECTOR_WRAPPERS: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(("RecordEpisodeStatistics", "DictInfoToList", "NormalizeReward"), ()),
    **dict.fromkeys(("FlattenObservation", "NormalizeObservation"), ()),
    "ClipAction": (),
    "RescaleObservation": (0.0, 1.0),
    "RescaleAction": (-1.0, 1.0),
    "DtypeObservation": (np.float64,),
    "ReshapeObservation": ((32,),),
}


@pytest.fixture
def fields(config: EnvironmentConfig) -> dict[str, Any]:
    return replace(config, LEN_episode=5).to_dict()


def requests(shape: tuple[int, ...], windows: int) -> np.ndarray:
    """Draw requests, some of them over the budget."""
    return np.random.default_rng(3).uniform(0, 30, (windows, *shape)).astype(np.float32)


def equal_info(a: dict[str, Any], b: dict[str, Any]) -> bool:
    return a.keys() == b.keys() and all(np.array_equal(a[key], b[key]) for key in a)


# --- one copy -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("retransmit", "channel"), [(0, True), (2, True), (0, False)])
def test_gymnasium_makes_it_by_its_id_and_finds_nothing_wrong(
    retransmit: int, channel: bool
) -> None:
    fields = {"retransmit": retransmit, "channel_information": channel}
    environment = gymnasium.make("difsched/Slice-v0", config=2, **fields)
    assert environment.observation_space.shape == (8, 4 + retransmit)
    assert environment.action_space.shape == (8,)
    check_env(environment.unwrapped)


@pytest.mark.filterwarnings("ignore::UserWarning")  # advice: scale and flatten
@pytest.mark.parametrize("retransmit", [0, 2])
def test_stable_baselines_finds_nothing_wrong(
    fields: dict[str, Any], generator: TrafficGenerator, retransmit: int
) -> None:
    check_env_for_sb3(Environment(fields | {"retransmit": retransmit}, generator))


def test_an_episode_of_gymnasiums_ends_by_its_length(generator: TrafficGenerator) -> None:
    environment = gymnasium.make("difsched/Slice-v0", LEN_episode=3)
    environment.reset(seed=0)
    ends = [environment.step(np.full(8, 9, np.float32))[2:4] for _ in range(3)]
    assert ends == [(False, False), (False, False), (False, True)]


def test_a_field_of_gymnasiums_make_is_checked() -> None:
    with pytest.raises(InputError, match="N_users is not a field"):
        gymnasium.make("difsched/Slice-v0", N_users=3)
    with pytest.raises(InputError, match="env configuration 9 does not exist"):
        gymnasium.make("difsched/Slice-v0", config=9)


def rollout(environment: Any, seed: int, windows: int = 12) -> bytes:
    """Return everything that two episodes after a reset with a seed show."""
    observation, _ = environment.reset(seed=seed)
    seen = [observation.tobytes()]
    for action in requests(environment.action_space.shape, windows):
        observation, reward, _, truncated, info = environment.step(action)
        seen += [observation.tobytes(), np.asarray(reward).tobytes(), info["lost"].tobytes()]
        if np.all(truncated):
            seen.append(environment.reset()[0].tobytes())
    return b"".join(seen)


@pytest.mark.parametrize("kind", [Environment, VectorEnvironment])
def test_a_seed_decides_everything_and_no_global_generator_does(
    fields: dict[str, Any], generator: TrafficGenerator, kind: Any
) -> None:
    np.random.seed(1)
    random.seed(1)
    environment = kind(fields, generator)
    first = rollout(environment, 7)
    np.random.seed(2)
    random.seed(2)
    state = np.random.get_state()[1].copy()  # type: ignore[union-attr]
    assert rollout(environment, 7) == first
    assert rollout(kind(fields, generator), 7) == first
    assert rollout(environment, 8) != first
    assert np.array_equal(np.random.get_state()[1], state)  # nothing was drawn from it


def test_without_a_seed_the_streams_go_on(
    fields: dict[str, Any], generator: TrafficGenerator
) -> None:
    environment = Environment(fields, generator)
    first, second = (environment.reset()[0] for _ in range(2))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("retransmit", [0, 3])
def test_observations_and_rewards_stay_in_their_bounds(
    fields: dict[str, Any], generator: TrafficGenerator, retransmit: int
) -> None:
    environment = Environment(fields | {"retransmit": retransmit, "LEN_episode": 500}, generator)
    observation, _ = environment.reset(seed=1)
    for action in requests((8,), 300):
        assert observation in environment.observation_space
        observation, reward, terminated, _, info = environment.step(action / 20)
        assert -1 <= reward <= 0 and not terminated
        assert set(info) == set(KEYS)
        assert all(info[key].shape == (8,) for key in USER_KEYS)


def test_a_huge_request_is_projected_like_any_other(
    fields: dict[str, Any], generator: TrafficGenerator
) -> None:
    environment = Environment(fields, generator)
    environment.reset(seed=1)
    action = np.array([1e30, 1e30, 1, 0, 0, 0, 0, 0])
    info = environment.step(action)[4]
    assert info["grant"].tolist() == [50, 50, 0, 0, 0, 0, 0, 0]
    assert info["over_budget"]


def test_traffic_that_no_window_holds_is_refused(
    fields: dict[str, Any], generator: TrafficGenerator
) -> None:
    with pytest.raises(InputError, match=r"at most LEN_window = 100"):
        Environment(fields | {"LEN_window": 100}, generator)


# --- many copies ----------------------------------------------------------------------------------


def test_gymnasium_makes_many_copies_without_a_loop() -> None:
    for arguments in ({"vectorization_mode": "vector_entry_point"}, {}):
        copies: Any = gymnasium.make_vec("difsched/Slice-v0", num_envs=3, config=2, **arguments)
        assert isinstance(copies.unwrapped, VectorEnvironment)
        observation, info = copies.reset(seed=1)
        assert observation in copies.observation_space and set(info) == set(KEYS)
        assert copies.step(copies.action_space.sample())[0] in copies.observation_space
        copies.close()


def test_gymnasiums_own_loop_over_copies_works_too() -> None:
    copies = gymnasium.make_vec(
        "difsched/Slice-v0", num_envs=2, vectorization_mode="sync", LEN_episode=2
    )
    copies.reset(seed=1)
    for _ in range(5):
        copies.step(copies.action_space.sample())


@pytest.mark.parametrize("retransmit", [0, 2])
def test_a_step_of_many_has_a_row_for_each(
    fields: dict[str, Any], generator: TrafficGenerator, retransmit: int
) -> None:
    copies = VectorEnvironment(fields | {"retransmit": retransmit}, generator, num_envs=4)
    assert copies.single_observation_space.shape == (8, 4 + retransmit)
    assert copies.observation_space.shape == (4, 8, 4 + retransmit)
    assert copies.action_space.shape == (4, 8)
    assert copies.metadata["autoreset_mode"] is AutoresetMode.NEXT_STEP
    observation, _ = copies.reset(seed=1)
    assert observation in copies.observation_space
    observation, reward, terminated, truncated, info = copies.step(requests((4, 8), 1)[0])
    assert observation in copies.observation_space and observation.dtype == np.float32
    assert reward.shape == terminated.shape == truncated.shape == (4,)
    assert reward.dtype == np.float64 and terminated.dtype == truncated.dtype == np.bool_
    assert ((reward >= -1) & (reward <= 0)).all() and not terminated.any()
    assert set(info) == set(KEYS)
    assert all(info[key].shape == (4, 8) for key in USER_KEYS)
    assert info["over_budget"].shape == info["over_budget_count"].shape == (4,)


def test_one_copy_of_the_many_is_the_single_environment(
    fields: dict[str, Any], generator: TrafficGenerator
) -> None:
    single = Environment(fields, generator)
    copies = VectorEnvironment(fields, generator, autoreset_mode="SameStep")
    assert np.array_equal(single.reset(seed=5)[0], copies.reset(seed=5)[0][0])
    for window, action in enumerate(requests((8,), 15)):
        one, many = single.step(action), copies.step(action[None])
        assert one[1] == many[1][0]
        assert (one[2], one[3]) == (many[2][0], many[3][0]) == (False, window % 5 == 4)
        last = one[0]
        if one[3]:
            assert np.array_equal(last, many[4]["final_obs"][0])
            assert equal_info(one[4], {key: many[4]["final_info"][key][0] for key in KEYS})
            last, start = single.reset()
            one = (last, *one[1:4], start)
        assert np.array_equal(last, many[0][0])
        assert equal_info(one[4], {key: many[4][key][0] for key in KEYS})


def test_the_step_that_ends_an_episode_starts_the_next(
    fields: dict[str, Any], generator: TrafficGenerator
) -> None:
    copies = VectorEnvironment(
        fields | {"retransmit": 2}, generator, num_envs=3, autoreset_mode="SameStep"
    )
    copies.reset(seed=5)
    for window in range(1, 11):
        observation, _, _, truncated, info = copies.step(np.full((3, 8), 20, np.float32))
        ended = window % 5 == 0
        assert truncated.tolist() == [ended] * 3
        assert ("final_obs" in info) == ("final_info" in info) == ended
        counts = info["final_info"] if ended else info
        assert counts["over_budget_count"].tolist() == [(window - 1) % 5 + 1] * 3
        waits = observation[..., 4:].any()
        assert waits != ended  # nothing waits when an episode starts
        if ended:
            assert info["_final_obs"].all() and info["_final_info"].all()
            assert info["final_obs"][0].shape == (8, 6) and info["final_obs"][0][:, 4:].any()


def test_gymnasiums_wrappers_read_its_info(
    fields: dict[str, Any], generator: TrafficGenerator
) -> None:
    copies: Any = VectorEnvironment(fields, generator, num_envs=3, autoreset_mode="SameStep")
    copies = DictInfoToList(RecordEpisodeStatistics(copies))
    copies.reset(seed=1)
    returns = np.zeros(3)
    for action in requests((3, 8), 5):
        _, reward, _, _, infos = copies.step(action)
        returns += reward
    assert [info["final_obs"].shape for info in infos] == [(8, 4)] * 3
    assert all(set(KEYS) <= set(info["final_info"]) for info in infos)
    assert [info["episode"]["r"] for info in infos] == pytest.approx(returns, rel=1e-5)


@pytest.mark.parametrize("mode", AutoresetMode)
def test_what_follows_an_episode_is_as_in_gymnasiums_loop(
    fields: dict[str, Any], generator: TrafficGenerator, mode: AutoresetMode
) -> None:
    ours: Any = VectorEnvironment(fields, generator, autoreset_mode=mode)
    loop = SyncVectorEnv([lambda: Environment(fields, generator)], autoreset_mode=mode)

    def shown(result: tuple[Any, ...]) -> dict[str, Any]:
        *values, info = result
        rows = {key: info[key] for key in KEYS}
        old = {key: info["final_info"][key] for key in KEYS if "final_info" in info}
        # Gymnasium shows it only where it would be lost otherwise.
        same = mode is AutoresetMode.SAME_STEP and "final_obs" in info
        last = [info["final_obs"][0]] if same else []
        return {"values": values, "info": rows, "final_info": old, "final_obs": last}

    ends = []
    steps = [
        shown(environment.reset(seed=[5] if environment is loop else 5))
        for environment in (ours, loop)
    ]
    np.testing.assert_equal(*steps)
    for action in requests((1, 8), 17):
        if ends and ends[-1] and mode is AutoresetMode.DISABLED:
            everyone = {"reset_mask": np.array([True])}
            np.testing.assert_equal(*(shown(e.reset(options=dict(everyone))) for e in (ours, loop)))
        one, other = shown(ours.step(action)), shown(loop.step(action))
        np.testing.assert_equal(one, other)
        ends.append(bool(one["values"][3][0]))
    pause = 6 if mode is AutoresetMode.NEXT_STEP else 5
    assert [i for i, end in enumerate(ends) if end] == [i for i in range(17) if i % pause == 4]


@pytest.mark.parametrize("mode", AutoresetMode)
@pytest.mark.parametrize("wrapper", VECTOR_WRAPPERS)
def test_gymnasiums_vector_wrappers_work_as_on_its_own_loop(
    wrapper: str, mode: AutoresetMode
) -> None:
    arguments = VECTOR_WRAPPERS[wrapper]
    outcomes = []
    for kind in ("vector_entry_point", "sync"):
        chosen: dict[str, Any] = {"autoreset_mode": mode}
        if kind == "sync":
            chosen = {"vector_kwargs": chosen}
        copies: Any = gymnasium.make_vec(
            "difsched/Slice-v0", num_envs=2, vectorization_mode=kind, LEN_episode=3, **chosen
        )
        try:
            copies = getattr(gymnasium.wrappers.vector, wrapper)(copies, *arguments)
        except (ValueError, AssertionError) as error:  # a mode that it does not know
            outcomes.append((type(error), None))
            continue
        copies.reset(seed=1)
        shapes = []
        for _ in range(8):
            observation, reward, _, truncated, _ = copies.step(copies.action_space.sample())
            shapes.append((observation.shape, reward.shape, truncated.tolist()))
            if truncated.all() and mode is AutoresetMode.DISABLED:
                copies.reset()
        outcomes.append((None, shapes))
    assert outcomes[0] == outcomes[1]
    if mode is AutoresetMode.NEXT_STEP:
        assert outcomes[0][0] is None


def test_episodes_of_copies_are_not_left_or_joined_singly(
    fields: dict[str, Any], generator: TrafficGenerator
) -> None:
    copies = VectorEnvironment(fields, generator, num_envs=2, autoreset_mode="Disabled")
    for action in requests((2, 8), 5):
        copies.step(action)
    with pytest.raises(InputError, match="the episode has ended: reset must come"):
        copies.step(requests((2, 8), 1)[0])
    with pytest.raises(InputError, match=r"reset_mask = \[True, False\]: must be all true"):
        copies.reset(options={"reset_mask": np.array([True, False])})
    with pytest.raises(InputError, match="autoreset_mode = 'Never': must be one of NextStep"):
        VectorEnvironment(fields, generator, autoreset_mode="Never")


@pytest.mark.parametrize("kind", [Environment, VectorEnvironment])
def test_a_reset_has_the_entries_of_a_step(
    fields: dict[str, Any], generator: TrafficGenerator, kind: Any
) -> None:
    environment = kind(fields, generator)
    _, start = environment.reset(seed=1)
    info = environment.step(requests(environment.action_space.shape, 1)[0])[4]
    assert list(start) == list(info)
    for key, value in info.items():
        assert type(start[key]) is type(value) and not np.any(start[key])
        assert np.shape(start[key]) == np.shape(value)
        assert np.asarray(start[key]).dtype == np.asarray(value).dtype


def test_copies_are_independent(fields: dict[str, Any], generator: TrafficGenerator) -> None:
    copies = VectorEnvironment(fields, generator, num_envs=2)
    first, second = copies.reset(seed=1)[0]
    assert not np.array_equal(first, second)


def test_a_list_of_seeds_is_a_seed(fields: dict[str, Any], generator: TrafficGenerator) -> None:
    copies = VectorEnvironment(fields, generator, num_envs=2)
    first = copies.reset(seed=[1, 2])[0]
    assert not np.array_equal(copies.reset(seed=[1, 3])[0], first)
    assert np.array_equal(copies.reset(seed=[1, 2])[0], first)


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (np.zeros((8,)), "action has shape"),
        (np.full((2, 8), np.inf), "must be finite"),
        (np.full((2, 8), -0.5), "must be finite and >= 0"),
    ],
)
def test_bad_actions_are_refused(
    fields: dict[str, Any], generator: TrafficGenerator, action: np.ndarray, message: str
) -> None:
    copies = VectorEnvironment(fields, generator, num_envs=2)
    with pytest.raises(InputError, match=message):
        copies.step(action)


def test_the_number_of_copies_is_checked(
    fields: dict[str, Any], generator: TrafficGenerator
) -> None:
    with pytest.raises(InputError, match="num_envs = 0: must be a whole number >= 1"):
        VectorEnvironment(fields, generator, num_envs=0)


def test_expected_outcomes_are_the_closed_form(
    fields: dict[str, Any], generator: TrafficGenerator
) -> None:
    rewards = []
    for outcomes, copies in (("expected", 2000), ("sampled", 2000)):
        many = VectorEnvironment(fields, generator, num_envs=copies, outcomes=outcomes)
        many.reset(seed=3)
        rewards.append(many.step(np.full((copies, 8), 12.5, np.float32))[1])
    # The same windows: the difference is the luck of single packets alone.
    gap = rewards[1] - rewards[0]
    assert abs(gap.mean()) < 4 * gap.std() / np.sqrt(len(gap))
    assert gap.std() < rewards[0].std()


def test_a_number_of_users_is_enough() -> None:
    for users in (12, 10):
        single = gymnasium.make("difsched/Slice-v0", N_user=users)
        many = gymnasium.make_vec("difsched/Slice-v0", num_envs=2, N_user=users, config=5)
        for environment, lead in ((single, ()), (many, (2,))):
            observation, _ = environment.reset(seed=1)
            assert observation.shape == (*lead, users, 4)
            environment.step(environment.action_space.sample())
    with pytest.raises(InputError, match=r"B = 1000000000: must be .* 1\.\.32767"):
        gymnasium.make("difsched/Slice-v0", B=1_000_000_000)
