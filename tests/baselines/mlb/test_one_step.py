"""The exact one-step optimum: brute force, its parts, its tie rule."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from difsched.baselines.mlb.boxes import boxes_of, least_imbalance
from difsched.baselines.mlb.diagonals import _first_axis, _point
from difsched.baselines.mlb.oracle import one_step_optimum
from difsched.baselines.mlb.search import grid, try_all
from difsched.baselines.mlb.solution import balance_of, imbalance
from difsched.env.mlb.config import CONFIGURATIONS, MlbConfig
from difsched.env.mlb.network import load_balance
from difsched.env.mlb.radio import Ints, blocks
from difsched.env.mlb.simulator import Simulator, split_observation
from difsched.errors import InputError
from difsched.typing import Floats
from tests.baselines.mlb.states import random_state, states

seeds = st.integers(0, 2**32)


def _tried(observation: Floats, config: MlbConfig, actions: Floats) -> tuple[Floats, Ints, Ints]:
    """Return values and users moved of actions in one state (1, N, F), and who serves after."""
    power, serving = split_observation(observation, config)
    value, after = try_all(config, power[0], serving[0], actions)
    return value, (after != serving).sum(axis=1), after


@pytest.mark.parametrize("name", ["synthetic_loiter", "synthetic_rl", "roads_rrl"])
def test_random_and_local_probes_never_beat_it(name: str) -> None:
    config, seen = states(name, 12)
    solution = one_step_optimum(seen, config)
    draw = np.random.default_rng(2)
    for state, best, action in zip(seen, solution.value, solution.action, strict=True):
        near = np.clip(action + draw.normal(0, 1.5, (1500, 3)), -12, 12)
        probes = np.concatenate([draw.uniform(-12, 12, (3000, 3)), near])
        value, moved, _ = _tried(state[None], config, probes)
        assert value.max() <= best + 1e-12
        # Ties: nobody as good moves fewer users.
        _, own, _ = _tried(state[None], config, action)
        assert (moved[value >= best - 1e-12] >= own[0]).all()


#: Of a long search for something better: seconds, actions of each, and points an axis of a grid.
LONG, PROBES, POINTS = 100, 10_000, 41


@pytest.mark.slow
def test_ten_thousand_probes_and_a_fine_grid_with_local_search_never_beat_it() -> None:
    config, seen = states("synthetic_rrl", LONG, every=1)
    solution = one_step_optimum(seen, config)
    draw = np.random.default_rng(4)
    axis = np.linspace(-12, 12, POINTS)
    points = np.stack(np.meshgrid(axis, axis, axis), axis=-1).reshape(-1, 3)
    for state, best in zip(seen, solution.value, strict=True):
        tried = np.concatenate([points, draw.uniform(-12, 12, (PROBES, 3))])
        parts = np.array_split(tried, 8)  # of all at once the memory would be large
        value = np.concatenate([_tried(state[None], config, part)[0] for part in parts])
        leaders = tried[value.argsort()[-10:]]
        near = np.clip(leaders[:, None] + draw.normal(0, 0.3, (10, 300, 3)), -12, 12)
        closer, _, _ = _tried(state[None], config, near.reshape(-1, 3))
        assert max(value.max(), closer.max()) <= best + 1e-12


@given(seeds, st.integers(2, 9))
def test_a_fine_grid_never_beats_it_with_few_users(seed: int, users: int) -> None:
    config, state = random_state(seed, users)
    value, _, _ = _tried(state, config, grid(config, 13))
    assert value.max() <= one_step_optimum(state, config).value[0] + 1e-12


@given(seeds)
def test_ties_of_scores_and_users_at_one_place_do_no_harm(seed: int) -> None:
    config, state = random_state(seed, 10)
    state[..., :3] = state[..., :3].round(-1)
    value, _, _ = _tried(state, config, grid(config, 10))
    solution = one_step_optimum(state, config)
    assert value.max() <= solution.value[0] + 1e-12
    assert _tried(state, config, solution.action[0])[0][0] == pytest.approx(solution.value[0])


def test_its_value_is_what_the_simulator_pays() -> None:
    config = replace(CONFIGURATIONS.load("synthetic_rl"), files=[1003, 2000], test_seed=3000)
    simulator = Simulator(config, 2, np.random.SeedSequence(0))
    for _ in range(40):
        solution = one_step_optimum(simulator.observation, config)
        assert (np.abs(solution.action) <= 12).all()
        step = simulator.step(solution.action)
        assert step.reward == pytest.approx(solution.value, abs=1e-12)
    assert (solution.bound == solution.value).all()


def test_the_order_of_users_does_not_matter() -> None:
    config, seen = states("synthetic_rrl", 10)
    order = np.random.default_rng(0).permutation(50)
    one, other = one_step_optimum(seen, config), one_step_optimum(seen[:, order], config)
    assert (one.action == other.action).all()
    assert (one.value == other.value).all()


def test_a_window_is_decided_alone_as_among_others() -> None:
    config, seen = states("synthetic_rrl", 5)
    together = one_step_optimum(seen, config).action
    assert (together[3:4] == one_step_optimum(seen[3:4], config).action).all()


def test_nobody_is_moved_without_need() -> None:
    config, state = random_state(0, 9, prbs=275)
    state[..., :3] = -70.0  # two blocks each, in every cell
    state[..., 3:] = np.eye(3)[np.arange(9) % 3]
    solution = one_step_optimum(state, config)
    assert solution.value[0] == 0
    assert _tried(state, config, solution.action[0])[1][0] == 0


@given(seeds)
def test_the_least_imbalance_of_intervals_is_that_of_all_points(seed: int) -> None:
    draw = np.random.default_rng(seed)
    low = draw.integers(0, 8, 3)
    high = low + draw.integers(0, 5, 3)
    ranges = [np.arange(a, b + 1) for a, b in zip(low, high, strict=True)]
    points = np.stack(np.meshgrid(*ranges), axis=-1).reshape(-1, 3)
    assert least_imbalance(low, high) == imbalance(points).min()


@given(seeds)
def test_imbalance_is_the_variance_in_whole_numbers(seed: int) -> None:
    config = CONFIGURATIONS.load("synthetic_rrl")
    total = np.random.default_rng(seed).integers(0, 26, (5, 3))
    value = balance_of(imbalance(total), config)
    assert value == pytest.approx(load_balance(total.astype(float), 25), abs=1e-12)


@given(seeds)
def test_a_part_of_a_box_has_a_point_exactly_if_a_linear_programme_finds_one(seed: int) -> None:
    draw = np.random.default_rng(seed)
    ends = [tuple(np.sort(draw.uniform(-5, 5, 2)).tolist()) for _ in range(3)]
    (a0, a1), (b0, b1), (c0, c1) = ends
    ranges = [(a0 - b1, a1 - b0), (a0 + c0, a1 + c1), (b0 - c1, b1 - c0)]
    cuts = [tuple(np.sort(draw.uniform(*limits, 2)).tolist()) for limits in ranges]
    low, high = ([np.array(cut[end]) for cut in cuts] for end in range(2))
    first, last = _first_axis(ends, low, high)
    rows = np.array([[1, -1, 0], [1, 0, 1], [0, 1, -1]])
    found = linprog(
        np.zeros(3),
        np.concatenate([rows, -rows]),
        np.concatenate([high, -np.array(low)]),
        bounds=ends,
    )
    assert (last > first) == (found.status == 0)
    if last > first:
        point = _point(float(first + last) / 2, ends, cuts)
        assert (point >= [a0, b0, c0]).all()
        assert (point <= [a1, b1, c1]).all()
        assert (rows @ point >= np.array(low)).all()
        assert (rows @ point <= np.array(high)).all()


@given(seeds)
def test_every_action_lies_in_a_box_that_knows_its_blocks(seed: int) -> None:
    config, state = random_state(seed, 12)
    power, serving = split_observation(state, config)
    boxes = boxes_of(power[0], serving[0], blocks(power[0], config.demand), 3.0, 12.0)
    actions = np.random.default_rng(seed).uniform(-12, 12, (30, 3))
    _, moved, after = _tried(state, config, actions)
    need = blocks(power[0], config.demand)
    for action, left, cells in zip(actions, moved, after, strict=True):
        box = tuple(
            int(np.searchsorted(axis.edges, value) - 1)
            for axis, value in zip(boxes.axes, action, strict=True)
        )
        total = np.bincount(cells, need[np.arange(12), cells], minlength=3)
        assert (boxes.low[box] <= total).all()
        assert (total <= boxes.high[box]).all()
        assert boxes.moved[box] == left


def test_it_refuses_what_it_cannot_solve() -> None:
    config, state = random_state(0, 5)
    with pytest.raises(InputError, match="load_balance alone"):
        one_step_optimum(state, replace(config, reward="throughput"))
    with pytest.raises(InputError, match="must be finite"):
        one_step_optimum(np.full_like(state, np.nan), config)
    with pytest.raises(InputError, match=r"must be \(W, N, 6\)"):
        one_step_optimum(state[0], config)
    with pytest.raises(InputError, match="boxes: must be at most"):
        one_step_optimum(random_state(0, 1000)[1], config)
    two, motion = replace(config.scene, sites=config.scene.sites[:2]), ["right", "left"]
    with pytest.raises(InputError, match="2 cells: the exact optimum is for three"):
        one_step_optimum(state, replace(config, scene=two, motion=motion, sources=[motion]))
