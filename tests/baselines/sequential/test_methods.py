"""Schedulers of sequential slices: nobody beats the bound, and who knows more loses less."""

from dataclasses import replace

import numpy as np
import pytest

from difsched.baselines.method import NotServed, Task
from difsched.baselines.references import reference_losses, unscored
from difsched.baselines.registry import methods
from difsched.baselines.sequential.estimate import MemoryCurves
from difsched.baselines.slice.deadlines.hidden import ClassFilter, FilteredCurves
from difsched.env.sequential.config import SequentialConfig
from difsched.env.sequential.dataset import SequentialDataset
from difsched.env.slice.random_data import collect_random
from difsched.evaluation import Scores, evaluate

ONE_CLASS = SequentialConfig(
    N_user=4, B=24, retransmit=1, sigmoid_k_list=[0.3], sigmoid_s_list=[10.0], LEN_episode=20
)
#: Two classes that differ much, and stay.
HIDDEN = SequentialConfig(
    N_user=4,
    B=60,
    retransmit=1,
    sigmoid_k_list=[0.5, 0.5],
    sigmoid_s_list=[4.0, 22.0],
    channel_stay=0.95,
    channel_information=False,
    history=4,
    LEN_episode=20,
)
KNOWN = methods("sequential")


def scored(name: str, config: SequentialConfig, windows: int = 80) -> Scores:
    method = KNOWN[name]
    view = method.view(config)
    data = SequentialDataset.of(collect_random(config, 20_000)) if method.learns else None
    return evaluate(method.fit(Task(view, data=data)), view, None, windows)


def loss(name: str, config: SequentialConfig, windows: int = 400) -> float:
    return float(scored(name, config, windows).loss.mean())


@pytest.fixture(scope="module")
def least() -> np.ndarray:
    return scored("bound", ONE_CLASS, 40).loss.mean(axis=1)


@pytest.mark.parametrize(
    "name", ["equal", "oracle", "least_lost_now", "deadline", "round_robin", "plan"]
)
def test_nobody_beats_the_bound_in_any_episode(name: str, least: np.ndarray) -> None:
    lost = scored(name, ONE_CLASS, 40).loss.mean(axis=1)
    assert (lost >= least - 1e-9).all()
    if name == "plan":
        assert lost.mean() < 1.25 * least.mean()


def test_nobody_beats_the_bound_by_luck_on_average() -> None:
    assert loss("bound", HIDDEN, 40) < loss("filter_round_robin", HIDDEN, 40)


def test_a_score_is_0_for_the_oracle_of_the_window_and_100_for_the_bound() -> None:
    scale = reference_losses(ONE_CLASS, None, 40)
    assert scale["bound"] < scale["oracle_predicted"]
    assert unscored(scale, ONE_CLASS) is None


def test_knowing_deadlines_pays() -> None:
    plug_in, now, rule, turns = (
        loss(name, replace(ONE_CLASS, B=36))
        for name in ("oracle_predicted", "least_lost_now", "deadline", "round_robin")
    )
    assert turns < now < plug_in
    assert rule < now
    # Who has to estimate the link loses little to who is told it.
    assert turns <= loss("estimate_round_robin", replace(ONE_CLASS, B=36)) < 1.05 * turns


def test_what_was_acknowledged_tells_of_a_hidden_channel() -> None:
    blind, filtered = loss("round_robin", HIDDEN), loss("filter_round_robin", HIDDEN)
    assert filtered < 0.8 * blind
    assert loss("estimate_memory", HIDDEN) < loss("estimate_isotonic", HIDDEN)
    assert loss("estimate_round_robin", HIDDEN) < loss("estimate_memory", HIDDEN)


def test_the_filter_reads_the_history_from_its_oldest_window() -> None:
    known = FilteredCurves.known(HIDDEN)
    assert known.chances(np.zeros((3, 12))).tolist() == [[0.5, 0.5]] * 3
    curves = ClassFilter(known.filter.curves, HIDDEN.channel_stay)
    chances = curves.prior(())
    history = [(12, 0.9, 50.0), (15, 0.2, 40.0), (0, 0.0, 0.0), (10, 0.5, 30.0)]
    for granted, share, sent in reversed(history):
        chances = curves.predict(curves.update(chances, sent, share * sent, np.array(granted)))
    shown = np.array(history).reshape(1, -1)
    np.testing.assert_allclose(known.chances(shown)[0], chances)


def test_buckets_of_memory_tell_good_channels_from_bad() -> None:
    data = SequentialDataset.of(collect_random(HIDDEN, 20_000)).shown(HIDDEN)
    curves = MemoryCurves.fit(data, HIDDEN.B)
    seen = np.zeros((2, 1, 5 + 12))
    seen[:, :, 5:8] = [[[15, 0.95, 60]], [[15, 0.05, 60]]]
    good, bad = curves.of(seen)[:, 0]
    assert good[12] > bad[12] + 0.5
    assert (np.diff(curves.curves, axis=1) >= 0).all()
    assert curves.bucket(np.zeros((1, 1, 17))).item() == 36


@pytest.mark.parametrize(
    ("name", "changes", "reason"),
    [
        ("deadline", {"retransmit": 0}, "no packet waits"),
        ("predictive", {"retransmit": 0}, "no packet waits"),
        ("estimate_round_robin", {"retransmit": 0}, "no packet waits"),
        ("filter_round_robin", {"channel_information": True}, "channel shown"),
        ("estimate_memory", {"history": 0}, "no history"),
    ],
)
def test_who_does_not_apply_says_why(name: str, changes: dict[str, object], reason: str) -> None:
    config = replace(HIDDEN, **changes)  # type: ignore[arg-type]
    with pytest.raises(NotServed, match=reason):
        KNOWN[name].fit(Task(config))
