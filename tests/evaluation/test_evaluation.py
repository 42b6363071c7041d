"""Scores on the common test windows, and intervals."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from baselines.heuristics import EqualPolicy, ProportionalPolicy
from baselines.oracle import OraclePolicy
from difsched.config import EnvironmentConfig
from difsched.env.slice.traffic import Trace
from difsched.evaluation import evaluate
from difsched.evaluation.statistics import t_interval


class Recorder:
    """An equal split that remembers what it was shown."""

    def __init__(self, budget: int) -> None:
        self.inner = EqualPolicy(budget)
        self.seen: list[NDArray[Any]] = []

    def act(self, observation: NDArray[Any]) -> NDArray[np.int64]:
        self.seen.append(observation)
        return self.inner.act(observation)


def test_every_method_meets_the_same_windows(config: EnvironmentConfig, trace: Trace) -> None:
    predicted, perfect = Recorder(config.B), Recorder(config.B)
    a = evaluate(predicted, config, trace, 200)
    b = evaluate(perfect, replace(config, information="perfect"), trace, 200)
    assert np.array_equal(a.loss, b.loss)
    for forecast, truth in zip(predicted.seen, perfect.seen, strict=True):
        assert np.array_equal(forecast[..., 1:], truth[..., 1:])
        assert forecast[..., 0] == pytest.approx(0.8 * truth[..., 0] + 10)


def test_more_information_or_a_better_rule_never_loses_more(
    config: EnvironmentConfig, trace: Trace
) -> None:
    truth = replace(config, information="perfect")
    loss = {
        "equal": evaluate(EqualPolicy(config.B), config, trace, 400).loss.mean(),
        "proportional": evaluate(ProportionalPolicy(config.B), truth, trace, 400).loss.mean(),
        "oracle": evaluate(OraclePolicy(config.B), truth, trace, 400).loss,
    }
    assert loss["oracle"].mean() < loss["proportional"] < loss["equal"]
    forecast = evaluate(OraclePolicy(config.B), config, trace, 400).loss
    assert (loss["oracle"] <= forecast + 1e-12).all()


def test_starved_users_are_those_below_the_floor(config: EnvironmentConfig, trace: Trace) -> None:
    assert evaluate(EqualPolicy(config.B), config, trace, 40).starved.max() == 0
    strict = replace(config, r_bar=50)
    assert evaluate(EqualPolicy(config.B), strict, trace, 40).starved.min() == 1


def test_the_t_interval_is_students() -> None:
    summary = t_interval([1.0, 2.0, 4.0])
    # By hand: mean 7/3, sd sqrt(7/3), t_{0.975, 2} = 4.302653.
    assert summary.mean == pytest.approx(7 / 3)
    assert summary.half_width == pytest.approx(4.302653 * np.sqrt(7 / 3 / 3), rel=1e-6)
    assert np.isnan(t_interval([3.0]).half_width)


def test_the_t_interval_covers_as_often_as_it_says_with_three_values() -> None:
    samples = np.random.default_rng(0).standard_normal((4000, 3))
    covered = [abs(s.mean) <= s.half_width for s in map(t_interval, samples)]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.01)
