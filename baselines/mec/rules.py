"""Rules that learn nothing: functions of an observation (W, N, F) that return actions.

Without a priority the server takes the earliest deadline first, and without a claim a cluster's
part of the processor follows its cycles per deadline; see `difsched.env.mec.action`.
"""

import numpy as np
from numpy.typing import NDArray

from difsched.env.mec.config import Config
from difsched.env.mec.observation import Column, check_observation
from difsched.env.mec.physics import Floats
from difsched.errors import InputError

from .splits import split_band


def urgency(observation: Floats) -> Floats:
    """Return the upload rate D / T that each task needs, Mbit/s, (W, N)."""
    return observation[..., Column.DATA] / observation[..., Column.DEADLINE]


def lateness(observation: Floats) -> Floats:
    """Return C / (f T), the time of computing locally over the deadline, (W, N)."""
    cycles, deadline = observation[..., Column.CYCLES], observation[..., Column.DEADLINE]
    return cycles / (observation[..., Column.SPEED] * deadline)


def all_local(config: Config, observation: Floats) -> Floats:
    """Nobody offloads."""
    return np.zeros(check_observation(config, observation).shape[:2])


def all_offload(config: Config, observation: Floats) -> Floats:
    """Everybody offloads with an equal share; clusters get compute by their number of UEs."""
    windows, users = check_observation(config, observation).shape[:2]
    action = np.ones((windows, users, 3))
    action[..., 0] = 1 / users
    action[..., 1] = -observation[..., Column.DEADLINE]
    return action


def proportional(config: Config, observation: Floats) -> Floats:
    """Everybody offloads, with a share in proportion to D / T."""
    seen = check_observation(config, observation)
    return split_band(config, urgency(seen), np.ones(seen.shape[:2], dtype=np.bool_))


def most_late(config: Config, observation: Floats, served: int) -> Floats:
    """Serve the ``served`` UEs that would be latest on their own, shares by D / T.

    Raises
    ------
    InputError
        If ``served`` is not in 0..N.
    """
    seen = check_observation(config, observation)
    if not 0 <= served <= config.users:
        raise InputError(f"served = {served!r:.60}: must be in 0..{config.users}")
    rank = (-lateness(seen)).argsort(axis=-1, kind="stable").argsort(axis=-1)
    return split_band(config, urgency(seen), rank < served)


def random_action(config: Config, observation: Floats, rng: np.random.Generator) -> Floats:
    """Draw who offloads by a coin, shares and claims as softmax of N(0, 1), and an order."""
    seen = check_observation(config, observation)
    weights, priority, claim = np.exp(rng.standard_normal((3, *seen.shape[:2])))
    share = split_band(config, weights, rng.random(seen.shape[:2]) < 0.5)
    if config.clusters > 1:
        claim = _same_in_cluster(config, claim, share > 0, seen)
    return np.stack([share, priority, claim], axis=-1)


def _same_in_cluster(
    config: Config, claim: Floats, offloaded: NDArray[np.bool_], seen: Floats
) -> Floats:
    """Let the UEs of a cluster that offload claim one number together: that of its first UE."""
    total = np.zeros_like(claim)
    for number in range(config.clusters):
        member = seen[..., Column.CLUSTER] == number
        first = np.take_along_axis(claim, member.argmax(axis=1)[:, None], axis=1)
        count = np.maximum((member & offloaded).sum(axis=1, keepdims=True), 1)
        total += member * first / count
    return total
