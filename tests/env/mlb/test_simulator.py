"""The simulator: the original's figures to the printed digit, and what a step may change."""

import random
from dataclasses import replace

import numpy as np
import pytest

from difsched.env.mlb.actions import actions, check_offsets
from difsched.env.mlb.config import CONFIGURATIONS, MlbConfig, Scene
from difsched.env.mlb.network import combine
from difsched.env.mlb.simulator import Simulator, feature_names, split_observation
from difsched.env.mlb.walks import Walks, check_walks, make_walks, split_walks
from difsched.errors import InputError

SEED = np.random.SeedSequence(3)
SHORT = replace(CONFIGURATIONS.load("synthetic_rrl"), files=[1000, 1001], steps=5)


@pytest.mark.parametrize(
    ("motion", "balance", "throughput"),
    [
        ("loiter", "-0.19256", "40.721"),
        ("rrl", "-0.12578", "42.557"),
        ("rl", "-0.24346", "36.307"),
        ("rr", "-0.32330", "34.933"),
        ("ll", "-0.28883", "34.876"),
    ],
)
def test_without_offsets_the_original_figures_come_out(
    motion: str, balance: str, throughput: str
) -> None:
    config = replace(CONFIGURATIONS.load(f"synthetic_{motion}"), mode="faithful")
    simulator = Simulator(config, 10, SEED)
    steps = [simulator.step(np.zeros((10, 1, 3))) for _ in range(100)]
    assert f"{np.mean([step.reward for step in steps]):.5f}" == balance
    assert f"{np.mean([step.metrics['throughput'] for step in steps]):.3f}" == throughput
    assert [step.truncated for step in steps] == [False] * 99 + [True]


def test_files_leave_the_global_generators_alone() -> None:
    random.seed(1)
    np.random.seed(1)
    before = random.getstate(), np.random.get_state()[1].tolist()
    make_walks(SHORT)
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before


@pytest.mark.parametrize("name", CONFIGURATIONS.names())
def test_every_configuration_keeps_its_users_inside(name: str) -> None:
    config = replace(CONFIGURATIONS.load(name), files=[1500], target_share=0.0, steps=30)
    walks = make_walks(config)
    assert walks.positions.shape == (1, 31, 50, 2)
    assert set(walks.home[0].tolist()) <= set(config.starts)
    assert set(config.starts) <= set(walks.home[0].tolist())


def test_the_reward_is_combined_from_the_mean_outcomes_of_what_was_seen() -> None:
    simulator = Simulator(SHORT, 2, SEED)
    draw = np.random.default_rng(0)
    for _ in range(5):
        seen = simulator.observation
        step = simulator.step(draw.uniform(-12, 12, (2, 1, 3)))
        assert combine(step.outcomes.mean(axis=1), seen, SHORT) == pytest.approx(step.reward)


def test_actions_change_who_serves_but_not_where_users_are() -> None:
    one, other = Simulator(SHORT, 2, SEED), Simulator(SHORT, 2, SEED)
    for _ in range(5):
        a, b = one.step(np.zeros((2, 1, 3))), other.step(np.full((2, 1, 3), 12.0))
        assert (a.observation[..., :3] == b.observation[..., :3]).all()
    assert (a.observation[..., 3:] != b.observation[..., 3:]).any()


def test_handovers_are_the_users_that_changed_their_cell() -> None:
    simulator = Simulator(replace(SHORT, steps=40), 2, SEED)
    changes = np.zeros(2)
    for _ in range(40):
        before = split_observation(simulator.observation, SHORT)[1]
        step = simulator.step(np.zeros((2, 1, 3)))
        after = split_observation(step.observation, SHORT)[1]
        assert (step.metrics["handovers"] == (before != after).sum(axis=1)).all()
        changes += step.metrics["handovers"]
    assert changes.min() > 0


def test_copies_play_one_file_after_the_other_and_a_seed_starts_again() -> None:
    simulator = Simulator(SHORT, 3, SEED)
    assert simulator.files.tolist() == [0, 1, 0]
    assert simulator.reset().shape == (3, 50, len(feature_names(SHORT)))
    assert simulator.files.tolist() == [1, 0, 1]
    simulator.reset(SEED)
    assert simulator.files.tolist() == [0, 1, 0]


