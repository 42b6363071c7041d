"""The measured tables of the family are met, within their standard errors and two points of score.

The figures were measured on other draws of the same distributions; the naive rule scores 0 and
the optimum 100. Of some eighty means a few lie beyond two standard errors by chance: three are
allowed.
"""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from difsched.baselines.alloc import horizon, oracle, pooled
from difsched.baselines.alloc.problem import PooledProblem, Problem
from difsched.env.alloc.backlog import BacklogScene
from difsched.env.alloc.behaviours import random_action
from difsched.env.alloc.columns import read
from difsched.env.alloc.config import CONFIGURATIONS, AllocConfig
from difsched.env.alloc.service import leontief_share
from difsched.env.alloc.simulator import Simulator
from difsched.policy import RandomPolicy
from tests.baselines.alloc.methods import policy

Floats = NDArray[np.float64]
SEED = 0


def start(config: AllocConfig, windows: int) -> Simulator:
    return Simulator(config, windows, np.random.SeedSequence(SEED))


def naive_of(name: str) -> str:
    return "smallest_first" if name.startswith("gang") else "equal"


@cache
def rewards(name: str, rule: str, windows: int) -> Floats:
    """Return the rewards of a rule in the first window of as many copies."""
    config = CONFIGURATIONS.load(name)
    simulator = start(config, windows)
    seen = simulator.observation
    if rule == "random":
        action = RandomPolicy(config, random_action, 0).act(seen)
    elif rule == "smallest_first_blind":
        problem = PooledProblem.of(seen, config)
        blind = replace(problem, cost=np.zeros_like(problem.cost))
        action = pooled.smallest_first(blind)
    elif rule == "ones":
        action = np.ones((windows, config.tasks, config.resources))
    elif rule == "box":
        rng = np.random.default_rng(0)
        action = rng.random((windows, config.tasks, config.resources))
    else:
        action = policy(config, rule).act(seen)
    return simulator.step(action).reward


def compare(name: str, rule: str, mean: float, score: float, windows: int, draws: int) -> None:
    """Compare a mean of ``draws`` windows and its score with our own."""
    own = rewards(name, rule, windows)
    naive, best = (rewards(name, end, windows) for end in (naive_of(name), "oracle"))
    # Both means are samples: their errors add up.
    error = own.std() * np.sqrt(1 / windows + 1 / draws)
    assert own.mean() == pytest.approx(mean, abs=3 * error + 5e-4)
    span = (best - naive).mean()
    spread = ((own - naive) - score / 100 * (best - naive)).std() / span * 100
    points = 2 + 2 * spread * np.sqrt(1 / windows + 1 / draws)
    assert 100 * (own - naive).mean() / span == pytest.approx(score, abs=points)


@pytest.mark.parametrize(
    ("rule", "small", "large"),
    [
        ("random", (0.383, -222), (0.279, -106)),
        ("equal", (0.4854, 0), (0.3304, 0)),
        ("proportional", (0.4912, 12), (0.3085, -45)),
        ("equal_capped", (0.4923, 15), (0.3340, 8)),
        ("smallest_first_blind", (0.5202, 75), (0.3625, 66)),
        ("priority_first", (0.5169, 68), (0.3541, 49)),
        ("density_first", (0.5302, 96.7), (0.3781, 98.5)),
        ("hard_clearing", (0.5302, 96.7), (0.3783, 98.5)),
        ("oracle", (0.5318, 100), (0.3788, 100)),
    ],
)
def test_faithful(rule: str, small: tuple[float, float], large: tuple[float, float]) -> None:
    for name, (mean, score) in (("faithful_3x5", small), ("faithful_5x10", large)):
        compare(name, rule, mean, score, 20_000, 10_000)


def test_faithful_without_a_thought() -> None:
    for name, box, ones in (("faithful_3x5", -104, -543), ("faithful_5x10", -948, -4281)):
        assert rewards(name, "box", 10_000).mean() == pytest.approx(box, rel=0.01)
        assert rewards(name, "ones", 10_000).mean() == pytest.approx(ones, rel=0.01)


@pytest.mark.parametrize(
    ("rule", "small", "large"),
    [
        ("random", (0.276, -16), (0.190, 20)),
        ("equal", (0.3013, 0), (0.1568, 0)),
        ("proportional", (0.3587, 37), (0.2129, 33)),
        ("drf", (0.4000, 64), (0.2525, 56)),
        ("weighted_drf", (0.4078, 69), (0.2626, 62)),
        ("smallest_first", (0.4019, 65), (0.2748, 69)),
        ("density_first", (0.4155, 74), (0.2869, 77)),
        ("dominant_first", (0.4251, 80), (0.2942, 81)),
        ("oracle", (0.4561, 100), (0.3267, 100)),
    ],
)
def test_leontief(rule: str, small: tuple[float, float], large: tuple[float, float]) -> None:
    for name, (mean, score) in (("leontief_3x5", small), ("leontief_5x10", large)):
        compare(name, rule, mean, score, 6_000, 1_500)


def test_leontief_by_scarcity() -> None:
    for name, score in (("leontief_3x5", 82.5), ("leontief_5x10", 82.9)):
        naive, own, best = (rewards(name, r, 6_000) for r in ("equal", "load_first", "oracle"))
        mean = 100 * (own - naive).mean() / (best - naive).mean()
        assert mean == pytest.approx(score, abs=1.5)


