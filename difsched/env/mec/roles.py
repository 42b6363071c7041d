"""The agents of edge computing: what each role sees and decides, of W windows at once.

Phase 1, one queue: every UE, and the server, which orders the tasks. Phase 2, K clusters: every
UE, the coordinator, which splits the processor among the clusters, and a scheduler for each
cluster. UEs decide first; whoever comes after them sees what they ask for. What an action of a
role means is `joint_action`'s.

Tables that are called normalised hold columns divided by the largest value of their range.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from difsched.typing import Bools, Floats

from .columns import Column, bounds, cluster_of
from .config import MecConfig
from .splits import split_band

#: Range of every number that an agent decides: logits, priorities.
LOGIT = 4.0
#: Columns of a UE's own observation: data, cycles, deadline, distance, own speed.
TASK = 5


@dataclass(frozen=True)
class Requests:
    """What the UEs ask for.

    Attributes
    ----------
    offload : (W, N) ndarray of bool
    logit : (W, N) ndarray of float
        Spectrum asked for: shares follow as softmax among those who offload.
    """

    offload: Bools
    logit: Floats

    @classmethod
    def of(cls, action: Floats) -> "Requests":
        """Return the requests of the UEs' actions (W, N, 2): logits of offloading, of spectrum."""
        return cls(action[..., 0] > 0, np.asarray(action[..., 1], dtype=np.float64))

    @classmethod
    def none(cls, windows: int, config: MecConfig) -> "Requests":
        """Return what is asked for before the first slot: nothing."""
        return cls.of(np.zeros((windows, config.users, 2)))

    def share(self, config: MecConfig) -> Floats:
        """Return the shares of the band (W, N); see `split_band`."""
        return split_band(np.exp(self.logit), self.offload, config)


def largest_cluster(config: MecConfig) -> int:
    """Return the rows M of a cluster's table: a UE in each of the others, the rest in this one."""
    return config.users - config.clusters + 1


def ue_tables(observation: Floats) -> Floats:
    """Return what each UE sees of its own task and device, (W, N, 5): Mbit, 1e9, s, m, GHz."""
    return observation[..., :TASK]


def _normalised(observation: Floats, config: MecConfig, columns: int) -> Floats:
    largest = np.maximum(bounds(config)[1][:, :columns], 1e-9)
    return observation[..., :columns] / largest


def server_table(observation: Floats, requests: Requests, config: MecConfig) -> Floats:
    """Return what the server sees of each UE, (W, N, 6).

    Data, cycles, deadline and distance, normalised; whether it asks to offload; its share.
    """
    asked = np.stack([requests.offload, requests.share(config)], axis=-1)
    return np.concatenate([_normalised(observation, config, Column.SPEED), asked], axis=-1)


def coordinator_table(observation: Floats, requests: Requests, config: MecConfig) -> Floats:
    """Return what the coordinator sees of each cluster, (W, K, 5).

    Means over its UEs of cycles, deadline, distance and speed, normalised, and of who offloads.
    """
    seen = _normalised(observation, config, TASK)[..., Column.CYCLES :]
    seen = np.concatenate([seen, requests.offload[..., None]], axis=-1)
    member = cluster_of(observation, config)[:, None, :] == np.arange(config.clusters)[:, None]
    count = np.maximum(member.sum(axis=-1, keepdims=True), 1)
    return np.asarray((member.astype(float) @ seen) / count)


def members(observation: Floats, config: MecConfig) -> NDArray[np.int64]:
    """Return the UEs of each cluster in order, (W, K, M), and N behind the last."""
    cluster = cluster_of(observation, config)
    numbers = np.where(
        cluster[:, None, :] == np.arange(config.clusters)[:, None],
        np.arange(config.users),
        config.users,
    )
    return np.sort(numbers, axis=-1)[..., : largest_cluster(config)]


def cluster_tables(observation: Floats, requests: Requests, config: MecConfig) -> Floats:
    """Return what each cluster's scheduler sees of its UEs, (W, K, M, 7).

    Whether there is a UE in the row; data, cycles, deadline and distance, normalised; whether it
    asks to offload; its logit of spectrum. Rows without a UE are zero.
    """
    seen = _normalised(observation, config, Column.SPEED)
    rows = np.concatenate(
        [
            np.ones((*seen.shape[:2], 1)),
            seen,
            requests.offload[..., None],
            requests.logit[..., None],
        ],
        axis=-1,
    )
    filled = np.concatenate([rows, np.zeros_like(rows[:, :1])], axis=1)
    table = members(observation, config)
    return np.asarray(filled[np.arange(len(filled))[:, None, None], table])


def cluster_priorities(action: Floats, observation: Floats, config: MecConfig) -> Floats:
    """Return the priority of each UE, (W, N), of the schedulers' actions (W, K, M)."""
    table = members(observation, config)
    priority = np.zeros((len(action), config.users + 1))
    priority[np.arange(len(action))[:, None, None], table] = action
    return priority[:, : config.users]


def joint_action(
    requests: Requests,
    priority: Floats,
    observation: Floats,
    config: MecConfig,
    parts: Floats | None = None,
) -> Floats:
    """Return the simulator's action (W, N, 2), or (W, N, 3) of several clusters.

    Parameters
    ----------
    requests : Requests
    priority : (W, N) ndarray of float
        The highest is served first.
    observation : (W, N, F) ndarray of float
    config : MecConfig
    parts : (W, K) ndarray of float, optional
        Logits of the clusters' parts of the processor, a softmax among those with work.
    """
    columns = [requests.share(config), priority]
    if parts is not None:
        cluster = cluster_of(observation, config)
        row = np.arange(len(cluster))[:, None]
        count = np.zeros(parts.shape)
        np.add.at(count, (row, cluster), requests.offload)
        columns.append((np.exp(parts) / np.maximum(count, 1))[row, cluster])
    return np.stack(columns, axis=-1)
