"""The common test windows: every method meets the same traffic and the same channels."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from difsched.config import EnvironmentConfig
from difsched.config.base import check_int
from difsched.env.slice.allocation import check_allocation
from difsched.env.slice.link.sigmoid import Floats
from difsched.env.slice.simulator import QOS_LOSS, Simulator
from difsched.env.slice.traffic.generator import Trace, TrafficGenerator
from difsched.errors import InputError
from difsched.evaluation.fairness import LOSS_LEVELS, jain_index, level_counts
from difsched.policy import Policy
from difsched.utils.seeding import seed_sequence

#: Windows that follow one another in a test episode. Episodes start at random places of the
#: trace, so many short ones cover it better than few long ones.
EPISODE_WINDOWS = 20
#: More, 55 hours, would not fit in memory.
MOST_WINDOWS = 1_000_000


@dataclass(frozen=True)
class Scores:
    """What a policy did on E test episodes of T windows, in expectation over deliveries.

    Attributes
    ----------
    loss : (E, T) ndarray of float
        Packet-loss ratio of each window, in [0, 1].
    user_loss : (E, 101) ndarray of float
        Distribution over users: share of the episode's user-windows with packets at stake whose
        loss is at most 0, 1, ..., 100 %. A user-window's loss is the packets lost for good over
        those at stake, new ones and those that waited.
    starved : (E,) ndarray of float
        Share of those user-windows that were granted fewer than ``r_bar`` RBs.
    jain : (E,) ndarray of float
        Jain's index of the users' delivered shares, in [1/N, 1]. A user's share is taken over the
        episode's four seconds: packets delivered over packets whose fate is known at its end.
    """

    loss: Floats
    user_loss: Floats
    starved: Floats
    jain: Floats

    @property
    def qos_met(self) -> Floats:
        """Share (E,) of the user-windows whose loss is at most 10 %."""
        return self.user_loss[:, np.searchsorted(LOSS_LEVELS, QOS_LOSS)]

    def summary(self, information: str) -> dict[str, Any]:
        """Return what a run's record keeps, as plain values.

        Parameters
        ----------
        information : str
            What the policy saw.

        Raises
        ------
        InputError
            If there are fewer than two episodes, which give no interval.
        """
        if len(self.loss) < 2:
            raise InputError(
                f"n_windows = {self.loss.size}: must be at least {2 * EPISODE_WINDOWS}"
            )
        by_episode = {"loss": self.loss.mean(axis=1), "starved": self.starved, "jain": self.jain}
        return {
            "information": information,
            "loss": float(self.loss.mean()),
            "qos_met": float(self.qos_met.mean()),
            "starved": float(self.starved.mean()),
            "jain": float(self.jain.mean()),
            **{f"{name}_by_episode": values.tolist() for name, values in by_episode.items()},
            "user_loss": self.user_loss.mean(axis=0).tolist(),
            "user_loss_error": stats.sem(self.user_loss, axis=0).tolist(),
        }


def check_windows(name: str, value: Any, least: int = EPISODE_WINDOWS) -> int:
    """Return a number of test windows if they are whole episodes, ``least`` windows or more.

    Raises
    ------
    InputError
        If they are not; the line says what is allowed.
    """
    windows = check_int(name, value, least, MOST_WINDOWS)
    if windows % EPISODE_WINDOWS:
        below = windows - windows % EPISODE_WINDOWS
        raise InputError(
            f"{name} = {windows}: must be a multiple of {EPISODE_WINDOWS}, the windows of a test "
            f"episode, such as {below} or {below + EPISODE_WINDOWS}"
        )
    return windows


def evaluate(
    policy: Policy,
    config: EnvironmentConfig,
    trace: Trace,
    n_windows: int,
    *,
    first: int | None = None,
) -> Scores:
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
        Common test windows in all, a multiple of 20. Another number gives other windows.
    first : int, optional
        Score the policy on so many of them alone, the first ones, a multiple of 20; on all when
        left out.

    Raises
    ------
    InputError
        If a number of windows is not allowed, or the policy's grants are not.
    """
    episodes = check_windows("n_windows", n_windows) // EPISODE_WINDOWS
    scored = episodes
    if first is not None:
        scored = check_windows("first", check_int("first", first, 1, n_windows)) // EPISODE_WINDOWS
    simulator = Simulator(
        config,
        TrafficGenerator(trace),
        episodes,
        outcomes="expected",
        seed=seed_sequence(config.randomSeed, "test windows"),
    )
    observation = simulator.observe()
    # All episodes draw from one stream: those that are not scored run without grants.
    grants = np.zeros(simulator.shape, dtype=np.int64)
    shape = (scored, config.N_user)
    loss: Floats = np.empty((scored, EPISODE_WINDOWS))
    counts: Floats = np.zeros((scored, len(LOSS_LEVELS)))
    starved: NDArray[np.int64] = np.zeros(scored, dtype=np.int64)
    delivered, lost = np.zeros((2, *shape))
    for window in range(EPISODE_WINDOWS):
        allocation = check_allocation(policy.act(observation[:scored]), shape, config.B)
        grants[:scored] = allocation
        step = simulator.advance(grants).first(scored)
        loss[:, window] = -step.reward
        counts += level_counts(step.user_loss, step.at_stake > 0)
        starved += step.starved(allocation, config.r_bar).sum(axis=1)
        delivered += step.delivered
        lost += step.lost
        observation = step.observation
    total = np.maximum(counts.sum(axis=1), 1)
    known = delivered + lost
    share = np.divide(delivered, known, out=np.zeros_like(known), where=known > 0)
    return Scores(
        loss=loss,
        user_loss=counts.cumsum(axis=1) / total[:, None],
        starved=starved / total,
        jain=jain_index(share, known > 0),
    )