@pytest.mark.parametrize(
    ("name", "equal", "random"), [("3x5", 0.248, 0.090), ("5x10", 0.043, -0.083)]
)
def test_waste_is_dear(name: str, equal: float, random: float) -> None:
    config = CONFIGURATIONS.load(f"leontief_{name}")
    seen = start(config, 6_000).observation
    problem, cost = Problem.of(seen, config), read(seen, "cost", config)
    tasks, supply = config.tasks, problem.supply[:, None]
    parts = np.random.default_rng(0).dirichlet(np.ones(tasks + 1), (6_000, config.resources))
    drawn = np.swapaxes(parts[..., :-1], 1, 2) * supply
    for grant, mean in ((np.broadcast_to(supply / tasks, drawn.shape), equal), (drawn, random)):
        served = leontief_share(grant, problem.requirement)
        reward = (problem.priority * served).mean(axis=1) - 0.1 * np.einsum(
            "wtr,wr->w", grant, cost
        )
        error = reward.std() * np.sqrt(1 / 6_000 + 1 / 1_500)
        assert reward.mean() == pytest.approx(mean, abs=3 * error + 5e-4)


@pytest.mark.parametrize(("name", "both", "cost"), [("3x5", 95, 99.9), ("5x10", 93, 99.5)])
def test_leontief_with_prices_unseen(name: str, both: float, cost: float) -> None:
    config = CONFIGURATIONS.load(f"leontief_{name}")
    naive, best = (rewards(f"leontief_{name}", rule, 2_000).mean() for rule in ("equal", "oracle"))
    for priorities, score in ((False, both), (True, cost)):
        blind = replace(config, priorities_visible=priorities, costs_visible=False)
        simulator = start(blind, 2_000)
        reward = simulator.step(oracle.linear(simulator.observation, blind).action).reward.mean()
        assert 100 * (reward - naive) / (best - naive) == pytest.approx(score, abs=1.0)


@pytest.mark.parametrize(
    ("rule", "small", "large"),
    [
        ("smallest_first", (0.3697, 0), (0.2728, 0)),
        ("dominant_first", (0.3821, 51), (0.2893, 61)),
        ("rounded_down", (0.3580, -48), (0.2679, -18)),
        ("oracle", (0.3940, 100), (0.2975, 100)),
    ],
)
def test_gang(rule: str, small: tuple[float, float], large: tuple[float, float]) -> None:
    for name, (mean, score), draws in (
        ("gang_3x5", small, 9_000),
        ("gang_5x10", large, 6_000),
    ):
        compare(name, rule, mean, score, 4_000, draws)


@pytest.mark.parametrize(
    ("name", "plugin", "stochastic"),
    [
        ("forecast_near_3x5", 78, 84),
        ("forecast_3x5", 54, 69),
        ("forecast_near_5x10", 79, 85),
        ("forecast_5x10", 55, 71),
    ],
)
def test_forecast(name: str, plugin: float, stochastic: float) -> None:
    config, windows = CONFIGURATIONS.load(name), 1_500
    open_ = replace(config, information="perfect")
    simulator = start(open_, windows)
    truth = simulator.step(oracle.linear(simulator.observation, open_).action).reward
    naive, *others = (rewards(name, rule, windows) for rule in ("equal", "linear", "stochastic"))
    for own, score in zip(others, (plugin, stochastic), strict=True):
        span = (truth - naive).mean()
        spread = ((own - naive) - score / 100 * (truth - naive)).std() / span * 100
        points = 2 + 2 * spread * np.sqrt(2 / windows)
        assert 100 * (own - naive).mean() / span == pytest.approx(score, abs=points)


@pytest.mark.parametrize(
    ("name", "shares", "scores"),
    [
        ("backlog_3x5", (0.471, 0.824, 0.853, 0.865, 0.876), (87, 94, 97)),
        ("backlog_heavy_3x5", (0.346, 0.635, 0.703, 0.706, 0.717), (78, 96, 97)),
    ],
)
def test_backlog(name: str, shares: tuple[float, ...], scores: tuple[float, ...]) -> None:
    config, episodes = CONFIGURATIONS.load(name), 24
    simulator = start(config, episodes)
    scene = simulator.scene
    assert isinstance(scene, BacklogScene)
    work = scene.work[:, : config.episode]
    plan = horizon.hindsight(work, scene.worth, scene.share, scene.supply, config.wait)
    offered = np.einsum("elt,et->e", work, scene.worth)
    served = []
    for rule in ("equal", "drf", "linear", "aged"):
        simulator.reset(np.random.SeedSequence(SEED))
        seen, total = simulator.observation, np.zeros(episodes)
        for _ in range(config.episode):
            step = simulator.step(policy(config, rule).act(seen))
            seen, total = step.observation, total + config.tasks * step.metrics["earned"]
        served.append(total / offered)
    served.append(plan.value / offered)
    # Shares of 12 episodes have a standard error of about .02, those of 24 of .014.
    assert [share.mean() for share in served] == pytest.approx(shares, abs=2 * 0.025)
    naive, best = served[0], served[-1]
    for own, score, points in zip(served[1:-1], scores, (10, 2, 2), strict=True):
        assert 100 * (own - naive).mean() / (best - naive).mean() == pytest.approx(
            score, abs=points
        )
