from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from difsched.config.base import read_yaml
from difsched.env.slice.traffic import prediction
from difsched.env.slice.traffic.generator import load_traffic
from difsched.env.slice.traffic.prediction import (
    BLOCKS,
    GUARD,
    LAGS,
    cross_fit,
    fit,
    forecast_errors,
    inputs,
    root_mean_square,
    signal_features,
)
from difsched.env.slice.traffic.presets import PRESETS, TrafficPreset
from difsched.env.slice.traffic.signals import Signal

SEEDS = [999, 1, 2]
TARGET = {"thumb_fr": 0.80, "thumb_bk": 0.75}  # largest error, as a share of persistence's
LENGTH = 200


def autoregressive_counts(windows, seed=0):
    """Counts with the memory c_t = 20 + .5 c_{t-1} + .2 c_{t-2} + noise of deviation 10."""
    noise = 10 * np.random.default_rng(seed).standard_normal(windows)
    counts = np.full(windows, 66.0)
    for t in range(2, windows):
        counts[t] = 20 + 0.5 * counts[t - 1] + 0.2 * counts[t - 2] + noise[t]
    return np.clip(counts.round(), 0, LENGTH).astype(int)


# --- causality ------------------------------------------------------------------------------------


@lru_cache(maxsize=4)
def realisation(dataflow, windows=60):
    preset = TrafficPreset.from_dict(read_yaml(PRESETS / f"{dataflow}.yaml"))
    return preset.realise(windows * LENGTH, np.random.default_rng(0))


def forecasts(signal, model):
    packets = signal.sent.reshape(-1, LENGTH).sum(axis=1)
    return model(inputs(packets, signal_features(signal, LENGTH)))


@settings(deadline=None, max_examples=30)
@given(st.sampled_from(sorted(TARGET)), st.integers(0, 59), st.integers(0, 2**32 - 1))
def test_changing_the_signal_from_a_window_on_changes_no_forecast_up_to_that_window(
    dataflow, window, seed
):
    signal = realisation(dataflow)
    packets = signal.sent.reshape(-1, LENGTH).sum(axis=1)
    model = fit(inputs(packets, signal_features(signal, LENGTH)), packets, LENGTH)
    rng, future = np.random.default_rng(seed), slice(window * LENGTH, None)
    values, sent, scaled = signal.values.copy(), signal.sent.copy(), signal.scaled.copy()
    values[future] = rng.standard_normal(values[future].shape)
    sent[future] = rng.random(sent[future].shape) < 0.5
    scaled[future] = 100 * rng.standard_normal(scaled[future].shape)
    before = forecasts(signal, model)
    after = forecasts(Signal(values, sent, scaled), model)
    np.testing.assert_array_equal(before[: window + 1], after[: window + 1])
    if window < 50:
        assert (before != after)[window + 1 :].any()


def test_the_inputs_of_a_window_are_the_counts_and_features_before_it():
    counts = np.arange(100, 130)
    features = np.arange(60.0).reshape(30, 2)
    known = inputs(counts, features)
    assert known.shape == (30, LAGS + 2)
    np.testing.assert_array_equal(known[20, :LAGS], counts[19 : 19 - LAGS : -1])
    np.testing.assert_array_equal(known[20, LAGS:], features[19])
    assert np.isnan(known[0]).all()
    assert np.isnan(known[5]).sum() == LAGS - 5


@settings(deadline=None, max_examples=20)
@given(st.integers(0, BLOCKS - 1), st.integers(0, 2**32 - 1))
def test_no_training_window_helps_to_forecast_itself(block, seed):
    counts = autoregressive_counts(500)
    known = inputs(counts)
    mine = np.array_split(np.arange(500), BLOCKS)[block]
    changed = counts.copy()
    near = np.arange(max(0, mine[0] - GUARD), min(500, mine[-1] + 1 + GUARD))
    changed[near] = np.random.default_rng(seed).integers(0, LENGTH, len(near))
    before = cross_fit(known, counts, LENGTH)
    after = cross_fit(known, changed, LENGTH)
    np.testing.assert_array_equal(before[mine], after[mine])


# --- the regression -------------------------------------------------------------------------------


