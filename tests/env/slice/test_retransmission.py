"""Packets that are sent again: none appears or vanishes, and none outlives its D windows."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from difsched.config import ConfigManager, EnvironmentConfig
from difsched.env import Simulator
from difsched.env.slice.columns import WAITING, Column
from difsched.env.slice.traffic.generator import Trace, TrafficGenerator
from difsched.utils.seeding import seed_sequence

COPIES = 3


def simulate(
    retransmit: int,
    trace: list[int],
    outcomes: str,
    channel: tuple[float, float] = (0.3, 10.0),
    seed: int = 1,
) -> Simulator:
    config = replace(
        ConfigManager().load_env_config(),
        retransmit=retransmit,
        information="perfect",
        sigmoid_k_list=[channel[0]],
        sigmoid_s_list=[channel[1]],
    )
    traffic = TrafficGenerator(Trace(np.array(trace), np.array(trace, float)))
    seeds = seed_sequence(seed, "retransmission")
    return Simulator(config, traffic, COPIES, outcomes=outcomes, seed=seeds)


def nothing(simulator: Simulator) -> np.ndarray:
    return np.zeros(simulator.shape, dtype=np.int64)


DEAF = (2.0, 50.0)  # without RBs a packet gets through once in exp(100)
IMPULSE = [40, 0, 0, 0, 0, 0, 0]


@given(
    st.integers(0, 3),
    st.sampled_from(["expected", "sampled"]),
    st.lists(st.integers(0, 200), min_size=1, max_size=9),
    st.integers(0, 2**32 - 1),
)
def test_packets_are_conserved_in_every_window_and_in_all(
    retransmit: int, outcomes: str, trace: list[int], seed: int
) -> None:
    simulator = simulate(retransmit, trace, outcomes, seed=seed)
    rng = np.random.default_rng(seed)
    before = np.zeros(simulator.shape)
    offered, delivered, lost = (np.zeros(simulator.shape) for _ in range(3))
    for _ in range(12):
        step = simulator.step(rng.multinomial(100, np.full(8, 1 / 8), size=COPIES))
        assert step.demand + before == pytest.approx(step.delivered + step.lost + step.pending)
        assert min(step.delivered.min(), step.lost.min(), step.pending.min()) >= 0
        stake = (step.demand + before).sum(axis=1)
        assert -step.reward * stake == pytest.approx(step.lost.sum(axis=1))
        assert ((step.reward >= -1) & (step.reward <= 0)).all()
        before = step.pending
        offered, delivered, lost = (
            total + new
            for total, new in (
                (offered, step.demand),
                (delivered, step.delivered),
                (lost, step.lost),
            )
        )
        assert offered == pytest.approx(delivered + lost + step.pending)
        if retransmit == 0:
            assert not step.pending.any()
        if outcomes == "sampled":
            assert {step.delivered.dtype, step.lost.dtype, step.pending.dtype} == {np.dtype("i8")}


@pytest.mark.parametrize("outcomes", ["expected", "sampled"])
@pytest.mark.parametrize("retransmit", range(4))
def test_a_packet_is_lost_after_exactly_d_windows(retransmit: int, outcomes: str) -> None:
    simulator = simulate(retransmit, IMPULSE, outcomes, DEAF)
    demands, losses = [], []
    for _ in range(2 * len(IMPULSE)):
        step = simulator.step(nothing(simulator))
        demands.append(step.demand)
        losses.append(step.lost)
    assert np.max(demands) == 40
    expected = np.array(demands[: len(demands) - retransmit])
    assert np.allclose(losses[retransmit:], expected)
    assert not np.any(losses[:retransmit])


@pytest.mark.parametrize("outcomes", ["expected", "sampled"])
@pytest.mark.parametrize("retransmit", range(4))
def test_the_columns_that_wait_hold_the_demand_of_each_age(retransmit: int, outcomes: str) -> None:
    simulator = simulate(retransmit, [3, 50, 0, 7, 120], outcomes, DEAF)
    observation = simulator.observe()
    assert observation.shape == (COPIES, 8, len(Column) + retransmit)
    assert len(Column) == 4 and not observation[..., WAITING].any()
    past: list[np.ndarray] = [np.zeros(simulator.shape) for _ in range(retransmit)]
    for _ in range(9):
        step = simulator.step(nothing(simulator))
        past = [step.demand, *past][:retransmit]
        waiting = np.stack(past, axis=-1) if past else np.zeros((*simulator.shape, 0))
        assert np.allclose(step.observation[..., 4:], waiting)
        assert np.allclose(step.pending, waiting.sum(axis=-1))
        coming = step.observation[..., 0] - waiting.sum(axis=-1)
        assert np.allclose(step.observation[..., 1], step.demand)
        assert np.isin(np.round(coming), simulator.traffic.trace.packets).all()


def test_what_waits_gets_through_when_it_is_granted() -> None:
    simulator = simulate(2, IMPULSE, "sampled", (2.0, 20.0))
    for _ in range(30):
        waiting = simulator.observe()[..., 4:].sum(axis=-1)
        grants = nothing(simulator)
        # 40 RBs are 20 above the midpoint: exp(-40) of the packets do not get through.
        grants[:, :2] = 40
        step = simulator.step(grants)
        assert np.array_equal(step.delivered[:, :2], (step.demand + waiting)[:, :2])
        assert not step.lost[:, :2].any()


def test_a_reset_drops_what_waits() -> None:
    simulator = simulate(2, [40], "sampled", DEAF)
    assert simulator.step(nothing(simulator)).pending.any()
    assert not simulator.reset()[..., 4:].any()


def test_grants_change_what_comes_next_only_with_retransmission(config: EnvironmentConfig) -> None:
    for retransmit in (0, 1):
        seen = []
        for grant in (0, 12):
            simulator = simulate(retransmit, [40, 90, 10], "sampled")
            seen.append(simulator.step(np.full(simulator.shape, grant)).observation)
        assert np.array_equal(*seen) == (retransmit == 0)
