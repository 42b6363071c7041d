"""The common test windows: every method meets the same traffic and the same channels."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.config import EnvironmentConfig
from difsched.env.slice.environment import QOS_LOSS
from difsched.env.slice.link import Floats
from difsched.env.slice.simulator import Simulator
from difsched.env.slice.traffic import Trace, TrafficGenerator
from difsched.policy import Policy
from difsched.utils.seeding import seed_sequence

#: Windows that follow one another in a test episode. Episodes start at random places of the
#: trace, so many short ones cover it better than few long ones.
EPISODE_WINDOWS = 20


@dataclass(frozen=True)
class Scores:
    """What a policy did on E test episodes of T windows, in expectation over deliveries.

    Attributes
    ----------
    loss : (E, T) ndarray of float
        Packet-loss ratio of each window, in [0, 1].
    qos_met : (E,) ndarray of float
        Share of user-windows with traffic whose loss is at most 10 %.
    starved : (E,) ndarray of float
        Share of user-windows with traffic granted fewer than ``r_bar`` RBs.
    """

    loss: Floats
    qos_met: Floats
    starved: Floats


def evaluate(policy: Policy, config: EnvironmentConfig, trace: Trace, n_windows: int) -> Scores:
    """Score a policy in closed form on the common test windows.

    The windows depend on the configuration's seed, users and channel and on the trace alone:
    every policy meets the same (common random numbers), whatever it sees of them.

    Parameters
    ----------
    policy : Policy
        What decides.
    config : EnvironmentConfig
        The slice; ``information`` says what the policy sees.
    trace : Trace
        The test trace.
    n_windows : int
        Windows in all, a multiple of 20.
    """
    episodes = n_windows // EPISODE_WINDOWS
    simulator = Simulator(
        config,
        TrafficGenerator(trace),
        episodes,
        outcomes="expected",
        seed=seed_sequence(config.randomSeed, "test windows"),
    )
    observation = simulator.observe()
    rows: list[tuple[NDArray[Any], ...]] = []
    for _ in range(EPISODE_WINDOWS):
        allocation = policy.act(observation)
        step = simulator.step(allocation)
        active = step.demand > 0
        users = np.maximum(active.sum(axis=1), 1)
        met = active & (step.lost <= QOS_LOSS * step.demand)
        starved = active & (allocation < config.r_bar)
        rows.append((-step.reward, met.sum(axis=1) / users, starved.sum(axis=1) / users))
        observation = step.observation
    loss, qos_met, starved_share = (np.stack(column, axis=1) for column in zip(*rows, strict=True))
    return Scores(loss, qos_met.mean(axis=1), starved_share.mean(axis=1))
