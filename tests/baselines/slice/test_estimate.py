"""Estimate, then optimize: models from logged outcomes."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from difsched.baselines.slice.estimate import (
    MIN_SLOPE,
    Outcomes,
    fit_isotonic,
    fit_logistic,
    isotonic_on,
    logistic_on,
)
from difsched.baselines.slice.heuristics import EqualPolicy
from difsched.baselines.slice.oracle import OraclePolicy
from difsched.config import ConfigManager, EnvironmentConfig
from difsched.env.slice.dataset import OfflineDataset, collect
from difsched.env.slice.random_data import RandomPolicy
from difsched.env.slice.simulator import Simulator
from difsched.env.slice.traffic.generator import Trace, TrafficGenerator
from difsched.evaluation import evaluate
from difsched.utils.seeding import rng, seed_sequence

VARIANTS = [logistic_on, isotonic_on]


def noisy_trace(seed: int) -> Trace:
    generator = np.random.default_rng(seed)
    packets = generator.gamma(2.5, 22, 3000).round().clip(0, 200).astype(np.int64)
    return Trace(packets, packets + generator.normal(0, 12, 3000))


def logged(config: EnvironmentConfig, windows: int = 2000) -> OfflineDataset:
    simulator = Simulator(
        config,
        TrafficGenerator(noisy_trace(0)),
        windows // 20,
        outcomes="sampled",
        seed=seed_sequence(1, "log"),
    )
    return collect(simulator, RandomPolicy(config.B, rng(1, "grants")), 20)


@pytest.fixture(scope="module")
def dataset() -> OfflineDataset:
    return logged(ConfigManager().load_env_config(2))


@given(st.integers(0, 20), st.integers(1, 30), st.floats(0.01, 0.9), st.floats(0.005, 0.09))
def test_through_two_grants_the_logistic_curve_is_exact(
    low: int, apart: int, chance: float, rise: float
) -> None:
    sent = np.zeros(low + apart + 3)
    sent[[low, low + apart]] = 1e6, 3e6
    share = np.zeros(len(sent))
    share[[low, low + apart]] = chance, chance + rise
    slope, midpoint = fit_logistic(sent, sent * share)
    assert slope == pytest.approx((logit(chance + rise) - logit(chance)) / apart, rel=1e-3)
    assert expit(slope * (low - midpoint)) == pytest.approx(chance, rel=1e-3)


def test_the_likelihood_has_no_better_curve() -> None:
    generator = np.random.default_rng(0)
    sent = generator.integers(0, 400, 41)
    received = generator.binomial(sent, 0.9 * expit(0.2 * (np.arange(41) - 12)))  # not logistic
    slope, midpoint = fit_logistic(sent.astype(float), received.astype(float))

    def likelihood(k: float, s: float) -> float:
        odds = k * (np.arange(41) - s)
        return float((received * odds - sent * np.logaddexp(0, odds)).sum())

    best = likelihood(slope, midpoint)
    for factor in (0.98, 0.999, 1.001, 1.02):
        assert likelihood(slope * factor, midpoint) < best
        assert likelihood(slope, midpoint * factor) < best


@pytest.mark.parametrize(
    "shares", [[0, 0, 1, 1], [1, 1, 0, 0], [1, 1, 1, 1], [0, 0, 0, 0], [0.4, 0.4, 0.4, 0.4]]
)
def test_a_log_that_separates_or_says_nothing_still_gives_a_curve(shares: list[float]) -> None:
    sent = np.full(4, 50.0)
    slope, midpoint = fit_logistic(sent, sent * shares)
    assert slope >= MIN_SLOPE and np.isfinite(midpoint)
    fitted = expit(slope * (np.arange(4) - midpoint))
    target = shares if shares[0] <= shares[-1] else np.full(4, 0.5)  # RBs never harm
    np.testing.assert_allclose(fitted, target, atol=0.05)


@given(st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_isotonic_curve_never_falls_and_keeps_what_was_delivered(most: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    sent = generator.integers(0, 60, most + 1) * generator.integers(0, 2, most + 1)
    received = generator.binomial(sent, 0.5)
    curve = fit_isotonic(sent.astype(float), received.astype(float), most + 5)
    assert len(curve) == most + 6
    assert (np.diff(curve) >= 0).all() and curve.min() >= 0 and curve.max() <= 1
    assert sent @ curve[: most + 1] == pytest.approx(received.sum())


def test_isotonic_curve_is_the_shares_themselves_where_these_rise() -> None:
    curve = fit_isotonic(np.array([10.0, 0.0, 20.0, 40.0]), np.array([1.0, 0.0, 10.0, 30.0]), 5)
    np.testing.assert_allclose(curve, [0.1, 0.3, 0.5, 0.75, 0.75, 0.75])


@pytest.mark.parametrize("retransmit", [0, 2])
def test_every_logged_packet_is_counted_once(config: EnvironmentConfig, retransmit: int) -> None:
    config = replace(config, retransmit=retransmit)
    log = logged(config, 400)
    outcomes = Outcomes.count(log)
    assert len(outcomes.classes) == 5
    waited = log.observation[..., 4:].sum(dtype=float)
    assert outcomes.sent.sum() == pytest.approx(log.demand.sum(dtype=float) + waited)
    assert outcomes.delivered.sum() == log.delivered.sum()
    steepest = outcomes.classes[:, 0].argmax()
    mine = (log.observation[..., 2] == np.float32(0.5)) & (log.allocation == 12)
    assert outcomes.delivered[steepest, 12] == log.delivered[mine].sum()


@pytest.mark.parametrize("retransmit", [0, 2])
def test_the_true_curves_are_found(config: EnvironmentConfig, retransmit: int) -> None:
    policy = logistic_on(logged(replace(config, retransmit=retransmit)), config)
    np.testing.assert_allclose(policy.slope, [0.1, 0.2, 0.3, 0.4, 0.5], rtol=0.05)
    np.testing.assert_allclose(policy.midpoint, 10, atol=0.3)


@pytest.mark.parametrize("variant", VARIANTS)
def test_two_thousand_windows_bring_it_close_to_the_oracle(
    variant: type, dataset: OfflineDataset, config: EnvironmentConfig
) -> None:
    losses = [
        evaluate(policy, config, noisy_trace(1), 1000).loss.mean()
        for policy in (EqualPolicy(100), variant(dataset, config), OraclePolicy(100))
    ]
    assert (losses[0] - losses[1]) / (losses[0] - losses[2]) > 0.95


@pytest.mark.parametrize("variant", VARIANTS)
def test_channel_features_are_labels_and_not_parameters(
    variant: type, dataset: OfflineDataset, config: EnvironmentConfig
) -> None:
    seen = dataset.observation[:50].copy()
    renamed, log = seen.copy(), dataset.observation.copy()
    for array in (renamed, log):
        array[..., 2], array[..., 3] = 7 * array[..., 2] - 11, 3.0
    other = replace(dataset, observation=log)
    np.testing.assert_array_equal(
        variant(dataset, config).act(seen), variant(other, config).act(renamed)
    )


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_class_never_logged_is_served_like_its_neighbour(
    variant: type, dataset: OfflineDataset, config: EnvironmentConfig
) -> None:
    policy, seen = variant(dataset, config), dataset.observation[:50].astype(np.float64)
    strange = seen.copy()
    strange[..., 2] += 0.03
    np.testing.assert_array_equal(policy.act(strange), policy.act(seen))


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("budget", [40, 150])
def test_it_serves_another_budget_than_the_logged_one(
    variant: type, budget: int, dataset: OfflineDataset, config: EnvironmentConfig
) -> None:
    grants = variant(dataset, replace(config, B=budget)).act(dataset.observation[:30])
    assert (grants.sum(axis=1) == budget).all() and grants.min() >= 0
