"""Road graphs: one generated from a seed, without any map."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from difsched.errors import InputError
from difsched.typing import Floats

from .radio import Ints

#: Distance of crossings, m; how far one is moved, each way; shares of streets left out and of
#: blocks with a diagonal: about the node count and degree of a campus map (measured).
SPACING, JITTER, DROPPED, DIAGONAL = 110.0, 25.0, 0.22, 0.08


@dataclass(frozen=True)
class RoadGraph:
    """A connected graph of roads.

    Attributes
    ----------
    points : (V, 2) ndarray of float
        Crossings and bends, m.
    edges : (E, 2) ndarray of int
        Straight roads between two points, each once.
    attribution : str
        What must stand beside every picture and data set made from it, or "".
    """

    points: Floats
    edges: Ints
    attribution: str = ""

    @cached_property
    def neighbours(self) -> tuple[tuple[int, ...], ...]:
        """The points that one road away from each point, in ascending order."""
        found: list[list[int]] = [[] for _ in self.points]
        for one, other in self.edges.tolist():
            found[one].append(other)
            found[other].append(one)
        return tuple(tuple(sorted(near)) for near in found)


def largest_component(points: Floats, edges: Ints, attribution: str = "") -> RoadGraph:
    """Return the largest connected part of points and roads; the first of equals.

    Raises
    ------
    InputError
        If there is no road.
    """
    if not len(edges):
        raise InputError("the map has no road: its ways need the tag highway, and two nodes each")
    size = (len(points), len(points))
    links = coo_array((np.ones(len(edges), dtype=bool), (edges[:, 0], edges[:, 1])), shape=size)
    _, part = connected_components(links, directed=False)
    kept = part == np.bincount(part).argmax()
    number = np.cumsum(kept) - 1
    edges = number[edges[kept[edges[:, 0]]]]
    return RoadGraph(points[kept], np.unique(np.sort(edges, axis=1), axis=0), attribution)


def generate_roads(width: float, height: float, seed: int) -> RoadGraph:
    """Return a jittered grid of streets with gaps and a few diagonals.

    Parameters
    ----------
    width, height : float
        m; at least two crossings must fit each way, 220 m.
    seed : int
        Seed, >= 0.

    Raises
    ------
    InputError
        If the scene is too small.
    """
    columns, rows = int(width // SPACING), int(height // SPACING)
    if min(columns, rows) < 2:
        raise InputError(f"width = {width:g}, height = {height:g}: roads need 220 m each way")
    draw = np.random.default_rng(seed)
    x = (np.arange(columns) + 0.5) * (width / columns)
    y = (np.arange(rows) + 0.5) * (height / rows)
    points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    points += draw.uniform(-JITTER, JITTER, points.shape)
    index = np.arange(rows * columns).reshape(rows, columns)
    streets = np.concatenate([_ends(index[:, :-1], index[:, 1:]), _ends(index[:-1], index[1:])])
    diagonals = np.concatenate(
        [_ends(index[:-1, :-1], index[1:, 1:]), _ends(index[:-1, 1:], index[1:, :-1])]
    )
    streets = streets[draw.random(len(streets)) >= DROPPED]
    diagonals = diagonals[draw.random(len(diagonals)) < DIAGONAL]
    return largest_component(points, np.concatenate([streets, diagonals]))


def _ends(first: Ints, second: Ints) -> Ints:
    return np.stack([first.ravel(), second.ravel()], axis=-1)
