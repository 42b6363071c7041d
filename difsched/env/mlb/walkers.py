"""Users who walk along roads."""

import math

import numpy as np

from difsched.typing import Floats

from .config import MlbConfig
from .radio import Ints
from .roads import RoadGraph

#: Distance from its site within which a user starts, m; constant speed, m/s; distance from the
#: edge of the scene at which a user turns, m; radius of loitering, m (original).
START, SPEED, MARGIN, LOITER_RADIUS = 200.0, (5.0, 15.0), 50.0, 150.0
#: How far the best road is preferred to the worst (original).
STRENGTH = 0.7
#: Weights of going straight on and of heading for the target, by the angle between a road and
#: the target direction (original): ahead, sideways, and back, if nothing else is left.
AHEAD, SIDEWAYS, BACK = (0.3, 0.7), (0.7, 0.3), (0.6, 0.4)


def walk_roads(config: MlbConfig, graph: RoadGraph, file: int) -> tuple[Floats, Ints]:
    """Return where the users of a file are at every second.

    Parameters
    ----------
    config : MlbConfig
        A scene with roads.
    graph : RoadGraph
        Where to walk.
    file : int
        Seed, 0..2**32 - 1.

    Returns
    -------
    positions : (T + 1, N, 2) ndarray of float
        m, on the roads.
    home : (N,) ndarray of int
        Cell of each user before the first second: one user a cell, the others at random.
    """
    draw = np.random.default_rng(file)
    cells = np.array(config.starts)[: config.users]
    others = draw.choice(np.array(config.starts), config.users - len(cells))
    home = np.concatenate([cells, others]).astype(np.int64)
    walks = [_walk(config, graph, cell, draw) for cell in home.tolist()]
    return np.stack(walks, axis=1), home


def _walk(config: MlbConfig, graph: RoadGraph, cell: int, draw: np.random.Generator) -> Floats:
    """Return the points (T + 1, 2) of one user: a route, then its place on it every second."""
    away = graph.points - np.array(config.scene.sites[cell])
    distance = np.hypot(away[:, 0], away[:, 1])
    near = np.flatnonzero(distance <= max(START, distance.min()))
    route, length = [int(draw.choice(near))], [0.0]
    travelled = draw.uniform(*SPEED) * np.arange(config.steps + 1)
    aim = 0.0 if config.motion[cell] == "right" else math.pi
    while length[-1] < travelled[-1]:
        here = route[-1]
        if config.motion[cell] == "loiter":
            east, north = (-away[here]).tolist()
            aim = math.atan2(north, east) if distance[here] > LOITER_RADIUS else math.nan
        elif min(x := graph.points[here, 0], config.scene.width - x) < MARGIN:
            aim = 0.0 if x < MARGIN else math.pi
        route.append(_next(graph, route, aim, draw))
        length.append(length[-1] + math.dist(graph.points[route[-1]], graph.points[here]))
    points = graph.points[route]
    return np.stack([np.interp(travelled, length, points[:, axis]) for axis in range(2)], axis=-1)


def _next(graph: RoadGraph, route: list[int], aim: float, draw: np.random.Generator) -> int:
    """Return the next point of a route: no U-turn but at a dead end; any other if aim is NaN."""
    here, came = route[-1], route[-2:-1]
    roads = [near for near in graph.neighbours[here] if near not in came] or came
    if math.isnan(aim) or len(roads) == 1:
        return roads[int(draw.integers(len(roads)))]
    ahead = _direction(graph.points[here] - graph.points[came[0]]) if came else np.float64(aim)
    direction = _direction(graph.points[roads] - graph.points[here])
    off = _angle(direction, aim)
    score = _score(_angle(direction, ahead), off)
    allowed = np.flatnonzero(off < 3 * math.pi / 4)
    if not len(allowed):
        allowed = np.arange(len(roads))
    return roads[int(draw.choice(allowed, p=_preference(score[allowed])))]


def _direction(way: Floats) -> Floats:
    return np.arctan2(way[..., 1], way[..., 0])


def _angle(one: Floats, other: float | Floats) -> Floats:
    """Return the angle between two directions, rad, in [0, pi]."""
    return np.abs((one - other + math.pi) % (2 * math.pi) - math.pi)


def _score(turn: Floats, off: Floats) -> Floats:
    """Return how much roads are liked, 0..1, by their angles to the last road and the target."""
    sector = np.digitize(off, [math.pi / 4, 3 * math.pi / 4])
    weights = np.array([AHEAD, SIDEWAYS, BACK])[sector]
    return weights[:, 0] * (1 - turn / math.pi) + weights[:, 1] * (1 - off / math.pi)


def _preference(score: Floats) -> Floats:
    """Return probabilities that rise by ``STRENGTH`` from the worst score to the best (original).

    Equal scores have equal probabilities.
    """
    worst, spread = score.min(), np.ptp(score)
    if spread < 1e-9:
        return np.full(len(score), 1 / len(score))
    weights = worst + (score - worst) * STRENGTH / spread
    return weights / weights.sum()
