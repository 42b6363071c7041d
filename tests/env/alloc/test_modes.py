"""What a grant does in each mode without waiting work, against its formula."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from difsched.env.alloc.actions import action_set, highest
from difsched.env.alloc.columns import read
from difsched.env.alloc.config import CONFIGURATIONS, AllocConfig
from difsched.env.alloc.draws import factor_quantiles, factors
from difsched.env.alloc.scenes import ShareScene
from difsched.env.alloc.service import leontief_share, serve_whole
from difsched.env.alloc.simulator import Simulator

Floats = NDArray[np.float64]


def seed(number: int = 0) -> np.random.SeedSequence:
    return np.random.SeedSequence(number)


def actions(config: AllocConfig, copies: int, number: int = 0, most: float = 0.3) -> Floats:
    rng = np.random.default_rng(number)
    return most * rng.random((copies, *action_set(config).shape(config.tasks)))


def test_faithful_is_the_documented_reward() -> None:
    config = CONFIGURATIONS.load("faithful_3x5")
    simulator = Simulator(config, 20, seed(3))
    seen = simulator.observation
    grant = actions(config, 20, most=0.5)
    step = simulator.step(grant)
    for window in range(20):
        p, d = seen[window, :, 1], seen[window, :, 0]
        v, c = seen[window, 0, 5:8], seen[window, 0, 8:11]
        a = grant[window]
        efficiency = sum(p[i] * min(1.0, sum(a[i]) / d[i]) for i in range(5)) / 5
        cost = sum(a[i, r] * c[r] for i in range(5) for r in range(3))
        violation = sum(max(0.0, sum(a[:, r]) - v[r]) ** 2 for r in range(3))
        reward = efficiency - 0.1 * cost - 10 * violation
        assert step.reward[window] == pytest.approx(reward)
        severity = sum(max(0.0, sum(a[:, r]) / v[r] - 1) for r in range(3)) / 3
        assert step.metrics["severity"][window] == pytest.approx(severity)
        assert step.metrics["violations"][window] == (severity > 0)
        assert step.metrics["cost"][window] == pytest.approx(cost)
        shaped = reward + 0.1 * efficiency - 0.5 * violation
        assert step.metrics["shaped_reward"][window] == pytest.approx(shaped)
    assert (read(step.observation, "granted", config) == grant).all()
    assert (read(step.observation, "progress", config) == 0.01).all()


def test_faithful_keeps_its_window_for_an_episode_and_its_prices_for_the_environment() -> None:
    config = replace(CONFIGURATIONS.load("faithful_3x5"), episode=2)
    simulator = Simulator(config, 4, seed())
    seen = [simulator.observation, simulator.step(np.zeros((4, 5, 3))).observation]
    seen.append(simulator.reset())
    for name, kept in (("supply", False), ("demand", False), ("priority", True), ("cost", True)):
        first, second, new = (read(observation, name, config) for observation in seen)
        assert (first == second).all()
        assert (first == new).all() == kept


def test_shaping_fines_what_has_gathered_in_an_episode() -> None:
    config = CONFIGURATIONS.load("faithful_3x5")
    simulator = Simulator(config, 1, seed())
    ones = np.ones((1, 5, 3))
    steps = [simulator.step(ones) for _ in range(3)]
    fines = [
        (step.reward + 0.1 * step.metrics["value"] - step.metrics["shaped_reward"])[0]
        for step in steps
    ]
    violation = ((5 - read(simulator.observation, "supply", config)[0]) ** 2).sum()
    assert fines == pytest.approx([0.5 * n * violation for n in (1, 2, 3)])


def test_noise_on_actions_shrinks_and_stays_in_the_box() -> None:
    config = replace(CONFIGURATIONS.load("faithful_3x5"), action_noise=0.1)
    simulator = Simulator(config, 2000, seed())
    half = np.full((2000, 5, 3), 0.5)
    spread = [read(simulator.step(half).observation, "granted", config).std() for _ in range(100)]
    assert spread[0] == pytest.approx(0.1, rel=0.02)
    assert spread[99] == pytest.approx(0.1 * 0.995**99, rel=0.02)
    edge = read(simulator.reset(seed()), "granted", config)
    assert (edge == 0).all()


@given(st.integers(0, 2**32 - 1))
def test_leontief_serves_what_the_scarcest_resource_allows(number: int) -> None:
    config = CONFIGURATIONS.load("leontief_3x5")
    simulator = Simulator(config, 5, seed(number))
    seen = simulator.observation
    need, cost = read(seen, "requirement", config), read(seen, "cost", config)
    share = action_set(config).check(actions(config, 5, number, most=1.0), seen)
    reward = simulator.step(share).reward
    grant = share[..., None] * need
    served = np.minimum((grant / need).min(axis=-1), 1.0)
    expected = (read(seen, "priority", config) * served).mean(axis=1)
    expected -= 0.1 * np.einsum("wtr,wr->w", grant, cost)
    assert reward == pytest.approx(expected)


def test_a_share_is_that_of_the_resource_of_which_least_is_granted() -> None:
    grant = np.array([[[0.1, 0.3], [0.2, 0.2], [0.5, 0.5], [0.1, 0.0]]])
    need = np.array([[[0.2, 0.3], [0.2, 0.8], [0.4, 0.3], [0.1, 0.0]]])
    # The last needs nothing of what it is not granted, but tiny needs count as 1e-4.
    assert leontief_share(grant, need)[0] == pytest.approx([0.5, 0.25, 1.0, 0.0])


def test_a_forecast_is_paid_for_used_or_not() -> None:
    config = CONFIGURATIONS.load("forecast_3x5")
    simulator = Simulator(config, 500, seed())
    assert isinstance(simulator.scene, ShareScene)
    seen, factor = simulator.observation, simulator.scene.factor
    need, cost = read(seen, "requirement", config), read(seen, "cost", config)
    grant = action_set(config).check(actions(config, 500, most=1.5), seen)
    step = simulator.step(grant)
    served = np.minimum(grant / factor, 1)
    reward = (read(seen, "priority", config) * served).mean(axis=1)
    reward -= 0.1 * np.einsum("wt,wtr,wr->w", grant, need, cost)
    assert step.reward == pytest.approx(reward)
    assert (step.metrics["waste"] > 0).any()


def test_the_truth_is_the_forecast_times_a_factor_of_mean_one() -> None:
    config = CONFIGURATIONS.load("forecast_3x5")
    predicted = Simulator(config, 300, seed())
    perfect = Simulator(replace(config, information="perfect"), 300, seed())
    forecast, truth = (
        read(simulator.observation, "requirement", config) for simulator in (predicted, perfect)
    )
    assert isinstance(predicted.scene, ShareScene)
    factor = predicted.scene.factor
    assert truth == pytest.approx(forecast * factor[..., None])
    many = factors(config, np.random.default_rng(0), 40_000)
    assert many.mean() == pytest.approx(1, abs=0.005)
    assert np.log(many).std() == pytest.approx(0.4, abs=0.005)
    inside = np.quantile(many, (np.arange(16) + 0.5) / 16)
    assert factor_quantiles(0.4) == pytest.approx(inside, rel=0.02)
    assert highest(config) == pytest.approx(factor_quantiles(0.4)[-1])
    assert highest(perfect.config) == 1


def test_a_gang_is_served_whole_in_the_order_of_what_is_asked() -> None:
    need = np.array([[[0.4, 0.1], [0.5, 0.2], [0.3, 0.1], [0.1, 0.1]]])
    supply = np.array([[0.8, 1.0]])
    # The second comes first, the first does not fit beside it, the last asks for too little.
    served = serve_whole(np.array([[0.8, 0.9, 0.6, 0.4]]), need, supply)
    assert served.tolist() == [[0, 1, 1, 0]]
    assert serve_whole(np.ones((1, 4)), need, supply).tolist() == [[1, 0, 1, 1]]
    for members in ([1, 0, 1, 1], [0, 1, 0, 1], [0, 0, 0, 0]):
        assert serve_whole(np.array([members], float), need, supply).tolist() == [members]
