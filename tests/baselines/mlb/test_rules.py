"""Rules and searches, and the table of what everything is worth."""

from dataclasses import replace
from functools import cache, partial

import numpy as np
import pytest

from difsched.baselines.mlb import rules
from difsched.baselines.mlb.bound import episode_bound
from difsched.baselines.mlb.oracle import one_step_optimum
from difsched.baselines.mlb.search import (
    best_constant,
    constant_values,
    grid,
    random_candidates,
    search,
)
from difsched.env.mlb.actions import random_offsets
from difsched.env.mlb.config import CONFIGURATIONS
from difsched.env.mlb.radio import rsrp
from difsched.env.mlb.simulator import Simulator
from difsched.env.mlb.walks import Walks, make_walks, split_walks
from difsched.errors import InputError
from difsched.policy import RandomPolicy
from difsched.typing import Floats
from tests.baselines.mlb.states import random_state, states

CONFIG = CONFIGURATIONS.load("synthetic_rrl")
NINE = grid(CONFIG, 9)


@cache
def _walks(name: str) -> Walks:
    return make_walks(CONFIGURATIONS.load(name))


def _act(rule: str, observation: Floats) -> Floats:
    acts = {
        "static": partial(rules.static, config=CONFIG),
        "random": RandomPolicy(CONFIG, random_offsets, key=4).act,
        "constant": partial(rules.constant, config=CONFIG, action=[-12, 12, 12]),
        "load_threshold": partial(rules.load_threshold, config=CONFIG),
        "search_729": partial(search, config=CONFIG, candidates=NINE),
        "one_step": lambda seen: one_step_optimum(seen, CONFIG).action,
    }
    return acts[rule](observation)


@pytest.mark.parametrize(
    ("rule", "loiter", "rrl", "rl", "tolerance"),
    [
        ("static", 0.1926, 0.1258, 0.2435, 0.0001),
        ("random", 0.2067, 0.1385, 0.2436, 0.0065),
        ("constant", 0.1360, 0.1150, 0.2451, 0.0001),
        ("search_729", 0.1038, 0.0505, 0.0862, 0.0001),
        ("load_threshold", 0.1145, 0.0682, 0.1203, 0.0001),
        ("one_step", 0.1013, 0.0503, 0.0857, 0.0015),
    ],
)
def test_mean_imbalance_over_the_original_files_is_as_measured(
    rule: str, loiter: float, rrl: float, rl: float, tolerance: float
) -> None:
    for name, expected in {"loiter": loiter, "rrl": rrl, "rl": rl}.items():
        config = CONFIGURATIONS.load(f"synthetic_{name}")
        simulator = Simulator(config, 10, np.random.SeedSequence(0), _walks(f"synthetic_{name}"))
        rewards = [simulator.step(_act(rule, simulator.observation)).reward for _ in range(100)]
        assert -np.mean(rewards) == pytest.approx(expected, abs=tolerance)


@pytest.mark.parametrize(
    ("name", "expected", "four"),
    [("loiter", 0.0628, 0.0471), ("rrl", 0.0345, 0.0329), ("rl", 0.0499, 0.0349)],
)
def test_the_bound_over_the_original_files_is_as_measured(
    name: str, expected: float, four: float
) -> None:
    config, walks = CONFIGURATIONS.load(f"synthetic_{name}"), _walks(f"synthetic_{name}")
    power = rsrp(walks.positions[:, :-1], np.array(config.scene.sites))
    bound = [
        -episode_bound(config, *episode).mean() for episode in zip(power, walks.home, strict=True)
    ]
    assert np.mean(bound) == pytest.approx(expected, abs=0.0001)
    assert np.mean(bound[:4]) == pytest.approx(four, abs=0.0001)


def test_the_best_constant_of_the_source_classes_is_a_corner() -> None:
    walks = split_walks(replace(CONFIG, target_share=0.0), "train", 0)
    assert best_constant(CONFIG, walks, grid(CONFIG, 3)).tolist() == [-12, 12, 12]


def test_a_constant_is_worth_what_the_simulator_pays() -> None:
    config = replace(CONFIG, files=[1000, 1001], steps=20)
    walks = make_walks(config)
    candidates = random_candidates(config, 3, 0)
    for action, value in zip(candidates, constant_values(config, walks, candidates), strict=True):
        simulator = Simulator(config, 2, np.random.SeedSequence(0), walks)
        held = [
            simulator.step(rules.constant(simulator.observation, config, action)).reward
            for _ in range(20)
        ]
        assert np.mean(held) == pytest.approx(value)


def test_a_grid_is_in_the_order_of_its_entries() -> None:
    assert NINE.shape == (729, 3)
    assert NINE[:2].tolist() == [[-12, -12, -12], [-12, -12, -9]]
    assert np.lexsort(NINE.T[::-1]).tolist() == list(range(729))


def test_random_offsets_are_differences_of_uniform_ones_and_follow_the_window() -> None:
    config, seen = states("synthetic_rrl", 5)
    many = np.concatenate([seen + 1e-3 * k for k in range(400)])
    policy = RandomPolicy(config, random_offsets, key=1)
    actions = policy.act(many)
    assert (policy.act(many[7:8]) == actions[7:8]).all()
    assert np.abs(actions).max() <= 12
    # The variance of a difference of two uniform on [-6, 6] is 2 * 144 / 12.
    assert actions.var() == pytest.approx(24, rel=0.1)
    assert abs(actions.mean()) < 0.3


def test_the_threshold_rule_pushes_users_out_of_the_fuller_cell() -> None:
    config, state = random_state(0, 10)
    state[..., :3], state[..., 3:] = -70.0, np.eye(3)[0]
    action = rules.load_threshold(state, config)[0, 0]
    assert action.tolist() == [12, 12, 0]
    state[..., 3:] = np.eye(3)[np.arange(10) % 2]
    assert rules.load_threshold(state, config, threshold=0.3)[0, 0, 0] == 0


def test_a_search_takes_the_first_of_equal_actions() -> None:
    config, state = random_state(1, 10)
    same = np.repeat(random_candidates(config, 4, 0), 2, axis=0)
    found = search(state, config, same)[0, 0]
    assert any((found == action).all() for action in same)
    assert (search(np.repeat(state, 2, axis=0), config, same)[:, 0] == found).all()


@pytest.mark.parametrize("points", [1, 28])
def test_a_grid_has_at_least_two_points_and_not_too_many(points: int) -> None:
    with pytest.raises(InputError, match="points"):
        grid(CONFIG, points)


def test_a_constant_out_of_range_is_refused() -> None:
    with pytest.raises(InputError, match="out of range"):
        rules.constant(np.zeros((1, 50, 6)), CONFIG, [0.0, 0.0, 13.0])
