"""The bars of a Gantt chart: nobody is at two places, and a queue serves one at a time."""

import itertools

import numpy as np
import pytest

from difsched.env.mec.config import MecConfig
from difsched.env.mec.schedule import bars
from difsched.env.mec.simulator import Simulator
from tests.env.mec.actions import random_action
from tests.env.mec.presets import phase_one, phase_two


@pytest.mark.parametrize("config", [phase_one("code", 7), phase_two("scaled", 4, 30)])
def test_bars_follow_one_another_and_queues_serve_one_at_a_time(config: MecConfig) -> None:
    rng = np.random.default_rng(0)
    simulator = Simulator(config, 10, np.random.SeedSequence(0))
    seen = simulator.observe()
    simulator.step(random_action(seen, rng, config))
    slot = simulator.last
    assert slot is not None
    kinds = set()
    for window in range(10):
        found = bars(slot, seen, config, window)
        kinds |= {bar.kind for bar in found}
        for ue in range(config.users):
            own = [bar for bar in found if bar.ue == ue]
            assert own[0].start == 0
            assert own[-1].end == slot.completion[window, ue]
            assert all(a.end == b.start for a, b in itertools.pairwise(own))
            offloaded = slot.decision.offloaded[window, ue]
            assert own[-1].kind == ("served" if offloaded else "local")
        for cluster in range(config.clusters):
            served = [b for b in found if b.cluster == cluster and b.kind == "served"]
            served.sort(key=lambda bar: bar.start)
            assert all(a.end <= b.start + 1e-6 for a, b in itertools.pairwise(served))
    assert kinds == {"local", "upload", "wait", "served"}
