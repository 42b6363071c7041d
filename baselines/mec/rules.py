"""Rules that learn nothing: functions of an observation (W, N, F) that return actions.

Without a priority the server takes the earliest deadline first, and without a claim a cluster's
part of the processor follows its cycles per deadline; see `difsched.env.mec.actions`.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from difsched.env.mec.columns import Column, check_observation
from difsched.env.mec.config import MecConfig
from difsched.env.mec.splits import split_band
from difsched.errors import InputError, choices
from difsched.typing import Floats

from .solution import evaluate


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
