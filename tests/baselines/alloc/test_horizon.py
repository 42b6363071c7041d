"""The clairvoyant plan bounds every policy, and is reached by serving what it says."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import linprog

from difsched.baselines.alloc import horizon, oracle
from difsched.env.alloc.backlog import BacklogScene
from difsched.env.alloc.columns import read
from difsched.env.alloc.config import CONFIGURATIONS, AllocConfig
from difsched.env.alloc.simulator import Simulator
from difsched.errors import InputError
from difsched.evaluation import evaluate
from tests.baselines.alloc.methods import policy, served

Floats = NDArray[np.float64]


def start(config: AllocConfig, episodes: int, seed: int = 0) -> tuple[Simulator, BacklogScene]:
    simulator = Simulator(config, episodes, np.random.SeedSequence(seed))
    assert isinstance(simulator.scene, BacklogScene)
    return simulator, simulator.scene


def clairvoyant(config: AllocConfig, scene: BacklogScene) -> horizon.Plan:
    work = scene.work[:, : config.episode]
    return horizon.hindsight(work, scene.worth, scene.share, scene.supply, config.wait)


@pytest.mark.parametrize("name", served("backlog"))
def test_no_policy_serves_more_in_any_episode(name: str) -> None:
    config = replace(CONFIGURATIONS.load("backlog_heavy_3x5"), episode=30)
    simulator, scene = start(config, 6)
    bound = clairvoyant(config, scene).bound
    rule, earned = policy(config, name), np.zeros(6)
    for _ in range(30):
        step = simulator.step(rule.act(simulator.observation))
        assert (step.metrics["projected"] == 0).all()
        earned += 5 * step.metrics["earned"]
    assert (earned <= bound + 1e-9).all()
    assert (earned >= (0 if name == "random" else 0.3) * bound).all()


def test_the_plan_can_be_served_and_is_worth_its_bound() -> None:
    config = replace(CONFIGURATIONS.load("backlog_5x10"), episode=40)
    simulator, scene = start(config, 3)
    plan = clairvoyant(config, scene)
    assert plan.value == pytest.approx(plan.bound, rel=1e-9)
    earned = np.zeros(3)
    for window in range(40):
        whole = read(simulator.observation, "work", config).sum(axis=-1)
        step = simulator.step(oracle.served_share(plan.served[:, window], whole))
        earned += 10 * step.metrics["earned"]
    assert earned == pytest.approx(plan.value, rel=1e-6)


def test_evaluation_shows_hindsight_what_will_come_and_nothing_else_does() -> None:
    config = replace(CONFIGURATIONS.load("backlog_3x5"), episode=20)
    hindsight = policy(config, "oracle")
    with pytest.raises(InputError, match="no plan"):
        hindsight.act(start(config, 2)[0].observe())
    best = evaluate(hindsight, config, None, 80)
    assert (best.figures["projected"] == 0).all()
    for name in ("aged", "linear"):
        loss = evaluate(policy(config, name), config, None, 80).loss
        assert (best.loss.sum(axis=1) <= loss.sum(axis=1)).all()
    # The first episodes alone are planned and scored as among all.
    first = evaluate(hindsight, config, None, 80, first=40)
    assert (first.loss == best.loss[:2]).all()


def test_a_plan_of_one_window_is_the_programme_of_the_window() -> None:
    config = replace(CONFIGURATIONS.load("backlog_3x5"), wait=0, episode=25)
    simulator, scene = start(config, 4)
    plan, value = clairvoyant(config, scene), np.zeros(4)
    for _ in range(25):
        best = oracle.linear(simulator.observation, config)
        value += 5 * best.value
        simulator.step(best.action)
    assert plan.value == pytest.approx(value)


def test_a_small_episode_is_solved_as_written_out() -> None:
    work = np.array([[[1.0], [0.0], [2.0]]])
    plan = horizon.hindsight(work, np.array([[0.5]]), np.array([[[1.0]]]), np.array([[0.6]]), 1)
    # .6 and .4 of the first, then .6 of the last, whose wait outlives the episode.
    assert plan.value == pytest.approx([0.5 * 1.6])
    assert plan.served[0, :2].sum() == pytest.approx(1.0)
    assert plan.served[0, 2] == pytest.approx([0.6])


def test_the_sparse_plan_is_the_dense_one() -> None:
    config = AllocConfig("backlog", 2, 3, episode=6, load=1.0)
    _, scene = start(config, 1, seed=3)
    share, supply, worth = scene.share[0], scene.supply[0], scene.worth[0]
    gain, limits = [], {}
    columns = [(i, t, w) for i in range(3) for t in range(6) for w in range(t, min(t + 3, 6))]
    rows = np.zeros((3 * 6 + 2 * 6, len(columns)))
    for number, (i, t, w) in enumerate(columns):
        gain.append(worth[i])
        rows[i * 6 + t, number] = 1
        limits[i * 6 + t] = scene.work[0, t, i]
        for r in range(2):
            rows[18 + w * 2 + r, number] = share[i, r]
            limits[18 + w * 2 + r] = supply[r]
    ends = [limits[row] for row in range(len(rows))]
    value = -linprog(-np.array(gain), rows, ends).fun
    assert clairvoyant(config, scene).value[0] == pytest.approx(value)


def test_expected_work_is_the_mean_of_what_comes() -> None:
    config = replace(CONFIGURATIONS.load("backlog_3x5"), episode=4)
    _, scene = start(config, 20_000, seed=5)
    simulator, scene = start(config, 20_000, seed=5)
    expected = horizon.expected_work(simulator.observation, config, 3)
    for on in (True, False):
        which = (scene.work[:, 0] > 0) == on
        for ahead in range(3):
            mean = scene.work[:, ahead + 1][which].mean()
            assert expected[:, ahead][which].mean() == pytest.approx(mean, rel=0.02)


def test_looking_ahead_one_window_is_not_looking_ahead() -> None:
    config = CONFIGURATIONS.load("backlog_3x5")
    simulator, _ = start(config, 50)
    simulator.step(np.zeros((50, 5)))
    seen = simulator.observation
    now = horizon.look_ahead(seen, config, windows=1)
    assert now == pytest.approx(oracle.linear(seen, config).action, abs=1e-6)


def test_a_plan_of_no_window_is_refused() -> None:
    config = CONFIGURATIONS.load("backlog_3x5")
    with pytest.raises(InputError, match="windows = 0"):
        horizon.look_ahead(start(config, 1)[0].observation, config, windows=0)
