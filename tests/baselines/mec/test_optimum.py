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
from difsched.env.mec.config import Config, phase_one, phase_two
from difsched.env.mec.simulator import Simulator
from difsched.env.mec.slot import local_reward
from difsched.errors import InputError


def draw(config: Config, windows: int, entropy: int = 1) -> np.ndarray:
    return Simulator(config, windows, np.random.SeedSequence(entropy)).observation


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
    solution = optimum(config, seen)
    best = np.full(len(seen), -np.inf)
    for share in simplex_grid(users, 20):
        for action in every_order(seen, np.tile(share, (len(seen), 1))):
            np.maximum(best, evaluate(config, action, seen), out=best)
    assert (solution.bound >= best - 1e-12).all()
    # The iteration's end is a little short of the optimum, and the bound says by how much.
    assert (solution.value >= best - 0.003).all()
    np.testing.assert_allclose(evaluate(config, solution.action, seen), solution.value)


@pytest.mark.parametrize("name", ["code", "readme", "assignment", "fixed"])
@pytest.mark.parametrize("least", [0.0, 0.01, 0.1])
def test_no_policy_exceeds_the_bound_and_none_the_value_by_more_than_the_gap(
    name: str, least: float
) -> None:
    config = replace(phase_one(name, 4), least_share=least)
    seen = draw(config, 30)
    solution = optimum(config, seen)
    rng = np.random.default_rng(0)
    actions = [rules.random_action(config, seen, rng) for _ in range(100)]
    actions += [rules.most_late(config, seen, served) for served in range(5)]
    actions += [rules.all_offload(config, seen), rules.proportional(config, seen)]
    for action in actions:
        assert (evaluate(config, action, seen) <= solution.bound + 1e-12).all()
    assert (solution.value >= evaluate(config, greedy(config, seen), seen) - 1e-12).all()


@pytest.mark.parametrize("name", ["code", "fixed"])
@pytest.mark.parametrize("users", range(2, 7))
def test_the_certified_gap_is_at_most_half_a_point(name: str, users: int) -> None:
    config = phase_one(name, users)
    seen = draw(config, 40 if users < 6 else 16)
    solution = optimum(config, seen)
    room = solution.value - evaluate(config, rules.all_local(config, seen), seen)
    assert (solution.gap >= 0).all()
    assert 100 * solution.gap.mean() / room.mean() <= 0.5


def test_the_certificate_holds_where_energy_is_shed_with_a_vanishing_share() -> None:
    # Fast processors that burn much energy, deadlines that nobody meets by computing locally.
    config = replace(
        phase_one("fixed", 3), speed_ghz=(1.4, 1.5), weight_energy=0.2, least_share=0.0
    )
    seen = draw(config, 40, entropy=5)
    assert (shed_reward(config, seen) > local_reward(config, seen)).any()
    solution = optimum(config, seen)
    rng = np.random.default_rng(0)
    best = np.full(len(seen), -np.inf)
    for served in rules.urgency(seen)[None] * rng.exponential(size=(2000, 1, 3)):
        kept = rng.random(served.shape) < 0.6
        share = np.where(kept, served, 1e-7 * served)
        share = share / share.sum(axis=1, keepdims=True)
        action = np.stack([share, kept - seen[..., 2] / 100], axis=-1)
        np.maximum(best, evaluate(config, action, seen), out=best)
    assert (best <= solution.bound + 1e-12).all()
    assert (best <= solution.value + 0.004).all()


def test_more_steps_tighten_the_certificate() -> None:
    config = phase_one("fixed", 4)
    seen = draw(config, 40)
    gaps = [optimum(config, seen, steps).gap.mean() for steps in (24, 96, 300)]
    assert gaps[0] > gaps[1] > gaps[2]


@pytest.mark.parametrize("name", ["code", "fixed"])
def test_value_and_bound_of_one_order_meet(name: str) -> None:
    config = phase_one(name, 4)
    orders = all_orders(config, draw(config, 5), 3)
    now = start(config, orders)
    value = np.full(len(orders.window), -np.inf)
    for step in range(300):
        now = improve(config, orders, now, step / 299)
        np.maximum(value, now.value, out=value)
    gap = now.bound - orders.relief - value
    assert (gap >= -1e-9).all()
    assert np.median(gap) < 5e-3
    assert gap.max() < 0.05


def test_the_order_of_users_does_not_matter() -> None:
    config = phase_one("code", 4)
    seen = draw(config, 20)
    swap = np.array([2, 0, 3, 1])
    one, other = optimum(config, seen), optimum(config, seen[:, swap])
    np.testing.assert_allclose(one.value, other.value, atol=1e-9)
    np.testing.assert_allclose(one.bound, other.bound, atol=1e-9)


def test_the_bound_holds_for_a_server_that_is_busy() -> None:
    config = replace(phase_one("code", 3), leftover=True)
    seen = np.array(draw(config, 20))
    seen[..., 6] = 0.4
    solution = optimum(config, seen)
    idle = optimum(replace(config, leftover=False), seen[..., :5])
    np.testing.assert_allclose(solution.bound, idle.bound, atol=1e-12)
    assert (solution.value <= idle.value + 1e-12).all()


def test_what_cannot_be_enumerated_is_refused() -> None:
    config = phase_two("code", 4, 10)
    with pytest.raises(InputError, match="clusters = 4: the optimum is for 1; use the search"):
        optimum(config, draw(config, 1))
    config = phase_one("code", 9)
    with pytest.raises(InputError, match="users = 9: the optimum enumerates at most 8"):
        optimum(config, draw(config, 1))
