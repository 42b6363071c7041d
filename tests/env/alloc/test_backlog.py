"""Work is conserved, served oldest first, lost in time, and arrives at the configured load."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from difsched.env.alloc.backlog import BacklogScene, serve_oldest
from difsched.env.alloc.columns import read
from difsched.env.alloc.config import CONFIGURATIONS
from difsched.env.alloc.simulator import Simulator

CONFIG = CONFIGURATIONS.load("backlog_3x5")


def scene(simulator: Simulator) -> BacklogScene:
    assert isinstance(simulator.scene, BacklogScene)
    return simulator.scene


@given(st.integers(0, 2**32 - 1), st.integers(0, 4))
def test_no_work_appears_or_vanishes(seed: int, wait: int) -> None:
    config = replace(CONFIG, wait=wait, episode=12)
    simulator = Simulator(config, 3, np.random.SeedSequence(seed))
    rng = np.random.default_rng(seed)
    arrived, gone = np.zeros(3), np.zeros(3)
    work = scene(simulator).work
    for window in range(12):
        queue = read(simulator.observation, "work", config)
        assert (queue[..., 0] == work[:, window]).all()
        whole = queue.sum(axis=-1)
        step = simulator.step(rng.random((3, 5)))
        arrived += work[:, window].sum(axis=1)
        gone += step.metrics["lost"] * 5 + step.metrics["served"] * whole.sum(axis=1)
        assert gone + 5 * step.metrics["waiting"] == pytest.approx(arrived)


def test_the_oldest_work_is_served_first() -> None:
    queue = np.array([[[3.0, 2.0, 1.0]]])
    for served, left in ((0, [3, 2, 1]), (1, [3, 2, 0]), (2.5, [3, 0.5, 0]), (6, [0, 0, 0])):
        assert serve_oldest(queue, np.array([[served]]))[0, 0] == pytest.approx(left)


def test_work_is_lost_when_it_has_waited_long_enough() -> None:
    simulator = Simulator(CONFIG, 6, np.random.SeedSequence(0))
    work, idle = scene(simulator).work, np.zeros((6, 5))
    lost = [simulator.step(idle).metrics["lost"] for _ in range(5)]
    assert (lost[0] == 0).all() and (lost[1] == 0).all()
    for window in (2, 3, 4):
        assert lost[window] == pytest.approx(work[:, window - 2].mean(axis=1))


def test_a_unit_is_worth_its_priority_less_half_of_what_it_costs() -> None:
    simulator = Simulator(CONFIG, 6, np.random.SeedSequence(0))
    seen, world = simulator.observation, scene(simulator)
    share = np.full((6, 5), 0.1)
    step = simulator.step(share)
    unit = world.priority - 0.5 * np.einsum("wtr,wr->wt", world.share, world.cost)
    served = 0.1 * read(seen, "work", CONFIG).sum(axis=-1)
    assert (step.metrics["projected"] == 0).all()
    assert step.reward == pytest.approx((unit * served).mean(axis=1))
    assert step.metrics["earned"] == pytest.approx(step.reward)
    assert step.metrics["offered"] == pytest.approx((unit * world.work[:, 0]).mean(axis=1))


@pytest.mark.parametrize("name", ["backlog_3x5", "backlog_heavy_5x10"])
def test_work_arrives_at_the_load_half_of_the_time(name: str) -> None:
    config = CONFIGURATIONS.load(name)
    world = scene(Simulator(config, 400, np.random.SeedSequence(1)))
    load = world.work.sum(axis=-1).mean(axis=1) / world.supply.sum(axis=1)
    assert load.mean() == pytest.approx(config.load, rel=0.02)
    on = world.work > 0
    assert on.mean() == pytest.approx(0.5, abs=0.01)
    assert (on[:, 1:] == on[:, :-1]).mean() == pytest.approx(0.8, abs=0.01)
    first = on[:, 0].mean()
    assert first == pytest.approx(0.5, abs=0.05)
