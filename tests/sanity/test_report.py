"""The sanity report: its figures, and what it says of traffic that is not worth a training."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from difsched.config import EnvironmentConfig
from difsched.env.slice.link.calibration import LinkFit
from difsched.env.slice.link.table import LinkTable
from difsched.env.slice.traffic.generator import Trace, Traffic
from difsched.sanity.report import (
    as_text,
    autocorrelation,
    sanity_report,
    trace_statistics,
)
from difsched.utils.files import to_json


def counts(seed: int, windows: int = 2000) -> NDArray[np.int64]:
    """Return counts that remember the window before, mean about 60."""
    noise = np.random.default_rng(seed).normal(0, 20, windows)
    for window in range(1, windows):
        noise[window] += 0.6 * noise[window - 1]
    return np.clip(60 + noise, 0, 200).round().astype(np.int64)


def traffic(train: Any, test: Any, forecast: Any = None) -> Traffic:
    """Return traffic whose forecast is near the truth, unless that of the test is given."""
    seen = 0.9 * test + 5 if forecast is None else forecast
    return Traffic("thumb_fr", "traces", Trace(train, 0.9 * train + 5), Trace(test, seen))


def report(one: Traffic, config: EnvironmentConfig, **links: LinkFit) -> dict[str, Any]:
    return sanity_report({"2": config}, {"thumb_fr": one}, LinkTable(links, []), 40)


def test_statistics_are_those_of_their_definitions() -> None:
    packets = np.array([0, 10, 20, 30, 200, 0])
    one = trace_statistics(Trace(packets, packets + np.array([3, -3, 3, -3, 3, -3])), 200)
    assert one["windows"] == 6
    assert one["mean"] == pytest.approx(260 / 6)
    assert one["empty"] == pytest.approx(2 / 6) and one["full"] == pytest.approx(1 / 6)
    assert one["quantile"]["50"] == 15
    assert one["forecast_rmse"] == pytest.approx(3)
    steps = [10, 10, 10, 170, -200]
    assert one["persistence_rmse"] == pytest.approx(np.sqrt(np.mean(np.square(steps))))


def test_an_alternating_trace_has_autocorrelations_of_both_signs_and_a_constant_none() -> None:
    alternating = np.tile([0, 10], 500)
    assert autocorrelation(alternating, 1) == pytest.approx(-1, abs=0.002)
    assert autocorrelation(alternating, 2) == pytest.approx(1, abs=0.003)
    assert autocorrelation(np.full(9, 7), 1) is None
    assert autocorrelation(np.array([1, 2]), 5) is None


def test_sound_traffic_has_its_figures_and_no_warning(config: EnvironmentConfig) -> None:
    found = report(traffic(counts(0), counts(1)), config, street=LinkFit(0.3, 10.0, 0.01))
    assert found["warnings"] == []
    one = found["configurations"]["2"]
    assert one["loss"]["oracle"] <= one["loss"]["oracle_predicted"] < one["loss"]["equal"]
    assert one["kappa"] > 1
    assert to_json(found)
    text = as_text(found)
    assert "nothing looks wrong" in text and "sigmoid_k_list: [0.3]" in text


SOUND = counts(2)


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (traffic(np.full(300, 50), np.full(300, 50)), "constant, 50 packets"),
        (traffic(0 * SOUND, 0 * SOUND), "no window has a packet"),
        (traffic(SOUND, np.where(np.arange(2000) % 50, SOUND, 200)), "2% of the windows are satu"),
        (traffic(SOUND, np.where(np.arange(2000) % 5, 0, SOUND)), "are empty"),
        (traffic(SOUND, SOUND[:100]), "100 windows: every user meets the same few"),
        (traffic(SOUND, np.minimum(2 * SOUND, 199)), "other traffic than they learn from"),
        (traffic(SOUND, SOUND, SOUND), "forecast is the truth"),
        (traffic(SOUND, SOUND, np.roll(SOUND, 700)), "leave the forecast out"),
        (traffic(SOUND, SOUND, SOUND + 15), "trust it too much"),
    ],
)
def test_traffic_that_looks_wrong_is_said_in_words(
    config: EnvironmentConfig, one: Traffic, words: str
) -> None:
    found = report(one, config)["warnings"]
    assert any(words in line for line in found), found
    assert all("thumb_fr" in line or "config 2" in line for line in found)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"B": 400}, "nothing to gain"),
        ({"B": 400}, "nobody need be dropped"),
        ({"B": 3, "sigmoid_s_list": [30.0] * 5}, "even the oracle on the truth loses"),
    ],
)
def test_a_slice_with_nothing_to_learn_is_said_in_words(
    config: EnvironmentConfig, changes: dict[str, Any], words: str
) -> None:
    found = report(traffic(counts(0), counts(1)), replace(config, **changes))["warnings"]
    assert any(words in line for line in found), found


def test_a_link_that_is_not_logistic_is_said_in_words(config: EnvironmentConfig) -> None:
    found = report(traffic(counts(0), counts(1)), config, odd=LinkFit(0.3, 10.0, 0.12))
    (line,) = found["warnings"]
    assert line.startswith("link odd: the logistic curve misses the table by 0.12")
