"""An upper bound for many users and queues: a linear programme of each slot.

User i may end in one of its intervals: by its deadline T_i, or up to b steps later. What that
earns is taken at the interval's start; what it needs is taken at the interval's end t:

* spectrum: at least the share h_i(t - e_i) that uploads the task in time, e_i the time on the
  server with the largest part of the processor that a cluster can get; all shares sum to 1,
* server: at each moment, what a cluster has completed is at most the work that its part phi_k of
  the processor could do until then; the parts sum to 1.

Users are split over intervals as the programme likes and the order is left open, so no decision
can exceed its value. The grid is each user's own, so that ending at the deadline costs nothing.
"""

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array, csr_array, hstack, vstack

from difsched.env.mec.config import Config
from difsched.env.mec.observation import Column, check_observation, cluster_of
from difsched.env.mec.physics import (
    Floats,
    density_efficiency,
    server_joules,
    server_seconds,
    signal_to_noise,
    upload_joules,
    upload_seconds,
)
from difsched.env.mec.slot import local_reward

#: Length of a user's intervals and distance of the moments at which work is counted, s.
STEP, MOMENT = 0.1, 0.05
#: Part of a share that rounding may add: taken off, so that the bound stays one.
ROUNDING = 1e-9


def least_shares(config: Config, data: Floats, distance: Floats, time: Floats) -> Floats:
    """Return the share of the band that uploads data in a time, from below; > 1 if none does.

    Parameters
    ----------
    data, distance, time : (...) ndarray of float
        Mbit, m, s; the time may be 0 or negative, then no share suffices.
    """
    need = data / (np.maximum(time, 1e-9) * config.bandwidth_mhz)
    if config.radio == "urban_micro":
        return need / density_efficiency(config, distance) * (1 - ROUNDING)
    # th log2(1 + s / th) = need, concave and increasing in th: Newton from the left stays left.
    ratio = signal_to_noise(config, distance)
    share = np.full(need.shape, 1e-9)
    for _ in range(40):
        efficiency = np.log2(1 + ratio / share)
        slope = efficiency - ratio / ((share + ratio) * np.log(2))
        share = np.clip(share + (need - share * efficiency) / slope, 1e-9, 2.0)
    return share * (1 - ROUNDING)


def upper_bound(config: Config, observation: Floats) -> Floats:
    """Return what no action can exceed, a user, (W,).

    Parameters
    ----------
    observation : (W, N, F) ndarray of float
        The server is taken to be idle at the start: work left over can only delay.

    Raises
    ------
    RuntimeError
        If the programme's solver does not report an optimum.
    """
    seen = check_observation(config, observation)
    return np.array([_bound(config, window) for window in seen])


def _bound(config: Config, window: Floats) -> float:
    seen = window[None]
    gain, ends, work, share, local = (part[0] for part in _intervals(config, seen))
    user, interval = np.nonzero((gain > 0) & (share <= 1))
    # Offloading for the energy alone, without QoS and without spectrum.
    shed = np.maximum(_without_quality(config, seen)[0] - local, 0.0)
    choices, users, clusters = len(user), config.users, config.clusters
    columns = choices + users + clusters
    profit = np.concatenate([gain[user, interval], shed, np.zeros(clusters)])

    one = coo_array(
        (np.ones(choices + users), (np.r_[user, np.arange(users)], np.arange(choices + users))),
        (users, columns),
    )
    band = coo_array(
        (share[user, interval], (np.zeros(choices, int), np.arange(choices))), (1, columns)
    )
    rows = vstack([one, band, _work_rows(config, seen, ends, work, user, interval, columns)])
    limits = np.concatenate([np.ones(users + 1), np.zeros(rows.shape[0] - users - 1)])
    parts = coo_array((np.ones(clusters), (np.zeros(clusters, int), np.arange(clusters)))).tocsr()
    total = csr_array((1, choices + users))
    bounds = [(0, 1)] * (choices + users) + [(config.least_compute, 1)] * clusters
    solved = linprog(
        -profit,
        rows.tocsr(),
        limits,
        hstack([total, parts]).tocsr(),
        [1.0],
        bounds,
        method="highs",
    )
    if solved.status != 0:
        raise RuntimeError(f"the linear programme has no optimum: {solved.message}")
    return (local.sum() - solved.fun) / users


def _most_compute(config: Config) -> float:
    return 1 - (config.clusters - 1) * config.least_compute


def _energy(config: Config, seen: Floats) -> Floats:
    """Bound the energy of an offloaded task from below: whole band, most compute, J."""
    share = np.ones(seen.shape[:2])
    time = upload_seconds(config, seen[..., Column.DATA], seen[..., Column.DISTANCE], share)
    most = _most_compute(config)
    return upload_joules(config, time, share) + server_joules(
        config, seen[..., Column.CYCLES], most
    )


def _without_quality(config: Config, seen: Floats) -> Floats:
    return -config.weight_energy * _energy(config, seen)


def _intervals(config: Config, seen: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Return gain, end and work of every user's intervals (W, N, M), the share, and local."""
    deadline = seen[..., Column.DEADLINE]
    late = STEP * np.arange(int(np.ceil(deadline.max() / STEP)) + 1)
    end = deadline[..., None] + late
    start = np.maximum(end - STEP, deadline[..., None])
    quality = np.clip(2 - start / deadline[..., None], 0.0, 1.0)
    local = local_reward(config, seen)
    without = _without_quality(config, seen) - local
    gain = config.weight_qos * quality + without[..., None]
    gain[quality == 0] = 0.0
    service = server_seconds(config, seen[..., Column.CYCLES], _most_compute(config))
    share = least_shares(
        config,
        seen[..., Column.DATA, None],
        seen[..., Column.DISTANCE, None],
        end - service[..., None],
    )
    work = np.broadcast_to(seen[..., Column.CYCLES, None], end.shape)
    return gain, end, work, share, local


def _work_rows(
    config: Config,
    seen: Floats,
    ends: Floats,
    work: Floats,
    user: np.ndarray,
    interval: np.ndarray,
    columns: int,
) -> csr_array:
    """Return a row for each cluster and moment: work completed less what phi_k could do."""
    clusters = config.clusters
    cluster = cluster_of(config, seen)[0][user]
    end = ends[user, interval]
    moments = np.arange(MOMENT, (end.max() if len(end) else 0.0) + 2 * MOMENT, MOMENT)
    moment, choice = np.nonzero(end <= moments[:, None] + 1e-12)
    row = moment * clusters + cluster[choice]
    size = len(moments) * clusters
    done = coo_array((work[user, interval][choice], (row, choice)), (size, columns))
    capacity = coo_array(
        (
            -config.server_ghz * np.repeat(moments, clusters),
            (np.arange(size), columns - clusters + np.tile(np.arange(clusters), len(moments))),
        ),
        (size, columns),
    )
    return (done + capacity).tocsr()
