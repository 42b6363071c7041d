"""An upper bound for many users and queues: a linear programme of each slot.

User i may end in one of its intervals: by its deadline T_i, or up to b steps later. What that
earns is taken at the interval's start; what it needs is taken at the interval's end t:

* spectrum: at least the share h_i(t - e_i) that uploads the task in time, with e_i the time on
  the server; all shares sum to 1,
* server: at each moment, what a cluster has completed is at most the work that its part phi_k of
  the processor could do until then; the parts sum to 1.

e_i, and the server's energy if it depends on phi_k, are taken at the largest part. So the range of
phi_k is divided into levels, of which a cluster has one: y_kl in {0, 1}, relaxed to [0, 1]. Under
each level the users of a cluster are bounded by y_kl, as is the spectrum that they use. More
levels make the bound tighter and slower.

Users are split over intervals and levels as the programme likes and the order is left open, so no
decision can exceed its value. The intervals are each user's own, so that ending at the deadline
costs nothing.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array, csr_array, vstack

from difsched.env.mec.columns import Column, check_observation, cluster_of
from difsched.env.mec.config import MecConfig
from difsched.env.mec.physics import server_joules
from difsched.env.mec.slot import local_reward
from difsched.errors import InputError
from difsched.typing import Floats

from .intervals import Choices, Ints, least_upload_joules, list_choices

#: Distance of the moments at which work is counted, s.
MOMENT = 0.1
#: Levels of a cluster's part of the processor.
LEVELS = 8


def upper_bound(observation: Floats, config: MecConfig, levels: int = LEVELS) -> Floats:
    """Return what no action can exceed, a user, (W,).

    Parameters
    ----------
    observation : (W, N, F) ndarray of float
        The server is taken to be idle at the start: work left over can only delay.
    levels : int
        Levels of a cluster's part of the processor, >= 1.

    Raises
    ------
    InputError
        If there is no level.
    RuntimeError
        If the programme's solver does not report an optimum.
    """
    seen = check_observation(observation, config)
    if levels < 1:
        raise InputError(f"levels = {levels!r:.60}: must be >= 1")
    edges = level_edges(levels if config.clusters > 1 else 1, config)
    return np.array([_bound(window, edges, config) for window in seen])


def level_edges(levels: int, config: MecConfig) -> Floats:
    """Return the edges (levels + 1,) of a cluster's part: from the least to the most it can get."""
    least = config.least_compute
    most = 1 - (config.clusters - 1) * least
    edges = np.geomspace(max(least, most / 2**levels), most, levels + 1)
    edges[0] = least
    return edges


@dataclass(frozen=True)
class _Layout:
    """Columns of the programme: choices, a user's shed, and a lane's part phi and presence y.

    A lane is a level of a cluster; lanes of a cluster are neighbours.
    """

    choices: int
    users: int
    clusters: int
    levels: int

    @property
    def lanes(self) -> int:
        return self.clusters * self.levels

    @property
    def choice(self) -> Ints:
        return np.arange(self.choices)

    @property
    def shed(self) -> Ints:
        return self.choices + np.arange(self.users)

    @property
    def part(self) -> Ints:
        return self.choices + self.users + np.arange(self.lanes)

    @property
    def there(self) -> Ints:
        return self.part + self.lanes

    def rows(self, height: int, *entries: tuple[Ints, Ints, Any]) -> csr_array:
        """Return a block of rows from entries (row, column, value)."""
        row, column, value = (
            np.concatenate([np.broadcast_to(entry[part], entry[1].shape) for entry in entries])
            for part in range(3)
        )
        width = self.choices + self.users + 2 * self.lanes
        return coo_array((value, (row, column)), (height, width)).tocsr()


