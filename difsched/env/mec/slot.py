"""One slot: what a decision does to every task."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from difsched.typing import Floats

from .actions import Decision
from .columns import Column, busy_of, cluster_of
from .config import MecConfig
from .physics import (
    local_joules,
    local_seconds,
    quality,
    server_joules,
    server_seconds,
    upload_joules,
    upload_seconds,
)
from .queues import finish_times


@dataclass(frozen=True)
class Slot:
    """What became of the tasks of a slot; arrays (W, N).

    Attributes
    ----------
    decision : Decision
    upload : ndarray of float
        Time of the upload, s; 0 if local.
    service : ndarray of float
        Time on the server, s; 0 if local. An offloaded task is served from ``completion -
        service`` to ``completion``.
    completion : ndarray of float
        When the task is done, s after the slot's start.
    quality : ndarray of float
        QoS, in [0, 1].
    energy : ndarray of float
        J: computing locally, or upload and server.
    busy : (W, K) ndarray of float
        When each queue has done all of its work, s after the slot's start.
    """

    decision: Decision
    upload: Floats
    service: Floats
    completion: Floats
    quality: Floats
    energy: Floats
    busy: Floats


def run_slot(decision: Decision, observation: Floats, config: MecConfig) -> Slot:
    """Let a slot pass in W windows.

    Parameters
    ----------
    decision : Decision
    observation : (W, N, F) ndarray of float
        See `difsched.env.mec.columns.Column`.
    """
    data, cycles, deadline, distance, speed = np.moveaxis(observation[..., :5], -1, 0)
    offloaded = decision.offloaded
    share = np.where(offloaded, decision.share, 1.0)
    cluster = cluster_of(observation, config)
    compute = np.take_along_axis(decision.compute, cluster, axis=1)
    busy = busy_of(observation, config)

    upload = upload_seconds(data, distance, share, config)
    service = server_seconds(cycles, config, np.where(offloaded, compute, 1.0))
    queue = np.where(offloaded, cluster, config.clusters)
    finish = finish_times(upload, service, decision.priority, queue, busy)

    completion = np.where(offloaded, finish, local_seconds(cycles, speed))
    remote = upload_joules(upload, share, config) + server_joules(
        cycles, config, np.where(offloaded, compute, 1.0)
    )
    energy = np.where(offloaded, remote, local_joules(cycles, speed, config))
    return Slot(
        decision,
        np.where(offloaded, upload, 0.0),
        np.where(offloaded, service, 0.0),
        completion,
        quality(completion, deadline),
        energy,
        _last(finish, queue, busy) if config.leftover else busy,
    )


def _last(finish: Floats, queue: np.ndarray, busy: Floats) -> Floats:
    last = busy.copy()
    for number in range(busy.shape[1]):
        done = np.where(queue == number, finish, 0.0).max(axis=1)
        np.maximum(last[:, number], done, out=last[:, number])
    return last


def reward(quality: Any, energy: Any, config: MecConfig) -> Any:
    """Return w_q QoS - w_e J, of UEs or of means over UEs: it is linear."""
    return config.weight_qos * quality - config.weight_energy * energy


def local_reward(observation: Floats, config: MecConfig) -> Floats:
    """Return what each UE earns by computing its own task, (W, N)."""
    cycles, speed = observation[..., Column.CYCLES], observation[..., Column.SPEED]
    in_time = quality(local_seconds(cycles, speed), observation[..., Column.DEADLINE])
    return reward(in_time, local_joules(cycles, speed, config), config)


def combine(mean_outcomes: Any, observation: Any, config: MecConfig) -> Any:
    """Return rewards (...,), w_q QoS - w_e J, of the mean QoS and energy of the UEs (..., 2).

    For arrays and tensors; nothing is read from the observation.
    """
    return reward(mean_outcomes[..., 0], mean_outcomes[..., 1], config)