def test_the_regression_finds_the_process_that_made_the_counts():
    counts = autoregressive_counts(20_000)
    model = fit(inputs(counts), counts, LENGTH)
    weights = model.weights / model.scale
    np.testing.assert_allclose(weights[:2], [0.5, 0.2], atol=0.02)
    np.testing.assert_allclose(weights[2:], 0, atol=0.03)
    assert forecast_errors(counts, model(inputs(counts)), counts, LENGTH)["ar12"] == pytest.approx(
        10, rel=0.03
    )


def test_with_next_to_no_penalty_the_regression_is_least_squares(monkeypatch):
    monkeypatch.setattr(prediction, "RIDGE", 1e-9)
    rng = np.random.default_rng(0)
    known, packets = rng.standard_normal((200, 4)), rng.integers(0, 50, 200)
    design = np.column_stack([known, np.ones(200)])
    expected = np.clip(design @ np.linalg.lstsq(design, packets)[0], 0, 50)
    np.testing.assert_allclose(fit(known, packets, 50)(known), expected, atol=1e-6)


def test_forecasts_stay_within_what_a_window_can_hold():
    counts = autoregressive_counts(200)
    model = fit(inputs(counts), counts, LENGTH)
    wild = model(1e6 * np.random.default_rng(0).standard_normal((50, LAGS)))
    assert wild.min() == 0 and wild.max() == LENGTH


def test_a_window_of_which_nothing_is_known_is_forecast_as_the_mean():
    counts = autoregressive_counts(400)
    model = fit(inputs(counts), counts, LENGTH)
    assert model(inputs(counts))[0] == counts[LAGS:].mean()


@pytest.mark.parametrize("windows", [1, 2, 5, 13, 30])
def test_short_traces_are_forecast_too(windows):
    counts = autoregressive_counts(windows)
    forecast = cross_fit(inputs(counts), counts, LENGTH)
    assert np.isfinite(forecast).all() and forecast.shape == (windows,)
    assert np.isfinite(fit(inputs(counts), counts, LENGTH)(inputs(counts))).all()


def test_a_constant_trace_is_forecast_exactly():
    counts = np.full(100, 42)
    np.testing.assert_allclose(cross_fit(inputs(counts), counts, LENGTH), 42)


# --- accuracy -------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("dataflow", sorted(TARGET))
def test_forecasts_of_generated_traffic_beat_persistence_and_err_alike_in_train_and_test(
    dataflow, seed
):
    loaded = load_traffic(dataflow, seed=seed)
    errors = {}
    for split in ("train", "test"):
        trace = getattr(loaded, split)
        report = forecast_errors(trace.packets, trace.forecast, loaded.train.packets, LENGTH)
        assert report["forecast"] <= TARGET[dataflow] * report["persistence"]
        assert report["forecast"] < report["ar12"] < report["persistence"]
        errors[split] = report["forecast"]
    assert errors["train"] == pytest.approx(errors["test"], rel=0.05)


def test_a_csv_without_a_forecast_gets_one_as_good_as_an_autoregression(tmp_path):
    for split, windows, seed in (("train", 3000, 1), ("test", 1500, 2)):
        rows = enumerate(autoregressive_counts(windows, seed))
        lines = [f"{window},{packets}" for window, packets in rows]
        (tmp_path / f"mine_{split}.csv").write_text("\n".join(["window,packets", *lines]) + "\n")
    loaded = load_traffic("mine", traces=tmp_path)
    for trace in (loaded.train, loaded.test):
        report = forecast_errors(trace.packets, trace.forecast, loaded.train.packets, LENGTH)
        assert report["forecast"] <= 1.01 * report["ar12"]
        assert report["forecast"] == pytest.approx(10, rel=0.1)


def test_the_error_report_is_that_of_its_definitions():
    report = forecast_errors([1, 3, 3, 7], [1, 1, 1, 1], autoregressive_counts(300), LENGTH)
    assert report["forecast"] == pytest.approx(np.sqrt((0 + 4 + 4 + 36) / 4))
    assert report["persistence"] == pytest.approx(np.sqrt((4 + 0 + 16) / 3))
    assert root_mean_square([3, 4]) == pytest.approx(np.sqrt(12.5))
