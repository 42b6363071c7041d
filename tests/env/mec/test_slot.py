"""The vectorised slot against loops, and what must hold of it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from difsched.env.mec.actions import check, decode
from difsched.env.mec.columns import columns
from difsched.env.mec.config import MecConfig
from difsched.env.mec.queues import finish_times
from difsched.env.mec.simulator import Simulator
from difsched.env.mec.slot import Slot, run_slot
from difsched.family import FAMILIES
from tests.env.mec.presets import PHASE_ONE, PHASE_TWO, phase_one, phase_two
from tests.env.mec.reference import slot as reference_slot


@st.composite
def configs(draw: st.DrawFn) -> MecConfig:
    phase = draw(st.sampled_from([1, 2]))
    if phase == 1:
        config = phase_one(draw(st.sampled_from(sorted(PHASE_ONE))), draw(st.integers(1, 7)))
    else:
        users = draw(st.integers(10, 30))
        clusters = draw(st.integers(1, 10))
        config = phase_two(draw(st.sampled_from(sorted(PHASE_TWO))), clusters, users)
    leftover = draw(st.booleans())
    return replace(config, leftover=leftover, slot_s=draw(st.sampled_from([0.2, 1.0])))


def last(simulator: Simulator) -> Slot:
    assert simulator.last is not None
    return simulator.last


def draw_action(rng: np.random.Generator, shape: tuple[int, int], width: int) -> np.ndarray:
    share = rng.dirichlet(np.ones(shape[1]), shape[0]) * (rng.random(shape) < 0.7)
    # Ties of priorities are broken by index.
    priority = rng.integers(0, 3, shape) - 1.0
    return np.stack([share, priority, rng.random(shape)], axis=-1)[..., :width]


@given(configs(), st.integers(0, 2**32), st.integers(1, 3))
def test_the_vectorised_slot_equals_loops_over_the_users(
    config: MecConfig, seed: int, width: int
) -> None:
    rng = np.random.default_rng(seed)
    simulator = Simulator(config, 3, rng)
    for _ in range(2):
        seen = simulator.observe()
        action = draw_action(rng, seen.shape[:2], width)
        step, slot = simulator.step(action), last(simulator)
        for window in range(3):
            tasks = seen[window].tolist()
            busy = [0.0] * config.clusters
            for row in tasks:
                if config.leftover:
                    busy[int(row[5])] = row[6]
            priority = action[window, :, 1] if width > 1 else -seen[window, :, 2]
            claim = action[window, :, 2] if width > 2 else seen[window, :, 1] / seen[window, :, 2]
            expected = reference_slot(config, tasks, action[window, :, 0], priority, claim, busy)
            for name in ("completion", "quality", "energy"):
                got = getattr(slot, name)[window]
                np.testing.assert_allclose(got, expected[name], rtol=1e-12, atol=1e-12)
            if config.leftover:
                np.testing.assert_allclose(slot.busy[window], expected["busy"], rtol=1e-12)
            value = np.mean(
                [
                    config.weight_qos * q - config.weight_energy * j
                    for q, j in zip(expected["quality"], expected["energy"], strict=True)
                ]
            )
            assert step.reward[window] == pytest.approx(value, rel=1e-12, abs=1e-12)


@given(configs(), st.integers(0, 2**32))
def test_reward_is_combined_from_the_mean_outcomes(config: MecConfig, seed: int) -> None:
    rng = np.random.default_rng(seed)
    simulator = Simulator(config, 4, rng)
    seen = simulator.observe()
    step = simulator.step(draw_action(rng, (4, config.users), 3))
    combined = FAMILIES["mec"].combine(config)(step.outcomes.mean(axis=1), seen)
    np.testing.assert_allclose(combined, step.reward, rtol=1e-12, atol=1e-14)


@given(configs(), st.integers(0, 2**32))
def test_the_order_of_users_does_not_matter(config: MecConfig, seed: int) -> None:
    rng = np.random.default_rng(seed)
    seen = Simulator(config, 2, rng).observe()
    action = draw_action(rng, seen.shape[:2], 1)[..., 0]
    swap = rng.permutation(config.users)
    one = run_slot(decode(action, seen, config), seen, config)
    other = run_slot(decode(action[:, swap], seen[:, swap], config), seen[:, swap], config)
    np.testing.assert_allclose(one.completion[:, swap], other.completion, rtol=1e-12)
    np.testing.assert_allclose(one.energy[:, swap], other.energy, rtol=1e-12)


@given(st.integers(0, 2**32))
def test_a_queue_serves_one_task_at_a_time(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape = 5, 12
    queue = rng.integers(0, 4, shape)
    ready, service = rng.exponential(size=(2, *shape))
    finish = finish_times(ready, service, rng.random(shape), queue, np.zeros((5, 3)))
    assert np.isinf(finish[queue == 3]).all()
    assert (finish >= ready + service - 1e-12)[queue < 3].all()
    for window in range(5):
        for number in range(3):
            member = queue[window] == number
            done = np.sort(finish[window, member])
            by_end = service[window, member][finish[window, member].argsort()]
            assert (np.diff(done) >= by_end[1:] - 1e-12).all()


def test_huge_upload_times_do_not_blur_other_queues() -> None:
    ready = np.array([[1e12, 0.125, 0.25]])
    service = np.array([[1.0, 0.1, 0.1]])
    finish = finish_times(ready, service, np.zeros((1, 3)), np.array([[0, 1, 1]]), np.zeros((1, 2)))
    np.testing.assert_array_equal(finish, [[1e12 + 1, 0.225, 0.35]])


def test_with_constant_power_density_upload_energy_does_not_depend_on_the_share() -> None:
    config = phase_one("fixed", 2)
    seen = Simulator(config, 50, np.random.SeedSequence(0)).observe()
    joules = []
    for share in (0.5, 0.1):
        action = np.tile([share, 1 - share], (50, 1))
        joules.append(run_slot(decode(action, seen, config), seen, config).energy)
    np.testing.assert_allclose(*joules, rtol=1e-12)


def test_leftover_is_what_the_slot_was_too_short_for() -> None:
    config = replace(phase_one("code", 5), leftover=True, slot_s=0.5)
    simulator = Simulator(config, 20, np.random.SeedSequence(0))
    assert len(columns(config)) == 7
    assert (simulator.observe()[..., 6] == 0).all()
    step = simulator.step(np.full((20, 5), 0.2))
    end = last(simulator).completion.max(axis=1)
    np.testing.assert_allclose(
        step.observation[..., 6], np.tile(np.maximum(end - 0.5, 0)[:, None], 5)
    )
    idle = simulator.step(np.zeros((20, 5)))
    np.testing.assert_allclose(
        idle.observation[..., 6], np.maximum(step.observation[..., 6] - 0.5, 0)
    )


def test_a_share_below_the_least_one_is_local() -> None:
    config = replace(phase_one("code", 3), least_share=0.04)
    seen = Simulator(config, 1, np.random.SeedSequence(0)).observe()
    action, _ = check([[0.039, 0.04, 0.5]], seen)
    decision = decode(action, seen, config)
    np.testing.assert_array_equal(decision.offloaded, [[False, True, True]])
    np.testing.assert_allclose(decision.share, [[0.0, 0.04 / 0.54, 0.5 / 0.54]])
