"""The bound and the plans of episodes in which packets wait, against enumeration."""

from itertools import product

import numpy as np
import pytest

from difsched.baselines.slice.deadlines.bound import bound, priced
from difsched.baselines.slice.deadlines.episode import Episode, score
from difsched.baselines.slice.deadlines.plan import pair_moves, solve, window_moves
from difsched.baselines.slice.deadlines.sampled import sampled_bound
from difsched.baselines.slice.oracle import maximize_sigmoids
from difsched.env.slice.link.sigmoid import success_probability
from difsched.errors import InputError


def draw(users: int, windows: int, budget: int, delay: int, seed: int = 0) -> Episode:
    rng = np.random.default_rng(seed)
    packets = rng.integers(0, 9, (users, windows)).astype(float)
    slope = rng.uniform(0.5, 2.0, (users, windows, 1))
    midpoint = rng.uniform(0.5, 3.0, (users, windows, 1))
    failure = 1 - success_probability(np.arange(budget + 1), slope, midpoint)
    return Episode(packets, failure, delay)


def replay(episode: Episode, grants: np.ndarray) -> float:
    """Return the loss, window by window, as the simulator counts it."""
    waiting, lost = np.zeros((len(grants), episode.delay)), 0.0
    for window, failed in enumerate(episode.failures(grants).T):
        held = np.concatenate([episode.packets[:, [window]], waiting], axis=1) * failed[:, None]
        waiting, lost = held[:, :-1], lost + held[:, -1].sum()
    return float(lost)


@pytest.mark.parametrize("delay", [0, 1, 2, 3])
def test_product_formula_is_what_the_windows_lose(delay: int) -> None:
    episode = draw(3, 6, 5, delay)
    grants = np.random.default_rng(1).integers(0, 6, (3, 6))
    assert episode.loss(grants) == pytest.approx(replay(episode, grants), abs=1e-12)


@pytest.mark.parametrize("delay", [0, 1, 2, 3])
def test_one_user_is_solved_as_by_enumeration(delay: int) -> None:
    episode = draw(2, 4, 3, delay, seed=delay)
    prices = np.random.default_rng(2).uniform(0, 1, 4)
    values, plans = priced(episode, prices)
    every = np.array(list(product(range(4), repeat=4)))
    for user in range(2):
        one = Episode(episode.packets[[user]], episode.failure[[user]], delay)
        totals = [one.loss(plan[None]) + prices @ plan for plan in every]
        assert values[user] == pytest.approx(min(totals), abs=1e-12)
        assert one.loss(plans[[user]]) + prices @ plans[user] == pytest.approx(values[user])


@pytest.mark.parametrize("delay", [0, 1, 2])
@pytest.mark.parametrize("seed", range(3))
def test_bound_and_plan_enclose_the_optimum(delay: int, seed: int) -> None:
    episode = draw(2, 4, 3, delay, seed)
    splits = [(a, b) for a in range(4) for b in range(4 - a)]
    best = min(episode.loss(np.array(plan).T) for plan in product(splits, repeat=4))
    found = solve(episode)
    assert found.bound <= best + 1e-9
    assert found.value >= best - 1e-9
    assert found.value == pytest.approx(episode.loss(found.grants))
    assert (found.grants.sum(axis=0) <= 3).all()
    assert (found.grants >= 0).all()
    # Two users share all there is, so one exchange of the pair from any plan is exact.
    assert found.value == pytest.approx(best, abs=1e-9)


@pytest.mark.parametrize("delay", [1, 2])
def test_moves_never_lose_more(delay: int) -> None:
    episode = draw(4, 6, 8, delay)
    equal = np.full((4, 6), 2)
    swept = window_moves(episode, equal, 3)
    paired = pair_moves(episode, swept)
    assert episode.loss(equal) >= episode.loss(swept) >= episode.loss(paired) - 1e-9
    assert (paired.sum(axis=0) <= 8).all()


def test_relaxed_grants_only_lower_the_bound() -> None:
    episode = draw(3, 5, 8, 1)
    prices = np.full(5, 0.2)
    assert (priced(episode, prices, 4)[0] <= priced(episode, prices)[0] + 1e-12).all()


def test_more_budget_never_loses_more() -> None:
    episode = draw(4, 6, 12, 1)
    bounds, values = [], []
    for budget in (4, 8, 12):
        found = solve(Episode(episode.packets, episode.failure[..., : budget + 1], 1))
        bounds.append(found.bound)
        values.append(found.value)
    assert bounds == sorted(bounds, reverse=True)
    assert values == sorted(values, reverse=True)


def test_without_delay_the_plan_is_the_oracle_of_each_window() -> None:
    rng = np.random.default_rng(3)
    packets = rng.integers(0, 200, (5, 4)).astype(float)
    slope, midpoint = rng.uniform(0.2, 0.5, (5, 4)), rng.uniform(5, 12, (5, 4))
    curve = success_probability(np.arange(41), slope[..., None], midpoint[..., None])
    found = solve(Episode(packets, 1 - curve, 0))
    oracle = maximize_sigmoids(packets.T, slope.T, midpoint.T, 40, "dp")
    assert found.value == pytest.approx(packets.sum() - oracle.value.sum(), rel=1e-9)
    assert found.bound <= found.value + 1e-9


@pytest.mark.parametrize("delay", [0, 1, 2])
def test_reacting_to_deliveries_only_lowers_the_bound(delay: int) -> None:
    episode = draw(3, 5, 5, delay, seed=7)
    limit = bound(episode)
    reacting = sampled_bound(episode, limit.prices)
    assert reacting <= limit.value + 1e-9
    if delay == 0:
        assert reacting == pytest.approx(limit.value)


def test_score_is_0_for_the_oracle_and_100_for_the_bound() -> None:
    assert score(3.0, 3.0, 1.0) == 0
    assert score(1.0, 3.0, 1.0) == 100
    with pytest.raises(InputError, match="oracle"):
        score(1.0, 1.0, 1.0)


def test_bad_episodes_are_refused() -> None:
    good = draw(2, 3, 2, 1)
    with pytest.raises(InputError, match="shape"):
        Episode(good.packets[:1], good.failure, 1)
    with pytest.raises(InputError, match="packets"):
        Episode(-good.packets - 1, good.failure, 1)
    with pytest.raises(InputError, match="failure"):
        Episode(good.packets, good.failure + 1, 1)
    with pytest.raises(InputError, match="delay"):
        Episode(good.packets, good.failure, -1)
    with pytest.raises(InputError, match="at most 2"):
        sampled_bound(Episode(good.packets, good.failure, 3), np.zeros(3))
