"""The schedulers that learn nothing."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from difsched.baselines.method import Task
from difsched.baselines.slice.curves import mean_curve
from difsched.baselines.slice.heuristics import (
    SCHEDULERS,
    ConstantPolicy,
    EqualPolicy,
    MaxWeightPolicy,
    ProportionalFairPolicy,
    TopPolicy,
)
from difsched.baselines.slice.oracle import OraclePolicy
from difsched.config import ConfigManager, EnvironmentConfig
from difsched.env.slice.link.sigmoid import success_probability
from difsched.env.slice.traffic.generator import Trace, Traffic
from difsched.evaluation import evaluate
from difsched.policy import Policy
from difsched.utils.knapsack import allocate

SEEDS = st.integers(0, 2**32 - 1)
BUDGET = 40


def observe(demand: np.ndarray, slope: np.ndarray | float = 0.3) -> np.ndarray:
    slopes = np.broadcast_to(slope, demand.shape)
    return np.stack([demand, demand, slopes, np.full(demand.shape, 10.0)], axis=-1)


def random_windows(seed: int, windows: int = 20, users: int = 4) -> np.ndarray:
    """Windows of users with demands and channels of their own."""
    rng = np.random.default_rng(seed)
    demand = rng.uniform(1, 150, (windows, users))
    return observe(demand, rng.choice([0.1, 0.2, 0.3, 0.4, 0.5], (windows, users)))


def delivered(seen: np.ndarray, grants: np.ndarray) -> np.ndarray:
    return (seen[..., 0] * success_probability(grants, seen[..., 2], seen[..., 3])).sum(axis=1)


def fit(name: str, config: EnvironmentConfig) -> Policy:
    trace = Trace(np.arange(50), np.arange(50.0))
    method = next(method for method in SCHEDULERS if method.name == name)
    return method.fit(Task(config, Traffic("thumb_fr", "traces", trace, trace)))


@pytest.mark.parametrize("name", [method.name for method in SCHEDULERS])
@pytest.mark.parametrize("demand", ["some", "none", "negative forecasts"])
def test_the_budget_is_spent_whatever_is_seen(
    name: str, demand: str, config: EnvironmentConfig
) -> None:
    seen = random_windows(0, users=config.N_user)
    seen[..., 0] *= {"some": 1, "none": 0, "negative forecasts": -1}[demand]
    grants = fit(name, config).act(seen)
    assert grants.dtype == np.int64 and grants.shape == seen.shape[:2]
    assert grants.min() >= 0 and (grants.sum(axis=1) == config.B).all()


@given(SEEDS)
def test_top_m_delivers_what_the_oracle_does_where_channels_are_alike(seed: int) -> None:
    seen = observe(np.random.default_rng(seed).uniform(0, 150, (30, 8)))
    ours, best = (delivered(seen, rule(100).act(seen)) for rule in (TopPolicy, OraclePolicy))
    assert (ours <= best + 1e-9).all()
    assert (ours >= 0.985 * best).all()
    assert ours.sum() > 0.999 * best.sum()


def test_top_m_delivers_what_the_best_water_filling_of_the_heaviest_does() -> None:
    seen = random_windows(2, windows=12, users=3)
    ways = np.array([way for way in product(range(41), repeat=3) if sum(way) == BUDGET])
    grants = TopPolicy(BUDGET).act(seen)
    for window, grant in zip(seen, grants, strict=True):
        order = np.argsort(-window[:, 0])
        served = ways[:, order] > 0
        heaviest_first = (np.diff(served.astype(int), axis=1) <= 0).all(axis=1)
        concave = ((ways >= 10) | (ways == 0)).all(axis=1)
        best = delivered(window, ways[heaviest_first & concave]).max()
        assert (np.diff((grant[order] > 0).astype(int)) <= 0).all()
        assert delivered(window, grant[None])[0] >= best * (1 - 1e-3)


def majorant(curve: np.ndarray) -> np.ndarray:
    """The least concave majorant of points 0..n, as the best chord over each of them."""
    points = np.arange(len(curve))
    best = curve.copy()
    for left, right in product(points, points):
        if left < right:
            inside = points[left : right + 1]
            chord = np.interp(inside, [left, right], [curve[left], curve[right]])
            best[left : right + 1] = np.maximum(best[left : right + 1], chord)
    return best


def test_max_weight_has_the_largest_sum_of_queue_times_time_shared_rate() -> None:
    seen = random_windows(3)
    fine = np.arange(0, BUDGET + 0.1, 0.2)
    rates = {
        slope: majorant(success_probability(fine, slope, 10.0))[::5]
        for slope in np.unique(seen[..., 2])
    }
    worth = seen[..., :1] * np.array([[rates[k] for k in row] for row in seen[..., 2]])

    def total(grants: np.ndarray) -> np.ndarray:
        return np.take_along_axis(worth, grants[..., None], axis=2).sum(axis=(1, 2))

    ours = total(MaxWeightPolicy(BUDGET).act(seen))
    np.testing.assert_allclose(ours, total(allocate(worth)), rtol=1e-3)


def test_max_weight_counts_the_packets_that_wait() -> None:
    seen = observe(np.array([[60.0, 60.0, 60.0]]))
    seen[0, 1, 0] += 20  # the demand shown is all that wants to be sent
    grants = MaxWeightPolicy(30).act(seen)
    assert grants[0, 1] > grants[0, [0, 2]].max()


@given(SEEDS)
def test_proportional_fair_has_the_largest_product_over_packets(seed: int) -> None:
    seen = random_windows(seed, windows=5)
    rbs = np.arange(BUDGET + 1)
    chance = success_probability(rbs, seen[..., 2, None], seen[..., 3, None])
    worth = seen[..., :1] * np.log(chance)

    def total(grants: np.ndarray) -> np.ndarray:
        return np.take_along_axis(worth, grants[..., None], axis=2).sum(axis=(1, 2))

    ours = total(ProportionalFairPolicy(BUDGET).act(seen))
    np.testing.assert_allclose(ours, total(allocate(worth)), rtol=1e-12)


def test_proportional_fair_drops_nobody_where_the_oracle_does() -> None:
    seen = np.array([[[60.0, 0, 0.3, 10]] * 3])
    assert OraclePolicy(30).act(seen).min() == 0
    np.testing.assert_array_equal(ProportionalFairPolicy(30).act(seen), [[10, 10, 10]])


@given(SEEDS, st.sampled_from([TopPolicy, MaxWeightPolicy, ProportionalFairPolicy]))
def test_users_in_another_order_get_the_same(seed: int, rule: type) -> None:
    seen = random_windows(seed)
    order = np.random.default_rng(seed).permutation(4)
    policy = rule(BUDGET)
    np.testing.assert_array_equal(policy.act(seen)[:, order], policy.act(seen[:, order]))


def test_best_constant_has_the_largest_mean_success_of_all_constants() -> None:
    few = {"N_user": 4, "B": 26, "user_map": [[0, 1, 2, 3]], "sub_agents_idx": [0]}
    config = replace(ConfigManager().load_env_config(2), **few)  # type: ignore[arg-type]
    curve = mean_curve(config)
    ways = [way for way in product(range(27), repeat=4) if sum(way) == 26]
    grant = fit("best_constant", config).act(np.zeros((1, 4, 4)))[0]
    assert curve[grant].sum() == pytest.approx(curve[np.array(ways)].sum(axis=1).max())
    assert (np.diff(grant) <= 0).all()


@pytest.mark.parametrize("index", [0, 3])
def test_no_other_constant_loses_less_on_windows(index: int) -> None:
    config = ConfigManager().load_env_config(index)
    packets = np.random.default_rng(8).integers(0, 121, 3000)
    trace = Trace(packets, packets.astype(float))

    def loss(policy: Policy) -> float:
        return float(evaluate(policy, config, trace, 2000).loss.mean())

    users, budget = config.N_user, config.B
    best = loss(fit("best_constant", config))
    for served in range(1, users):
        grant = EqualPolicy(budget).act(np.zeros((1, served, 4)))[0]
        assert best < loss(ConstantPolicy(np.pad(grant, (0, users - served)))) + 0.003
    assert best < loss(EqualPolicy(budget)) - 0.003


def test_random_grants_are_new_in_each_window_and_the_same_whenever_it_is_asked_for(
    config: EnvironmentConfig,
) -> None:
    seen = random_windows(0, users=8)
    policy = fit("random", config)
    first, second = policy.act(seen), policy.act(seen)
    np.testing.assert_array_equal(first, second)
    assert len(np.unique(first, axis=0)) == len(first)
    np.testing.assert_array_equal(first, fit("random", config).act(seen))
