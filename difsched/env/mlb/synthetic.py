"""Users who walk freely: the original project's movement, draw by draw.

An episode is a *file*: a seed of Python's and of NumPy's legacy generator, whose streams are
those of the global generators under the same seed. The order of the draws is part of the
definition: a file of this module is the file of the original.
"""

import math
import random
from collections.abc import Sequence

import numpy as np

from difsched.typing import Floats

from .config import MlbConfig
from .radio import Ints

#: Users that every cell with users has at least (original).
GUARANTEED = 5
#: Half width of the square around its site in which a user starts, m (original).
START = 150.0
#: Distance from its site within which a loitering user walks at random, m (original).
LOITER_RADIUS = 150.0
#: Chances of heading for the target, of turning back when loitering, and of a pause (original).
DIRECTED, TURN_BACK, PAUSE = 0.7, 0.8, 0.15
#: Nominal speed, m/s; how it varies, relative to itself and to its start (original).
SPEED, SPEED_SPREAD, SPEED_RANGE = (5.0, 15.0), 0.2, (0.1, 2.0)


def walk_file(config: MlbConfig, file: int) -> tuple[Floats, Ints]:
    """Return where the users of a file are at every second.

    Parameters
    ----------
    config : MlbConfig
        A synthetic scene.
    file : int
        Seed, 0..2**32 - 1.

    Returns
    -------
    positions : (T + 1, N, 2) ndarray of float
        m, inside the scene.
    home : (N,) ndarray of int
        Cell of each user before the first second.
    """
    home = _homes(config, np.random.RandomState(file))
    draw = random.Random(file)
    draw.randint(config.users, config.users)  # consumes bits, as the original's does
    # User by user: all seconds of one are drawn before the next.
    walks = [_walk(config, cell, draw) for cell in home.tolist()]
    return np.swapaxes(np.array(walks), 0, 1), home


def _homes(config: MlbConfig, draw: np.random.RandomState) -> Ints:
    """Return the cell (N,) in which each user starts: five a cell, then by random weights."""
    cells = np.array(config.starts)
    guaranteed = np.repeat(cells, GUARANTEED)[: config.users]
    weights = draw.dirichlet(np.ones(len(cells)))
    others = draw.choice(cells, config.users - len(guaranteed), p=weights)
    return np.concatenate([guaranteed, others]).astype(np.int64)


def _walk(config: MlbConfig, cell: int, draw: random.Random) -> list[tuple[float, float]]:
    """Return the points (x, y) of one user at seconds 0..T."""
    width, height = config.scene.width, config.scene.height
    site, motion = config.scene.sites[cell], config.motion[cell]
    start = draw.uniform(*SPEED)
    slowest, fastest = (factor * start for factor in SPEED_RANGE)
    x, y = (draw.uniform(centre - START, centre + START) for centre in site)
    x, y = min(max(x, 0.0), width), min(max(y, 0.0), height)  # nothing in the original's scene
    draw.uniform(0, 2 * math.pi)  # a first heading, which the original draws and does not use
    speed, points = start, [(x, y)]
    for _ in range(config.steps):
        heading = _heading(motion, site, (x, y), draw)
        if draw.random() >= PAUSE:
            speed = min(max(speed * draw.gauss(1, SPEED_SPREAD), slowest), fastest)
            x = min(max(x + speed * math.cos(heading), 0.0), width)
            y = min(max(y + speed * math.sin(heading), 0.0), height)
        points.append((x, y))
    return points


def _heading(
    motion: str, site: Sequence[float], point: tuple[float, float], draw: random.Random
) -> float:
    """Return where a user heads in the next second, rad: at random, or roughly for its target."""
    heading = draw.uniform(0, 2 * math.pi)
    away = (site[0] - point[0], site[1] - point[1])
    if motion == "loiter":
        if math.hypot(*away) <= LOITER_RADIUS or draw.random() >= TURN_BACK:
            return heading
        target = math.atan2(away[1], away[0])
    else:
        if draw.random() >= DIRECTED:
            return heading
        target = 0.0 if motion == "right" else math.pi
    return target + draw.uniform(-math.pi / 4, math.pi / 4)
