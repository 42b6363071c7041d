"""What a scheduler is shown of the past: its own grants, what became of them, and past counts."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from difsched.baselines.method import Task
from difsched.baselines.registry import METHODS
from difsched.config import EnvironmentConfig
from difsched.env.slice.dataset import OfflineDataset, collect
from difsched.env.slice.environment import Environment
from difsched.env.slice.family import FAMILY, slice_traffic
from difsched.env.slice.random_data import RandomPolicy
from difsched.env.slice.simulator import Simulator
from difsched.env.slice.traffic.generator import TrafficGenerator
from difsched.env.slice.view import check_view, features_of, view_of
from difsched.errors import InputError

CONFIG = EnvironmentConfig(N_user=3, B=30, retransmit=1, history=2, channel_information=False)


def logged(config: EnvironmentConfig) -> OfflineDataset:
    """Collect four episodes of five windows by random reservations."""
    seed = np.random.SeedSequence(3)
    traffic = TrafficGenerator(slice_traffic(config).train)
    simulator = Simulator(config, traffic, 4, outcomes="sampled", seed=seed)
    return collect(simulator, RandomPolicy(config.B, np.random.default_rng(0)), 5)


def simulator(config: EnvironmentConfig, outcomes: str) -> Simulator:
    traffic = TrafficGenerator(slice_traffic(config).test)
    return Simulator(config, traffic, 200, outcomes=outcomes, seed=np.random.SeedSequence(1))


def test_the_last_windows_are_shown_the_last_one_first() -> None:
    slices = simulator(CONFIG, "sampled")
    first = slices.observe()
    assert first.shape[-1] == features_of(CONFIG) == 4 + 1 + 2 * 3
    assert not first[..., 5:].any()
    grants = np.tile([20, 10, 0], (200, 1))
    one = slices.step(grants)
    sent = one.demand.astype(float)
    share = one.delivered / np.maximum(sent, 1)
    np.testing.assert_array_equal(one.observation[..., 5:8], np.stack([grants, share, sent], -1))
    two = slices.step(grants[:, ::-1].copy())
    np.testing.assert_array_equal(two.observation[..., 8:11], one.observation[..., 5:8])
    sent = two.demand + one.observation[..., 4]
    np.testing.assert_array_equal(two.observation[..., 7], sent)


def test_a_history_changes_nothing_else() -> None:
    plain = simulator(replace(CONFIG, history=0), "sampled")
    shown = simulator(CONFIG, "sampled")
    grants = np.full((200, 3), 10)
    for _ in range(3):
        one, other = plain.step(grants), shown.step(grants)
        np.testing.assert_array_equal(one.observation, other.observation[..., :5])
        np.testing.assert_array_equal(one.reward, other.reward)


def test_a_log_knows_its_history() -> None:
    raw = logged(replace(CONFIG, history=0))
    shown = logged(CONFIG)
    derived = raw.remember(2)
    np.testing.assert_array_equal(derived.observation, shown.observation)
    np.testing.assert_array_equal(derived.final_observation, shown.final_observation)
    np.testing.assert_array_equal(derived.remember(0).observation, raw.observation)
    np.testing.assert_array_equal(derived.column("sent"), raw.column("sent"))


def test_a_task_shows_the_history_to_those_who_have_a_memory() -> None:
    raw = logged(replace(CONFIG, history=0))
    learner, rule = METHODS["det_set"].view(CONFIG), METHODS["estimate_isotonic"].view(CONFIG)
    assert Task(learner, data=raw).dataset.observation.shape[-1] == 11
    assert Task(rule, data=raw).dataset.observation.shape[-1] == 5
    perfect = replace(CONFIG, information="perfect")
    assert Task(perfect, data=raw).dataset.observation.shape == (16, 3, 11)


def test_draws_hide_what_means_would_tell() -> None:
    """The mean of what is counted is that of expected outcomes, and what is shown is whole."""
    fluid, drawn = simulator(CONFIG, "expected"), simulator(CONFIG, "drawn")
    grants = np.full((200, 3), 10)
    for _ in range(2):
        one, other = fluid.step(grants), drawn.step(grants)
    waits = other.observation[..., 4]
    np.testing.assert_array_equal(waits, waits.round())
    conserved = other.delivered + other.lost + other.pending
    sent = other.observation[..., 7]
    np.testing.assert_allclose(conserved, sent)
    assert other.lost.sum() == pytest.approx(one.lost.sum(), rel=0.02)


def test_the_first_window_is_counted_by_its_means_when_drawn() -> None:
    grants = np.full((200, 3), 10)
    one, other = (simulator(CONFIG, kind).step(grants) for kind in ("expected", "drawn"))
    np.testing.assert_allclose(one.reward, other.reward)
    np.testing.assert_allclose(one.delivered, other.delivered)


def test_bounds_and_moments_have_all_columns() -> None:
    environment = Environment(CONFIG.to_dict())
    observation, _ = environment.reset(seed=0)
    for _ in range(3):
        assert environment.observation_space.contains(observation)
        observation, *_ = environment.step(np.array([30.0, 0, 0], np.float32))
    low, high = FAMILY.bounds(CONFIG) if FAMILY.bounds else (None, None)
    assert low is not None and high is not None and (low <= high).all()
    assert FAMILY.moments is not None
    assert all(len(part) == 11 for part in FAMILY.moments(CONFIG, slice_traffic(CONFIG)))


def test_weights_know_what_they_were_shown() -> None:
    check_view(11, view_of(CONFIG), CONFIG)
    with pytest.raises(InputError, match="history = 2: must be 0"):
        check_view(11, view_of(CONFIG), replace(CONFIG, history=0))
    with pytest.raises(InputError, match="forecast = trace: must be counts"):
        check_view(11, view_of(CONFIG), replace(CONFIG, forecast="counts"))


def test_forecasts_of_counts_use_the_past_alone() -> None:
    config = EnvironmentConfig(forecast="counts")
    traffic, usual = slice_traffic(config), slice_traffic(EnvironmentConfig())
    np.testing.assert_array_equal(traffic.test.packets, usual.test.packets)
    assert traffic.by_counts().test.forecast.tolist() == traffic.test.forecast.tolist()
    worse, better = (
        np.square(one.test.forecast - one.test.packets).mean() for one in (traffic, usual)
    )
    assert better < worse < usual.test.packets.var()
    later = usual.test.packets.copy()
    later[50:] = 0
    changed = replace(usual, test=replace(usual.test, packets=later)).by_counts()
    np.testing.assert_array_equal(changed.test.forecast[:51], traffic.test.forecast[:51])


def test_new_fields_at_their_defaults_leave_no_trace() -> None:
    assert {"history", "forecast", "link_curves"}.isdisjoint(EnvironmentConfig().to_dict())
    assert CONFIG.to_dict()["history"] == 2
    assert EnvironmentConfig.from_dict(CONFIG.to_dict()) == CONFIG


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"history": 201}, "history = 201: must be at most LEN_episode = 200"),
        ({"history": -1}, "history = -1: must be a whole number >= 0"),
        ({"forecast": "signal"}, "forecast = 'signal': must be one of trace, counts"),
        ({"forecast": "counts", "information": "perfect"}, "forecast = 'counts' contradicts"),
        (
            {"link_curves": [[0.0, 0.5, 0.4]] * 5},
            "link_curves: curve 0 falls from 0.5 with 1 RBs to 0.4 with 2",
        ),
    ],
)
def test_fields_that_contradict_each_other_are_refused(fields: Any, line: str) -> None:
    with pytest.raises(InputError, match=line):
        EnvironmentConfig(**fields)
