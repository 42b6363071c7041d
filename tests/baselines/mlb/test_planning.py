"""Planners and the bound: brute force, replay, and their order."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from difsched.baselines.mlb.bound import _least_imbalance, episode_bound, reachable_cells
from difsched.baselines.mlb.oracle import one_step_optimum
from difsched.baselines.mlb.planning import clairvoyant_plan, look_ahead
from difsched.baselines.mlb.search import grid, random_candidates, try_all
from difsched.baselines.mlb.solution import imbalance
from difsched.env.mlb.config import CONFIGURATIONS, MlbConfig, Scene
from difsched.env.mlb.radio import Ints, rsrp
from difsched.env.mlb.simulator import Simulator
from difsched.env.mlb.walks import make_walks
from difsched.errors import InputError
from difsched.typing import Floats
from tests.baselines.mlb.states import random_state

seeds = st.integers(0, 2**32)


def _episode(name: str, file: int, steps: int) -> tuple[MlbConfig, Floats, Ints]:
    config = replace(CONFIGURATIONS.load(name), files=[file], steps=steps)
    walks = make_walks(config)
    power = rsrp(walks.positions[0, :-1], np.array(config.scene.sites))
    return config, power, walks.home[0]


def _later(config: MlbConfig, steps: int, file: int = 1001) -> tuple[MlbConfig, Floats, Ints]:
    """Return the last seconds of an episode, where cells are full."""
    whole, power, home = _episode("synthetic_rl", file, 100)
    return replace(whole, steps=steps), power[-steps:], home


@pytest.mark.parametrize("name", ["synthetic_loiter", "synthetic_rrl", "roads_rl"])
def test_bound_plan_and_one_step_optimum_come_in_this_order(name: str) -> None:
    config, power, home = _episode(name, 1002, 60)
    simulator = Simulator(config, 1, np.random.SeedSequence(0))
    greedy = [
        simulator.step(one_step_optimum(simulator.observation, config).action).reward[0]
        for _ in range(config.steps)
    ]
    plan = clairvoyant_plan(config, power, home, grid(config, 5), 4)
    bound = episode_bound(config, power, home)
    assert np.mean(greedy) <= plan.value.mean() + 1e-9
    assert (plan.value <= bound + 1e-12).all()
    assert (np.array(greedy) <= bound + 1e-12).all()


def test_a_plan_is_worth_what_the_simulator_pays() -> None:
    config, power, home = _episode("synthetic_rl", 1001, 50)
    plan = clairvoyant_plan(config, power, home, grid(config, 5), 8)
    simulator = Simulator(config, 1, np.random.SeedSequence(0))
    paid = [simulator.step(action[None, None]).reward[0] for action in plan.action]
    assert paid == pytest.approx(plan.value, abs=1e-12)


def test_a_wide_beam_finds_the_best_of_all_sequences() -> None:
    config, power, home = _later(CONFIGURATIONS.load("synthetic_rl"), 3)
    candidates = random_candidates(config, 5, 0)
    plan = clairvoyant_plan(config, power, home, candidates, 1000)
    best = -np.inf
    for sequence in product(range(5), repeat=3):
        serving, total = home[None], 0.0
        for second, number in zip(power, sequence, strict=True):
            value, serving = try_all(config, second, serving, candidates[[number]])
            total += value[0]
        best = max(best, total)
    assert plan.value.sum() >= best - 1e-12


def test_a_wider_beam_is_no_worse_here() -> None:
    config, power, home = _later(CONFIGURATIONS.load("synthetic_rl"), 20)
    narrow, wide = (
        clairvoyant_plan(config, power, home, grid(config, 4), width).value.sum()
        for width in (1, 16)
    )
    assert wide >= narrow


def test_looking_one_second_ahead_is_the_one_step_optimum() -> None:
    config, state = random_state(5, 12)
    action = look_ahead(state, config, grid(config, 3), depth=1)
    power, serving = state[0, :, :3], state[0, :, 3:].argmax(axis=-1)
    value, _ = try_all(config, power, serving, action[0])
    assert value[0] == pytest.approx(one_step_optimum(state, config).value[0])


def test_looking_ahead_does_not_know_the_future() -> None:
    config, state = random_state(6, 12)
    action = look_ahead(np.repeat(state, 2, axis=0), config, grid(config, 3))
    assert action.shape == (2, 1, 3)
    assert (action[0] == action[1]).all()


@given(seeds)
def test_reachable_cells_hold_everybody_under_any_offsets(seed: int) -> None:
    draw = np.random.default_rng(seed)
    config = random_state(seed, 15)[0]
    power = draw.uniform(-105, -75, (4, 15, 3))
    home = draw.integers(3, size=15)
    may = reachable_cells(config, power, home)
    serving = np.tile(home, (300, 1))
    for second, allowed in zip(power, may, strict=True):
        _, serving = try_all(config, second, serving, draw.uniform(-12, 12, (300, 3)))
        assert allowed[np.arange(15), serving].all()


@given(seeds)
def test_a_user_alone_gets_where_it_can_be_steered(seed: int) -> None:
    draw = np.random.default_rng(seed)
    config = random_state(seed, 2)[0]
    power = draw.uniform(-105, -75, (1, 2, 3))
    home = draw.integers(3, size=2)
    may = reachable_cells(config, power, home)[0]
    _, after = try_all(config, power[0], home, grid(config, 9))
    for user in range(2):
        # Each cell is best at one corner of the box or another, if at all.
        assert set(np.flatnonzero(may[user]).tolist()) == set(after[:, user].tolist())


@settings(max_examples=30)
@given(seeds, st.integers(2, 7))
def test_the_bound_of_a_second_is_that_of_all_assignments(seed: int, users: int) -> None:
    draw = np.random.default_rng(seed)
    may = draw.random((users, 3)) < 0.6
    may[np.arange(users), draw.integers(3, size=users)] = True
    need, prbs = draw.integers(2, 13, (users, 3)), int(draw.integers(3, 20))
    ways = product(*(np.flatnonzero(row).tolist() for row in may))
    totals = [
        np.bincount(way, need[np.arange(users), list(way)], minlength=3).astype(int) for way in ways
    ]
    least = imbalance(np.minimum(totals, prbs)).min()
    assert _least_imbalance(may, need, prbs) == least


def test_planners_serve_any_number_of_cells() -> None:
    sites = [[100.0, 100.0], [400.0, 100.0], [100.0, 400.0], [400.0, 400.0]]
    scene = Scene("synthetic", 500.0, 500.0, sites, 10)
    motion = ["right", "left", "loiter", "none"]
    config = MlbConfig(scene, motion, sources=[motion], files=[1], users=20, steps=5)
    walks = make_walks(config)
    power = rsrp(walks.positions[0, :-1], np.array(sites))
    candidates = random_candidates(config, 30, 0)
    plan = clairvoyant_plan(config, power, walks.home[0], candidates, 4)
    simulator = Simulator(config, 1, np.random.SeedSequence(0))
    assert look_ahead(simulator.observation, config, candidates).shape == (1, 1, 6)
    paid = [simulator.step(action[None, None]).reward[0] for action in plan.action]
    assert paid == pytest.approx(plan.value, abs=1e-12)


def test_planners_refuse_what_they_cannot_plan() -> None:
    config, power, home = _episode("synthetic_rl", 1001, 2)
    actions = grid(config, 3)
    with pytest.raises(InputError, match="width = 0"):
        clairvoyant_plan(config, power, home, actions, 0)
    with pytest.raises(InputError, match="load_balance alone"):
        clairvoyant_plan(replace(config, reward="throughput"), power, home, actions, 1)
    with pytest.raises(InputError, match="depth = 0"):
        look_ahead(random_state(0, 5)[1], config, actions, depth=0)
