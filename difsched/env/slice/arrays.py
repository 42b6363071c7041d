"""The arrays of a slice's dataset: their shapes, and what they must mean together."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.env.slice.columns import Column, Past
from difsched.errors import InputError

ARRAYS = (
    "observation",
    "final_observation",
    "allocation",
    "demand",
    "delivered",
    "lost",
    "reward",
)
COUNTS = ("allocation", "demand", "delivered", "lost")
#: Features a user at least.
LEAST_FEATURES = len(Column)
#: How far a reward may be from what demand and lost say: logs round to three digits.
TOLERANCE = 1e-3


def check_shapes(arrays: Mapping[str, NDArray[Any]]) -> None:
    """Raise InputError unless arrays are of E episodes of T windows of N users; names the first."""
    seen = arrays["observation"].shape
    if len(seen) != 3 or 0 in seen or seen[2] < LEAST_FEATURES:
        raise InputError(f"observation has shape {seen}: must be (W, N, F), F >= {LEAST_FEATURES}")
    windows, users, features = seen
    final = arrays["final_observation"]
    episodes = len(final) if final.ndim else 0
    if episodes == 0 or windows % episodes:
        raise InputError(
            f"final_observation has {episodes} episodes: must divide {windows} windows, as all "
            "episodes are equally long; leave a shorter one out, or cut all to its length"
        )
    shapes = {
        "final_observation": (episodes, users, features),
        "allocation": (windows, users),
        "demand": (windows, users),
        "delivered": (windows, users),
        "lost": (windows, users),
        "reward": (windows,),
    }
    for name, shape in shapes.items():
        if arrays[name].shape != shape:
            raise InputError(f"{name} has shape {arrays[name].shape}: must be {shape}")


def waited(observation: NDArray[Any], history: int = 0) -> NDArray[np.float64]:
    """Return the packets (W, N) that waited before each window; K windows of history are shown."""
    end = observation.shape[-1] - len(Past) * history
    return observation[..., len(Column) : end].sum(axis=-1, dtype=np.float64)


def check_meaning(arrays: Mapping[str, NDArray[Any]], history: int = 0) -> None:
    """Raise InputError unless counts and rewards say the same; names the first window that fails.

    See `check_counts`; the reward is minus the share of what was at stake that was lost.
    """
    check_rewards(arrays, check_counts(arrays, history))


def check_counts(arrays: Mapping[str, NDArray[Any]], history: int = 0) -> NDArray[np.float64]:
    """Return the packets at stake (W, N); raise InputError at counts that cannot be.

    No count is negative. What got through and what was lost are part of what was at stake: the
    demand, and with more than four features, but for those of K windows of ``history``, the packets
    that waited.
    """
    for name in COUNTS:
        if (least := arrays[name].min()) < 0:
            raise InputError(f"{name} holds {least}: must be >= 0")
    at_stake = arrays["demand"] + waited(arrays["observation"], history)
    gone = arrays["delivered"].astype(np.int64) + arrays["lost"]
    if (beyond := gone > at_stake).any():
        window, user = np.argwhere(beyond)[0]
        raise InputError(
            f"delivered + lost = {gone[window, user]} packets of user {user} in window {window}: "
            f"must be at most the {at_stake[window, user]:g} at stake (demand, and what waited)"
        )
    return at_stake


def check_rewards(arrays: Mapping[str, NDArray[Any]], at_stake: NDArray[np.float64]) -> None:
    """Raise InputError unless rewards are minus the share lost of the packets at stake (W, N)."""
    reward = arrays["reward"].astype(np.float64)
    outside = (reward < -1 - TOLERANCE) | (reward > TOLERANCE)
    if outside.any():
        window = outside.argmax()
        raise InputError(
            f"reward = {reward[window]:g} in window {window}: must be in [-1, 0], minus the "
            "packet-loss ratio"
        )
    lost, packets = arrays["lost"].sum(axis=1, dtype=np.int64), at_stake.sum(axis=1)
    said = -lost / np.maximum(packets, 1)
    if (wrong := np.abs(reward - said) > TOLERANCE).any():
        window = wrong.argmax()
        raise InputError(
            f"reward = {reward[window]:g} in window {window}: must be {said[window]:g}, minus "
            f"{lost[window]} lost of {packets[window]:g} packets at stake"
        )


def user_parts(lost: NDArray[Any], reward: NDArray[Any]) -> NDArray[Any]:
    """Return each user's part of the reward (W, N), whose mean over users is the reward.

    Parameters
    ----------
    lost : (W, N) ndarray
        Packets lost, >= 0: a window's reward falls to its users in proportion.
    reward : (W,) ndarray
        Minus the packet-loss ratio; 0 where nothing is lost.
    """
    kind = np.result_type(lost, np.float32)
    total = lost.sum(axis=1, dtype=kind)[:, None]
    share = np.divide(lost, total, out=np.zeros(lost.shape, kind), where=total > 0)
    return share * reward[:, None] * lost.shape[1]