def _bound(window: Floats, edges: Floats, config: MecConfig) -> float:
    seen = window[None]
    choices = list_choices(seen, edges[1:], config)
    layout = _Layout(len(choices.user), config.users, config.clusters, len(edges) - 1)
    cycles, local = seen[0, :, Column.CYCLES], local_reward(seen, config)[0]
    # Offloading for the energy alone, without QoS and without spectrum.
    joules = least_upload_joules(seen, config)[0] + server_joules(cycles, config, edges[-1])
    shed = np.maximum(-config.weight_energy * joules - local, 0.0)
    profit = np.concatenate([choices.gain, shed, np.zeros(2 * layout.lanes)])

    cluster = cluster_of(seen, config)[0]
    blocks = [
        *_user_rows(layout, choices, cluster),
        *_band_rows(layout, choices, cluster),
        *_part_rows(layout, edges),
        _work_rows(layout, choices, cluster, cycles, config),
    ]
    lanes, every = np.arange(layout.lanes), np.zeros(layout.lanes, dtype=np.int64)
    # All parts sum to 1, and a cluster has one level.
    equal = [
        layout.rows(1, (every, layout.part, 1.0)),
        layout.rows(layout.clusters, (lanes // layout.levels, layout.there, 1.0)),
    ]
    solved = linprog(
        -profit,
        vstack([block for block, _ in blocks]),
        np.concatenate([np.full(block.shape[0], limit) for block, limit in blocks]),
        vstack(equal),
        np.ones(1 + layout.clusters),
        bounds=(0, 1),
        method="highs",
    )
    if solved.status != 0:
        raise RuntimeError(f"the linear programme has no optimum: {solved.message}")
    return (local.sum() - solved.fun) / config.users


# Blocks of rows and their limits: rows @ columns <= limit.
_Block = tuple[csr_array, float]


def _user_rows(layout: _Layout, choices: Choices, cluster: Ints) -> list[_Block]:
    """Let a user end once, and under a level only if that is there."""
    users = np.arange(layout.users)
    pairs = np.arange(layout.users * layout.levels)
    lane = cluster[pairs // layout.levels] * layout.levels + pairs % layout.levels
    once = layout.rows(layout.users, (choices.user, layout.choice, 1.0), (users, layout.shed, 1.0))
    under = layout.rows(
        len(pairs),
        (choices.user * layout.levels + choices.level, layout.choice, 1.0),
        (pairs, layout.there[lane], -1.0),
    )
    return [(once, 1.0), (under, 0.0)]


def _lane(layout: _Layout, choices: Choices, cluster: Ints) -> Ints:
    return cluster[choices.user] * layout.levels + choices.level


def _band_rows(layout: _Layout, choices: Choices, cluster: Ints) -> list[_Block]:
    """Share the band among all; a lane uses it only if it is there."""
    row = np.zeros(layout.choices, dtype=np.int64)
    lane = _lane(layout, choices, cluster)
    whole = layout.rows(1, (row, layout.choice, choices.share))
    each = layout.rows(
        layout.lanes,
        (lane, layout.choice, choices.share),
        (np.arange(layout.lanes), layout.there, -1.0),
    )
    return [(whole, 1.0), (each, 0.0)]


def _part_rows(layout: _Layout, edges: Floats) -> list[_Block]:
    """Keep a part between the edges of its level, and at 0 if that is not there."""
    lanes = np.arange(layout.lanes)
    low, high = edges[:-1][lanes % layout.levels], edges[1:][lanes % layout.levels]
    return [
        (layout.rows(layout.lanes, (lanes, layout.part, 1.0), (lanes, layout.there, -high)), 0.0),
        (layout.rows(layout.lanes, (lanes, layout.part, -1.0), (lanes, layout.there, low)), 0.0),
    ]


def _work_rows(
    layout: _Layout, choices: Choices, cluster: Ints, cycles: Floats, config: MecConfig
) -> _Block:
    """Let a lane complete, by each moment, at most what its part could do until then."""
    moments = np.arange(MOMENT, choices.end.max(initial=0.0) + 2 * MOMENT, MOMENT)
    moment, ended = np.nonzero(choices.end <= moments[:, None])
    lane = _lane(layout, choices, cluster)
    every = np.arange(len(moments) * layout.lanes)
    rows = layout.rows(
        len(every),
        (moment * layout.lanes + lane[ended], ended, cycles[choices.user[ended]]),
        (
            every,
            layout.part[every % layout.lanes],
            -config.server_ghz * moments[every // layout.lanes],
        ),
    )
    return rows, 0.0
