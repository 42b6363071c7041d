"""Rules that learn nothing: functions of an observation (W, N, F) that return actions.

Without a priority the server takes the earliest deadline first, and without a claim a cluster's
part of the processor follows its cycles per deadline; see `difsched.env.mec.actions`.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from difsched.env.mec.columns import Column, check_observation
from difsched.env.mec.config import MecConfig
from difsched.errors import InputError, choices
from difsched.typing import Floats

from .solution import evaluate
from .splits import split_band


def urgency(observation: Floats) -> Floats:
    """Return the upload rate D / T that each task needs, Mbit/s, (W, N)."""
    return observation[..., Column.DATA] / observation[..., Column.DEADLINE]


def lateness(observation: Floats) -> Floats:
    """Return C / (f T), the time of computing locally over the deadline, (W, N)."""
    cycles, deadline = observation[..., Column.CYCLES], observation[..., Column.DEADLINE]
    return cycles / (observation[..., Column.SPEED] * deadline)


def all_local(observation: Floats, config: MecConfig) -> Floats:
    """Nobody offloads."""
    return np.zeros(check_observation(observation, config).shape[:2])


def all_offload(observation: Floats, config: MecConfig) -> Floats:
    """Everybody offloads with an equal share; clusters get compute by their number of UEs."""
    windows, users = check_observation(observation, config).shape[:2]
    action = np.ones((windows, users, 3))
    action[..., 0] = 1 / users
    action[..., 1] = -observation[..., Column.DEADLINE]
    return action


def proportional(observation: Floats, config: MecConfig) -> Floats:
    """Everybody offloads, with a share in proportion to D / T."""
    seen = check_observation(observation, config)
    return split_band(urgency(seen), np.ones(seen.shape[:2], dtype=np.bool_), config)


#: Who is served first, by the name of the key: the largest comes first.
KEYS: Mapping[str, Callable[[Floats], Floats]] = MappingProxyType(
    {
        "most_late": lateness,
        "earliest_deadline": lambda observation: -observation[..., Column.DEADLINE],
    }
)


def serve_first(observation: Floats, served: int, key: str, config: MecConfig) -> Floats:
    """Serve the first UEs by a key, with shares by D / T.

    Parameters
    ----------
    observation : (W, N, F) ndarray of float
    served : int
        How many, 0..N.
    key : str
        One of ``KEYS``.

    Raises
    ------
    InputError
        If the number is out of range or the key unknown.
    """
    seen = check_observation(observation, config)
    if key not in KEYS:
        raise InputError(f"key = {key!r:.60}: {choices(key, KEYS)}")
    if not 0 <= served <= config.users:
        raise InputError(f"served = {served!r:.60}: must be in 0..{config.users}")
    rank = (-KEYS[key](seen)).argsort(axis=-1, kind="stable").argsort(axis=-1)
    return split_band(urgency(seen), rank < served, config)


def best_number(observation: Floats, key: str, config: MecConfig) -> int:
    """Return how many to serve by a key, 0..N: the best on these windows."""
    means = [
        evaluate(serve_first(observation, served, key, config), observation, config).mean()
        for served in range(config.users + 1)
    ]
    return int(np.argmax(means))


def random_action(observation: Floats, rng: np.random.Generator, config: MecConfig) -> Floats:
    """Draw who offloads by a coin, shares and claims as softmax of N(0, 1), and an order."""
    seen = check_observation(observation, config)
    weights, priority, claim = np.exp(rng.standard_normal((3, *seen.shape[:2])))
    share = split_band(weights, rng.random(seen.shape[:2]) < 0.5, config)
    if config.clusters > 1:
        claim = _same_in_cluster(claim, share > 0, seen, config)
    return np.stack([share, priority, claim], axis=-1)


def _same_in_cluster(
    claim: Floats, offloaded: NDArray[np.bool_], seen: Floats, config: MecConfig
) -> Floats:
    """Let the UEs of a cluster that offload claim one number together: that of its first UE."""
    total = np.zeros_like(claim)
    for number in range(config.clusters):
        member = seen[..., Column.CLUSTER] == number
        first = np.take_along_axis(claim, member.argmax(axis=1)[:, None], axis=1)
        count = np.maximum((member & offloaded).sum(axis=1, keepdims=True), 1)
        total += member * first / count
    return total
