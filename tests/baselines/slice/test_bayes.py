"""The oracle that knows what its forecasts are worth."""

from dataclasses import replace

import numpy as np
import pytest

from difsched.baselines.method import Task
from difsched.baselines.registry import find
from difsched.baselines.slice.bayes import BayesPolicy, DemandModel, effective_demand
from difsched.baselines.slice.oracle import OraclePolicy
from difsched.config import EnvironmentConfig
from difsched.env.slice.traffic.generator import Trace, Traffic
from difsched.evaluation import evaluate
from difsched.evaluation.statistics import t_interval

RNG = np.random.default_rng(7)


def noisy_trace(windows: int, seed: int, gain: float = 1.0) -> Trace:
    """Normal demands (mean 80, sd 20), forecast with independent normal errors of the same sd."""
    rng = np.random.default_rng(seed)
    packets = rng.normal(80, 20, windows).round().clip(0, 200).astype(np.int64)
    return Trace(packets, gain * (packets + rng.normal(0, 20, windows)))


def observe(forecast: np.ndarray, previous: np.ndarray) -> np.ndarray:
    slope, midpoint = np.full(forecast.shape, 0.3), np.full(forecast.shape, 10.0)
    return np.stack([forecast, previous, slope, midpoint], axis=-1)


@pytest.mark.parametrize("gain", [1.0, 0.2, -1.0])
def test_with_independent_noise_the_conditional_mean_and_variance_are_recovered(
    gain: float,
) -> None:
    model = DemandModel.fit(noisy_trace(40_000, 0, gain))
    forecast = np.linspace(30, 130, 11)
    mean, variance = model.predict(gain * forecast, np.full(11, 80.0))
    np.testing.assert_allclose(mean, 80 + (forecast - 80) / 2, atol=2.5)
    assert variance.mean() == pytest.approx(20**2 / 2, rel=0.1)


def test_the_window_before_counts_as_far_as_it_tells_something() -> None:
    rng = np.random.default_rng(1)
    packets = (80 + 20 * np.sin(np.arange(20_000) / 3)).round().astype(np.int64)
    forecast = np.roll(packets, 1) + rng.normal(0, 60, len(packets))
    mean, _ = DemandModel.fit(Trace(packets, forecast)).predict(forecast, np.roll(packets, 1))
    error = np.sqrt(np.mean((packets - mean) ** 2))
    assert error < 0.15 * np.sqrt(np.mean((packets - forecast) ** 2))


def test_the_mean_never_falls_where_the_index_rises() -> None:
    model = DemandModel.fit(noisy_trace(3000, 2))
    assert (np.diff(model.index) > 0).all()
    assert (np.diff(model.mean) >= 0).all()
    mean, variance = model.predict(np.linspace(-300, 500, 2001), np.full(2001, 80.0))
    assert (np.diff(mean) >= -1e-9).all()
    assert (mean >= 0).all() and (variance >= 0).all()


@pytest.mark.parametrize(
    "trace",
    [
        Trace(np.array([3]), np.array([1.0])),
        Trace(np.zeros(500, dtype=np.int64), np.zeros(500)),
        Trace(np.arange(500) % 7, np.full(500, 3.0)),
    ],
    ids=["one window", "nothing sent", "constant forecast"],
)
def test_poor_traces_still_give_finite_predictions(trace: Trace) -> None:
    model = DemandModel.fit(trace)
    mean, variance = model.predict(np.array([0.0, 3.0, 200.0]), np.array([0.0, 3.0, 200.0]))
    assert np.isfinite(mean).all() and np.isfinite(variance).all()
    grants = BayesPolicy(30, model).act(observe(np.zeros((2, 3)), np.zeros((2, 3))))
    assert (grants.sum(axis=1) == 30).all()


def test_effective_demand_is_proportional_to_the_expected_share() -> None:
    mean, deviation = np.array([50.0, 50.0, 90.0, 20.0]), np.array([5.0, 25.0, 15.0, 4.0])
    demand = np.random.default_rng(3).gamma(
        (mean / deviation) ** 2, deviation**2 / mean, (400_000, 4)
    )
    share = (demand / demand.sum(axis=1, keepdims=True)).mean(axis=0)
    ours = effective_demand(mean[None], deviation[None] ** 2)[0]
    np.testing.assert_allclose(ours / ours.sum(), share, atol=1e-3)
    # The mean alone is further off: of two users with one mean the surer one has the larger share.
    assert np.abs(mean / mean.sum() - share).max() > 5e-3


def test_effective_demand_is_the_demand_itself_when_that_is_certain() -> None:
    demand = np.array([[0.0, 3.0, 80.0], [0.0, 0.0, 0.0]])
    np.testing.assert_array_equal(effective_demand(demand, np.zeros(demand.shape)), demand)
    assert (effective_demand(np.zeros((1, 2)), np.ones((1, 2))) == 0).all()


def test_with_a_perfect_forecast_it_delivers_what_the_oracle_does(
    config: EnvironmentConfig,
) -> None:
    packets = RNG.integers(0, 201, 1000)
    trace = Trace(packets, packets.astype(float))
    bayes = evaluate(BayesPolicy(config.B, DemandModel.fit(trace)), config, trace, 200)
    oracle = evaluate(OraclePolicy(config.B), replace(config, information="perfect"), trace, 200)
    np.testing.assert_allclose(bayes.loss, oracle.loss, atol=1e-9)


def test_with_poor_forecasts_it_loses_less_than_taking_them_for_the_truth(
    config: EnvironmentConfig,
) -> None:
    test = noisy_trace(2000, 4, gain=1.0)
    poor = Trace(test.packets, 3 * test.forecast - 160)
    train = noisy_trace(3000, 5)
    model = DemandModel.fit(Trace(train.packets, 3 * train.forecast - 160))
    bayes = evaluate(BayesPolicy(config.B, model), config, poor, 1000).loss.mean(axis=1)
    plain = evaluate(OraclePolicy(config.B), config, poor, 1000).loss.mean(axis=1)
    gain = t_interval(plain - bayes)
    assert gain.mean - gain.half_width > 0.005


def test_it_is_fitted_on_the_training_trace_alone(config: EnvironmentConfig) -> None:
    train, other = noisy_trace(600, 6), noisy_trace(600, 7, gain=5.0)
    method = find("oracle_bayes")
    assert method.view(replace(config, information="perfect")).information == "predicted"
    policies = [
        method.fit(Task(config, Traffic("thumb_fr", "traces", train, test)))
        for test in (train, other)
    ]
    seen = observe(RNG.uniform(0, 150, (40, 8)), RNG.uniform(0, 150, (40, 8)))
    first, second = (policy.act(seen) for policy in policies)
    np.testing.assert_array_equal(first, second)


def test_waiting_packets_add_to_what_the_forecast_is_worth(config: EnvironmentConfig) -> None:
    policy = BayesPolicy(config.B, DemandModel.fit(noisy_trace(600, 8)))
    seen = observe(np.full((1, 8), 80.0), np.full((1, 8), 80.0))
    waiting = np.zeros((1, 8, 2))
    waiting[0, 0] = [30.0, 40.0]
    seen[..., 0] += waiting.sum(axis=-1)
    with_waiting = policy.act(np.concatenate([seen, waiting], axis=-1))
    assert with_waiting[0, 0] > with_waiting[0, 1:].max()
    assert with_waiting.sum() == config.B
