"""The certified optimum of one queue: brute force, certificate, gap."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from difsched.baselines.mec import rules
from difsched.baselines.mec.greedy import greedy
from difsched.baselines.mec.oracle import all_orders, optimum, shed_reward
from difsched.baselines.mec.solution import evaluate
from difsched.baselines.mec.spectrum import improve, start
from difsched.env.mec.config import MecConfig
from difsched.env.mec.simulator import Simulator
from difsched.env.mec.slot import local_reward
from difsched.errors import InputError
from tests.env.mec.actions import random_action
from tests.env.mec.presets import phase_one, phase_two


def draw(config: MecConfig, windows: int, entropy: int = 1) -> np.ndarray:
    return Simulator(config, windows, np.random.SeedSequence(entropy)).observe()


def every_order(seen: np.ndarray, share: np.ndarray) -> list[np.ndarray]:
    users = seen.shape[1]
    return [
        np.stack([share, np.tile(np.array(order, float), (len(seen), 1))], axis=-1)
        for order in permutations(range(users))
    ]


def simplex_grid(users: int, steps: int) -> np.ndarray:
    """Shares on a grid that sum to 1, some of them next to nothing."""
    if users == 1:
        return np.ones((1, 1))
    grids = np.meshgrid(*[np.arange(steps + 1)] * (users - 1), indexing="ij")
    first = np.stack([grid.ravel() for grid in grids], axis=-1)
    first = first[first.sum(axis=1) <= steps]
    grid = np.concatenate([first, steps - first.sum(axis=1, keepdims=True)], axis=1) / steps
    slivers = np.where(grid == 0, 1e-9, grid)
    return np.concatenate([grid, slivers])


@pytest.mark.parametrize("name", ["code", "fixed"])
@pytest.mark.parametrize("users", [2, 3])
def test_optimum_lies_between_a_grid_of_all_actions_and_its_bound(name: str, users: int) -> None:
    config = replace(phase_one(name, users), least_share=0.0)
    seen = draw(config, 25)
    solution = optimum(seen, config)
    best = np.full(len(seen), -np.inf)
    for share in simplex_grid(users, 20):
        for action in every_order(seen, np.tile(share, (len(seen), 1))):
            np.maximum(best, evaluate(action, seen, config), out=best)
    assert (solution.bound >= best - 1e-12).all()
    # The iteration's end is a little short of the optimum, and the bound says by how much.
    assert (solution.value >= best - 0.003).all()
    np.testing.assert_allclose(evaluate(solution.action, seen, config), solution.value)


@pytest.mark.parametrize("name", ["code", "readme", "assignment", "fixed"])
@pytest.mark.parametrize("least", [0.0, 0.01, 0.1])
def test_no_policy_exceeds_the_bound_and_none_the_value_by_more_than_the_gap(
    name: str, least: float
) -> None:
    config = replace(phase_one(name, 4), least_share=least)
    seen = draw(config, 30)
    solution = optimum(seen, config)
    rng = np.random.default_rng(0)
    actions = [random_action(seen, rng, config) for _ in range(100)]
    actions += [rules.serve_first(seen, served, "most_late", config) for served in range(5)]
    actions += [rules.all_offload(seen, config), rules.proportional(seen, config)]
    for action in actions:
        assert (evaluate(action, seen, config) <= solution.bound + 1e-12).all()
    assert (solution.value >= evaluate(greedy(seen, config), seen, config) - 1e-12).all()


@pytest.mark.parametrize("name", ["code", "fixed"])
@pytest.mark.parametrize("users", range(2, 7))
def test_the_certified_gap_is_at_most_half_a_point(name: str, users: int) -> None:
    config = phase_one(name, users)
    seen = draw(config, 40 if users < 6 else 16)
    solution = optimum(seen, config)
    room = solution.value - evaluate(rules.all_local(seen, config), seen, config)
    assert (solution.gap >= 0).all()
    assert 100 * solution.gap.mean() / room.mean() <= 0.5


def test_the_certificate_holds_where_energy_is_shed_with_a_vanishing_share() -> None:
    # Fast processors that burn much energy, deadlines that nobody meets by computing locally.
    config = replace(
        phase_one("fixed", 3), speed_ghz=(1.4, 1.5), weight_energy=0.2, least_share=0.0
    )
    seen = draw(config, 40, entropy=5)
    assert (shed_reward(seen, config) > local_reward(seen, config)).any()
    solution = optimum(seen, config)
    rng = np.random.default_rng(0)
    best = np.full(len(seen), -np.inf)
    for served in rules.urgency(seen)[None] * rng.exponential(size=(2000, 1, 3)):
        kept = rng.random(served.shape) < 0.6
        share = np.where(kept, served, 1e-7 * served)
        share = share / share.sum(axis=1, keepdims=True)
        action = np.stack([share, kept - seen[..., 2] / 100], axis=-1)
        np.maximum(best, evaluate(action, seen, config), out=best)
    assert (best <= solution.bound + 1e-12).all()
    assert (best <= solution.value + 0.004).all()


@pytest.mark.parametrize("energy", [0.025, 0.05])
def test_no_change_of_the_solution_exceeds_the_bound(energy: float) -> None:
    # Fast processors with long tasks: who is not served in time would rather spare its energy.
    config = replace(
        phase_one("fixed", 4),
        speed_ghz=(1.2, 1.5),
        cycles_g=(2.5, 3.5),
        deadline_s=(0.6, 1.0),
        weight_energy=energy,
        least_share=0.0,
    )
    seen = draw(config, 30)
    solution = optimum(seen, config)
    rng = np.random.default_rng(0)
    action, best = solution.action.copy(), solution.value.copy()
    for size in np.repeat([0.3, 0.1, 0.03, 0.01], 100):
        tried = action.copy()
        tried[..., 0] *= np.exp(size * rng.standard_normal(tried.shape[:2]))
        tried[..., 0] /= np.maximum(tried[..., 0].sum(axis=1, keepdims=True), 1e-9)
        value = evaluate(tried, seen, config)
        better = value > best
        action[better], best[better] = tried[better], value[better]
    sheds = ((solution.action[..., 0] > 0) & (solution.action[..., 0] < 1e-5)).any(axis=1)
    assert sheds.sum() >= 10
    assert (best > solution.value + 1e-6)[sheds].any()
    assert (best <= solution.bound + 1e-12).all()


def test_more_steps_tighten_the_certificate() -> None:
    config = phase_one("fixed", 4)
    seen = draw(config, 40)
    gaps = [optimum(seen, config, steps).gap.mean() for steps in (24, 96, 300)]
    assert gaps[0] > gaps[1] > gaps[2]


@pytest.mark.parametrize("name", ["code", "fixed"])
def test_value_and_bound_of_one_order_meet(name: str) -> None:
    config = phase_one(name, 4)
    orders = all_orders(draw(config, 5), 3, config)
    now = start(orders, config)
    value = np.full(len(orders.window), -np.inf)
    for step in range(300):
        now = improve(orders, now, step / 299, config)
        np.maximum(value, now.value, out=value)
    gap = now.bound - orders.relief - value
    assert (gap >= -1e-9).all()
    assert np.median(gap) < 5e-3
    assert gap.max() < 0.05


def test_the_order_of_users_does_not_matter() -> None:
    config = phase_one("code", 4)
    seen = draw(config, 20)
    swap = np.array([2, 0, 3, 1])
    one, other = optimum(seen, config), optimum(seen[:, swap], config)
    np.testing.assert_allclose(one.value, other.value, atol=1e-9)
    np.testing.assert_allclose(one.bound, other.bound, atol=1e-9)


def test_the_bound_holds_for_a_server_that_is_busy() -> None:
    config = replace(phase_one("code", 3), leftover=True)
    seen = np.array(draw(config, 20))
    seen[..., 6] = 0.4
    solution = optimum(seen, config)
    idle = optimum(seen[..., :5], replace(config, leftover=False))
    np.testing.assert_allclose(solution.bound, idle.bound, atol=1e-12)
    assert (solution.value <= idle.value + 1e-12).all()


def test_what_cannot_be_enumerated_is_refused() -> None:
    config = phase_two("clustered_code", 4, 10)
    with pytest.raises(InputError, match="clusters = 4: the optimum is for 1; use the search"):
        optimum(draw(config, 1), config)
    config = phase_one("code", 9)
    with pytest.raises(InputError, match="users = 9: the optimum enumerates at most 8"):
        optimum(draw(config, 1), config)