def test_a_copy_does_what_it_does_alone() -> None:
    action = np.random.default_rng(0).uniform(-12, 12, (2, 1, 3))
    together = Simulator(SHORT, 2, SEED).step(action)
    alone = Simulator(SHORT, 1, SEED).step(action[:1])
    assert together.reward[0] == alone.reward[0]
    assert (together.observation[0] == alone.observation[0]).all()


def test_noise_is_seen_but_does_not_move_anybody_and_is_reproducible() -> None:
    noisy = replace(SHORT, noise=3.0)
    one, other, clean = (Simulator(c, 2, SEED) for c in (noisy, noisy, SHORT))
    for _ in range(3):
        a, b, c = (simulator.step(np.zeros((2, 1, 3))) for simulator in (one, other, clean))
        assert (a.observation == b.observation).all()
        assert (a.reward == c.reward).all()
    assert np.std(a.observation[..., :3] - c.observation[..., :3]) == pytest.approx(3, rel=0.2)


def test_any_number_of_cells_and_users() -> None:
    sites = [[100.0, 100.0], [400.0, 100.0], [100.0, 400.0], [400.0, 400.0]]
    scene = Scene("synthetic", 500.0, 500.0, sites, 50)
    motion = ["right", "left", "loiter", "none"]
    config = MlbConfig(scene, motion, sources=[motion], files=[1], users=20, steps=3)
    simulator = Simulator(config, 2, SEED)
    step = simulator.step(np.ones((2, 1, 6)))
    assert step.observation.shape == (2, 20, 8)
    assert step.outcomes.shape == (2, 20, 4)


def test_actions_outside_the_box_are_projected() -> None:
    action = np.array([[[13.0, 0.0, -40.0]], [[12.0 + 1e-6, 0.0, 0.0]]])
    allowed = actions(SHORT).check(action, np.zeros((2, 50, 6)))
    assert allowed.tolist() == [[[12, 0, -12]], [[12, 0, 0]]]
    outside, inside = (Simulator(SHORT, 2, SEED).step(given) for given in (action, allowed))
    assert (outside.observation == inside.observation).all()


@pytest.mark.parametrize(
    ("action", "line"),
    [
        (np.zeros((2, 3)), r"shape \(2, 3\): must be \(2, 1, 3\)"),
        (np.full((2, 1, 3), np.nan), "holds nan"),
        ([[["a", 1, 2]]] * 2, "must be numbers"),
    ],
)
def test_actions_of_another_kind_are_refused(action: object, line: str) -> None:
    with pytest.raises(InputError, match=line):
        Simulator(SHORT, 2, SEED).step(action)  # type: ignore[arg-type]


def test_named_offsets_must_be_in_range() -> None:
    assert check_offsets([-12, 0, 12], SHORT).tolist() == [-12, 0, 12]
    with pytest.raises(InputError, match=r"12\.5 dB is out of range: must be within 12 dB"):
        check_offsets([0, 0, 12.5], SHORT)
    with pytest.raises(InputError, match="must be 3 numbers"):
        check_offsets([0, 0], SHORT)


def test_an_episode_that_is_over_must_be_reset() -> None:
    simulator = Simulator(replace(SHORT, steps=1), 1, SEED)
    assert simulator.step(np.zeros((1, 1, 3))).truncated
    with pytest.raises(InputError, match="reset first"):
        simulator.step(np.zeros((1, 1, 3)))


@pytest.mark.parametrize("copies", [0, True, 1.0])
def test_copies_must_be_a_whole_number(copies: int) -> None:
    with pytest.raises(InputError, match="copies"):
        Simulator(SHORT, copies, SEED)


