"""What the schedulers see: one row a UE, (W, N, F), columns named here and nowhere else."""

from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.errors import InputError
from difsched.typing import Floats

from .config import MecConfig


class Column(IntEnum):
    """Columns of an observation; those that a configuration lacks are left out at the end.

    The last one is the server's: with one cluster all UEs have the same number there.
    """

    DATA = 0  # Mbit
    CYCLES = 1  # 1e9 cycles
    DEADLINE = 2  # s
    DISTANCE = 3  # m
    SPEED = 4  # GHz
    CLUSTER = 5  # 0..K-1, if there are several or work is left over
    BUSY = 6  # s until the queue of the UE's cluster is free, if work is left over


def columns(config: MecConfig) -> tuple[Column, ...]:
    """Return the columns that an observation has."""
    if config.leftover:
        return tuple(Column)
    return tuple(Column)[: Column.BUSY if config.clusters > 1 else Column.CLUSTER]


def bounds(config: MecConfig) -> tuple[Floats, Floats]:
    """Return the least and the largest values of observations, (N, F) each.

    The time until a queue is free has no upper bound.
    """
    ranges = {
        Column.DATA: config.data_mbit,
        Column.CYCLES: config.cycles_g,
        Column.DEADLINE: config.deadline_s,
        Column.DISTANCE: config.distance_m,
        Column.SPEED: config.speed_ghz,
        Column.CLUSTER: (0.0, config.clusters - 1.0),
        Column.BUSY: (0.0, np.inf),
    }
    ends = np.array([ranges[column] for column in columns(config)])
    low, high = np.repeat(ends.T[:, None], config.users, axis=1)
    return low, high


def cluster_of(observation: Floats, config: MecConfig) -> NDArray[np.int64]:
    """Return the cluster of each UE, (W, N), 0..K-1."""
    if config.clusters == 1:
        return np.zeros(observation.shape[:2], dtype=np.int64)
    return observation[..., Column.CLUSTER].astype(np.int64)


def busy_of(observation: Floats, config: MecConfig) -> Floats:
    """Return when each queue is free, (W, K), s: 0 unless work is left over."""
    busy = np.zeros((len(observation), config.clusters))
    if config.leftover:
        row = np.arange(len(observation))[:, None]
        busy[row, cluster_of(observation, config)] = observation[..., Column.BUSY]
    return busy


def check_observation(observation: Any, config: MecConfig) -> Floats:
    """Return an observation as floats, or refuse it.

    Raises
    ------
    InputError
        If it is not (W, N, F), finite, and of known clusters.
    """
    seen = np.asarray(observation, dtype=np.float64)
    shape = (config.users, len(columns(config)))
    if seen.ndim != 3 or seen.shape[1:] != shape:
        raise InputError(f"observation has shape {seen.shape}: must be (W, {shape[0]}, {shape[1]})")
    if not np.isfinite(seen).all():
        raise InputError("observation holds NaN or infinity: must be finite")
    if config.clusters > 1:
        cluster = seen[..., Column.CLUSTER]
        if ((cluster < 0) | (cluster >= config.clusters)).any():
            raise InputError(
                f"observation holds cluster {cluster.max():g}: must be in 0..{config.clusters - 1}"
            )
    return seen
