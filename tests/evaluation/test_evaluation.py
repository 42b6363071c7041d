"""Scores on the common test windows, and intervals."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from difsched.baselines.slice.heuristics import EqualPolicy, ProportionalPolicy
from difsched.baselines.slice.oracle import OraclePolicy
from difsched.config import ConfigManager, EnvironmentConfig
from difsched.env.slice.traffic.generator import Trace, load_traffic
from difsched.errors import InputError
from difsched.evaluation import evaluate
from difsched.evaluation.statistics import t_interval
from experiments.stages.train import CURVE_WINDOWS, Assessment, Curve


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


@pytest.mark.parametrize("retransmit", [0, 2])
def test_the_first_windows_are_those_of_the_whole_with_their_channels(
    retransmit: int, config: EnvironmentConfig, trace: Trace
) -> None:
    mixed = replace(
        config,
        sigmoid_k_list=(0.1, 0.3, 0.6),
        sigmoid_s_list=(8.0, 12.0, 16.0),
        channel_stay=0.5,
        retransmit=retransmit,
    )
    whole, first = Recorder(config.B), Recorder(config.B)
    all_of_it = evaluate(whole, mixed, trace, 400)
    prefix = evaluate(first, mixed, trace, 400, first=60)
    assert np.array_equal(prefix.loss, all_of_it.loss[:3])
    for name, values in prefix.figures.items():
        assert np.array_equal(values, all_of_it.figures[name][:3])
    for seen, of in zip(first.seen, whole.seen, strict=True):
        assert np.array_equal(seen, of[:3])


@pytest.mark.parametrize(
    ("windows", "first", "line"),
    [
        (59, None, "n_windows = 59: must be a multiple of 20, .*, such as 40 or 60"),
        (400, 59, "first = 59: must be a multiple of 20, .*, such as 40 or 60"),
        (400, 420, "first = 420: must be .* in 1..400"),
        (0, None, "n_windows = 0: must be .* in 20..1000000"),
        (40.0, None, "n_windows = 40.0: must be"),
    ],
)
def test_windows_that_are_no_whole_episodes_are_refused(
    windows: int, first: int | None, line: str, config: EnvironmentConfig, trace: Trace
) -> None:
    with pytest.raises(InputError, match=line):
        evaluate(EqualPolicy(config.B), config, trace, windows, first=first)


def test_grants_of_another_shape_are_refused_and_not_spread(
    config: EnvironmentConfig, trace: Trace
) -> None:
    class OneWindow:
        def act(self, observation: NDArray[Any]) -> NDArray[np.int64]:
            return EqualPolicy(config.B).act(observation)[0]

    with pytest.raises(InputError, match="allocation has shape"):
        evaluate(OneWindow(), config, trace, 40)


def test_a_point_of_the_curve_is_scored_on_the_first_windows_of_the_final_score(
    tmp_path: Path,
) -> None:
    config = ConfigManager().load_env_config(2)
    traffic = load_traffic(config.dataflow)
    policy = OraclePolicy(config.B)
    Curve(tmp_path, Assessment(config, traffic, 400)).point(1, policy, {})
    line = json.loads((tmp_path / "metrics.jsonl").read_text())
    final = evaluate(policy, config, traffic.test, 400).loss
    assert (line["loss"], line["windows"]) == (final[:10].mean(), CURVE_WINDOWS)


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
    assert evaluate(EqualPolicy(config.B), config, trace, 40).figures["starved"].max() == 0
    strict = replace(config, r_bar=50)
    assert evaluate(EqualPolicy(config.B), strict, trace, 40).figures["starved"].min() == 1


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
