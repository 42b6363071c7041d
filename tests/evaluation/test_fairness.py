"""Jain's index and the distribution of loss over user-windows."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from difsched.baselines.slice.heuristics import EqualPolicy, ProportionalPolicy
from difsched.config import EnvironmentConfig
from difsched.env.slice.simulator import QOS_LOSS, Simulator
from difsched.env.slice.traffic.generator import Trace, TrafficGenerator
from difsched.errors import InputError
from difsched.evaluation import evaluate
from difsched.evaluation.fairness import LOSS_LEVELS, jain_index, level_counts
from difsched.utils.files import to_json
from difsched.utils.seeding import seed_sequence

shares = arrays(np.float64, (2, 5), elements=st.floats(0, 1))
everybody = np.ones((2, 5), dtype=bool)


def test_jains_index_is_k_of_n_where_k_have_the_same() -> None:
    for k in range(1, 6):
        had = np.repeat([[0.7, 0.0]], [k, 5 - k], axis=1)
        assert jain_index(had, everybody[:1]) == pytest.approx([k / 5])
    # Who does not count is as if he were not there.
    counted = np.array([[True, True, False, False, False]])
    assert jain_index(np.array([[1.0, 0.0, 9.0, 9.0, 9.0]]), counted) == pytest.approx([0.5])
    assert jain_index(np.zeros((1, 5)), everybody[:1]) == 1
    assert jain_index(np.ones((1, 5)), ~everybody[:1]) == 1


@given(shares, st.floats(0.1, 10), st.permutations(range(5)))
def test_jains_index_knows_neither_units_nor_names(
    had: np.ndarray, scale: float, order: list[int]
) -> None:
    had = np.where(had < 1e-6, 0, had)
    index = jain_index(had, everybody)
    assert (index >= 1 / 5 - 1e-12).all()
    assert (index <= 1).all()
    assert jain_index(scale * had[:, order], everybody) == pytest.approx(index)


@given(shares, arrays(np.bool_, (2, 5)))
def test_counts_add_up_to_the_losses_at_or_below_each_level(
    loss: np.ndarray, counted: np.ndarray
) -> None:
    below = level_counts(loss, counted).cumsum(axis=1)
    for episode in range(2):
        known = loss[episode, counted[episode]]
        assert below[episode].tolist() == [(known <= level).sum() for level in LOSS_LEVELS]


def test_the_scores_are_those_of_every_user_window(config: EnvironmentConfig, trace: Trace) -> None:
    config = replace(config, r_bar=12)
    scores = evaluate(ProportionalPolicy(config.B), config, trace, 60)
    seed = seed_sequence(config.randomSeed, "test windows")
    simulator = Simulator(config, TrafficGenerator(trace), 3, outcomes="expected", seed=seed)
    demand, lost, grants = [], [], []
    for _ in range(20):
        grants.append(ProportionalPolicy(config.B).act(simulator.observe()))
        step = simulator.step(grants[-1])
        demand.append(step.demand)
        lost.append(step.lost)
    offered, missing, granted = (np.stack(part, axis=1) for part in (demand, lost, grants))
    for episode in range(3):
        active = offered[episode] > 0
        loss = missing[episode][active] / offered[episode][active]
        assert scores.figures["qos_met"][episode] == pytest.approx((loss <= QOS_LOSS).mean())
        assert scores.figures["user_loss"][episode, 50] == pytest.approx((loss <= 0.5).mean())
        below = (granted[episode][active] < 12).mean()
        assert scores.figures["starved"][episode] == pytest.approx(below)
        share = 1 - missing[episode].sum(axis=0) / offered[episode].sum(axis=0)
        expected = share.sum() ** 2 / (len(share) * (share**2).sum())
        assert scores.figures["jain"][episode] == pytest.approx(expected)


@pytest.mark.parametrize("retransmit", [0, 2])
def test_distributions_rise_to_one(
    config: EnvironmentConfig, trace: Trace, retransmit: int
) -> None:
    slices = replace(config, retransmit=retransmit)
    scores = evaluate(EqualPolicy(config.B), slices, trace, 60)
    assert (np.diff(scores.figures["user_loss"], axis=1) >= 0).all()
    assert scores.figures["user_loss"][:, -1] == pytest.approx([1, 1, 1])
    assert ((scores.figures["jain"] > 1 / 8) & (scores.figures["jain"] <= 1)).all()


def test_users_with_one_channel_and_one_grant_are_treated_alike(
    config: EnvironmentConfig, trace: Trace
) -> None:
    alike = replace(config, sigmoid_k_list=[0.3], sigmoid_s_list=[10.0], B=96)
    scores = evaluate(EqualPolicy(alike.B), alike, trace, 40)
    assert scores.figures["jain"] == pytest.approx([1, 1])
    # All lose sigma(-0.3 * 2) = 35.4 %.
    assert (scores.figures["user_loss"][:, 35] == 0).all()
    assert (scores.figures["user_loss"][:, 36] == 1).all()


def test_a_summary_is_plain_and_short(config: EnvironmentConfig, trace: Trace) -> None:
    scores = evaluate(EqualPolicy(config.B), config, trace, 200)
    summary = scores.summary("predicted")
    assert len(to_json(summary)) < 8000
    assert summary["loss"] == scores.loss.mean()
    assert np.mean(summary["jain_by_episode"]) == pytest.approx(summary["jain"])
    error = scores.figures["user_loss"][:, 40].std(ddof=1) / np.sqrt(10)
    assert summary["user_loss_error"][40] == pytest.approx(error)


def test_one_episode_has_no_summary(config: EnvironmentConfig, trace: Trace) -> None:
    with pytest.raises(InputError, match="n_windows = 20: must be at least 40"):
        evaluate(EqualPolicy(config.B), config, trace, 20).summary("predicted")
