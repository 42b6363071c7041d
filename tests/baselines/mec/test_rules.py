"""The rules: definitions, and the measured means of each parameter set."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from difsched.baselines.mec import rules
from difsched.baselines.mec.greedy import greedy, worth
from difsched.baselines.mec.solution import evaluate
from difsched.env.mec.actions import check
from difsched.env.mec.config import MecConfig
from difsched.env.mec.simulator import Simulator
from difsched.env.mec.splits import lift, split_band
from difsched.errors import InputError
from tests.env.mec.actions import random_action
from tests.env.mec.presets import phase_one, phase_two


def draw(config: MecConfig, windows: int, entropy: int = 1) -> np.ndarray:
    return Simulator(config, windows, np.random.SeedSequence(entropy)).observe()


#: Mean reward of a UE at N = 5, measured on 20,000 slots: all local, all offload, the m most
#: late, greedy.
MEASURED = {
    "readme": (0.380, 0.916, 4, 0.943, 0.953),
    "assignment": (0.791, 0.946, 5, 0.946, 0.948),
    "code": (0.1875, 0.336, 4, 0.4315, 0.4445),
    "fixed": (0.3125, 0.108, 3, 0.671, 0.720),
}


@pytest.mark.parametrize("name", MEASURED)
def test_means_of_phase_one_are_those_measured(name: str) -> None:
    local, offload, served, late, best = MEASURED[name]
    config = replace(phase_one(name), least_share=0.0)
    seen = draw(config, 10_000)
    for action, expected in (
        (rules.all_local(seen, config), local),
        (rules.all_offload(seen, config), offload),
        (rules.serve_first(seen, served, "most_late", config), late),
        (greedy(seen, config), best),
    ):
        value = evaluate(action, seen, config)
        # Half a unit of the last digit, and the error of both samples.
        error = 0.0005 + 2 * value.std() * (1 / 1e4 + 1 / 2e4) ** 0.5
        assert value.mean() == pytest.approx(expected, abs=error)


#: Phase 2: means over users that were measured on 40 windows.
MEASURED_CLUSTERS = {
    ("clustered_code", 4): (1.581, -0.483, 6, 1.660, 1.669),
    ("clustered_code", 10): (1.580, -1.079, 3, 1.620, 1.632),
    ("scaled", 4): (0.625, -0.104, 24, 0.989, 1.165),
    ("scaled", 10): (0.610, -0.105, 24, 0.958, 1.104),
}


@pytest.mark.parametrize(("name", "clusters"), MEASURED_CLUSTERS)
def test_means_of_phase_two_are_those_measured(name: str, clusters: int) -> None:
    local, offload, served, late, best = MEASURED_CLUSTERS[name, clusters]
    config = phase_two(name, clusters)
    # The rules on many windows; greedy is slow. Differences to all local have less variance.
    many, few = draw(config, 400), draw(config, 12)
    base = evaluate(rules.all_local(many, config), many, config)
    assert base.mean() == pytest.approx(local, abs=2 * base.std() * (1 / 40 + 1 / 400) ** 0.5)
    for seen, action, expected in (
        (many, rules.all_offload(many, config), offload),
        (many, rules.serve_first(many, served, "most_late", config), late),
        (few, greedy(few, config), best),
    ):
        gain = evaluate(action, seen, config)
        gain -= evaluate(rules.all_local(seen, config), seen, config)
        error = 0.001 + 2 * gain.std() * (1 / 40 + 1 / len(seen)) ** 0.5
        assert gain.mean() == pytest.approx(expected - local, abs=error)


@pytest.mark.parametrize("config", [phase_one("code", 7), phase_two("scaled", 4, 30)])
def test_every_rule_is_feasible(config: MecConfig) -> None:
    seen = draw(config, 20)
    rng = np.random.default_rng(0)
    for action in (
        rules.all_local(seen, config),
        rules.all_offload(seen, config),
        rules.proportional(seen, config),
        rules.serve_first(seen, 3, "most_late", config),
        random_action(seen, rng, config),
        greedy(seen, config),
    ):
        assert not check(action, seen)[1].any()


@pytest.mark.parametrize("name", ["code", "fixed"])
def test_greedy_ends_where_no_flip_helps(name: str) -> None:
    config = phase_one(name, 5)
    seen = draw(config, 50)
    chosen = greedy(seen, config) > 0
    value = worth(chosen, seen, 0.0, config)
    every = np.array(list(product([False, True], repeat=5)))
    for flip in np.eye(5, dtype=bool):
        assert (worth(chosen ^ flip, seen, 0.0, config) <= value + 1e-9).all()
    best = np.max([worth(np.tile(who, (50, 1)), seen, 0.0, config) for who in every], axis=0)
    assert value.mean() > 0.97 * best.mean()


def test_a_price_of_leftover_seconds_pays_over_an_episode() -> None:
    config = replace(phase_one("code"), leftover=True, slot_s=1.0)
    means = []
    for price in (0.0, 0.5):
        simulator = Simulator(config, 40, np.random.SeedSequence(3))
        rewards = [
            simulator.step(greedy(simulator.observe(), config, price)).reward.mean()
            for _ in range(60)
        ]
        means.append(np.mean(rewards[10:]))
    assert means[0] == pytest.approx(0.319, abs=0.012)
    assert means[1] == pytest.approx(0.380, abs=0.012)


def test_the_band_is_split_with_the_original_floor() -> None:
    config = replace(phase_one("code", 4), least_share=0.1)
    who = np.array([[True, True, False, True]])
    share = split_band(np.array([[1.0, 2.0, 9.0, 1.0]]), who, config)
    np.testing.assert_allclose(share, [[0.1 + 0.7 / 4, 0.1 + 0.7 / 2, 0.0, 0.1 + 0.7 / 4]])


def test_lifted_shares_reach_the_least_one_and_sum_to_one() -> None:
    share = np.array([[0.9, 0.1, 0.0], [0.5, 0.4, 0.1], [0.0, 0.0, 0.0], [0.0, 3.0, 0.0]])
    lifted = lift(share, 0.2)
    np.testing.assert_allclose(lifted.sum(axis=1), [1, 1, 0, 1])
    assert (lifted[share > 0] >= 0.2 - 1e-12).all()
    np.testing.assert_allclose(lifted[1], [0.2 + 0.3 * 0.8, 0.2 + 0.2 * 0.8, 0.2])
    np.testing.assert_allclose(lift(np.ones((1, 3)), 0.5), np.full((1, 3), 1 / 3))


def test_the_number_of_served_users_is_checked() -> None:
    config = phase_one("code")
    with pytest.raises(InputError, match=r"served = 6: must be in 0\.\.5"):
        rules.serve_first(draw(config, 1), 6, "most_late", config)