def test_own_walks_must_stay_inside() -> None:
    walks = make_walks(SHORT)
    for value in (-1.0, 501.0, np.nan):
        positions = walks.positions.copy()
        positions[1, 2, 3, 1] = value
        with pytest.raises(InputError, match="user 3 of file 1 is at"):
            check_walks(SHORT, Walks(positions, walks.home))
    with pytest.raises(InputError, match="positions have the shape"):
        check_walks(SHORT, Walks(walks.positions[:, 1:], walks.home))
    with pytest.raises(InputError, match="home"):
        check_walks(SHORT, Walks(walks.positions, walks.home + 3))


@pytest.mark.parametrize(
    ("field", "value", "line"),
    [
        ("motion", ["right", "left"], "one entry for each site"),
        ("sources", [["right", "left"]], "one entry for each site"),
        ("sources", [], "at least one, where target_share gives no file"),
        ("motion", ["right", "up", "left"], "must be one of none, right, left, loiter"),
        ("motion", ["none", "none", "none"], "at least one"),
        ("files", [], "at least one"),
        ("files", [-1], "whole number"),
        ("files", [1, 1], "twice"),
        ("files", [2000], "below test_seed 2000"),
        ("target_share", 1.5, "<= 1"),
        ("contaminated", 1, "true or false"),
        ("mode", "fair", "faithful, fixed"),
        ("reward", "loadbalance", "did you mean load_balance"),
        ("users", 1, r"2\.\.1000"),
        ("users", True, "whole number"),
        ("steps", 0, "whole number"),
        ("demand", float("nan"), "must be a number"),
        ("hysteresis", -1, "must be a number"),
        ("reach", float("inf"), "must be a number"),
        ("noise", "3", "must be a number"),
        ("scene", "synthetic", "must be a mapping"),
        ("randomSeed", -1, "whole number"),
    ],
)
def test_a_bad_field_is_named_with_what_is_allowed(field: str, value: object, line: str) -> None:
    with pytest.raises(InputError, match=line) as error:
        replace(SHORT, **{"target_share": 0.0, field: value})
    assert field in str(error.value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "street"),
        ("sites", [[1.0, 1.0]]),
        ("sites", [[1.0, 1.0], [1e9, 1.0]]),
        ("sites", [[1.0, 1.0], [1.0]]),
        ("width", 0),
        ("prbs", 0),
        ("road_seed", -1),
        ("osm", "map.osm"),
    ],
)
def test_a_bad_scene_is_refused(field: str, value: object) -> None:
    with pytest.raises(InputError, match=field):
        replace(Scene(), **{field: value})


def test_too_many_points_are_refused_before_they_are_made() -> None:
    with pytest.raises(InputError, match="to fit in memory"):
        replace(SHORT, files=list(range(1000)), steps=1000)
    with pytest.raises(InputError, match="to fit in memory"):
        split_walks(SHORT, "test", 10**6)


def test_training_data_are_the_sources_and_a_share_of_the_target_and_tests_are_unseen() -> None:
    config = replace(CONFIGURATIONS.load("synthetic_rl"), files=[7, 8, 9], target_share=0.34)
    train, test = (split_walks(config, split, 2) for split in ("train", "test"))
    assert train.home.shape == (2 * 3 + 1, 50) and test.home.shape == (10, 50)
    target = make_walks(config)
    assert (train.positions[-1] == target.positions[0]).all()
    assert set(train.home[:3].ravel().tolist()) == {0, 1}
    assert set(train.home[3:6].ravel().tolist()) == {1, 2}
    seen = {walk.tobytes() for walk in target.positions}
    assert not seen & {walk.tobytes() for walk in test.positions}
    dirty = split_walks(replace(config, contaminated=True), "test", 2)
    assert (dirty.positions == target.positions).all()
    assert len(split_walks(config, "test", 12).home) == 12


def test_the_future_is_what_comes() -> None:
    simulator = Simulator(SHORT, 2, SEED)
    simulator.step(np.zeros((2, 1, 3)))
    power, serving = simulator.future()
    assert power.shape == (2, 4, 50, 3)
    for second in range(4):
        assert (simulator.observe()[..., :3] == power[:, second]).all()
        if not second:
            assert (simulator.observe()[..., 3:].argmax(axis=-1) == serving).all()
        simulator.step(np.zeros((2, 1, 3)))
