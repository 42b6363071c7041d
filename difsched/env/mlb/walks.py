"""Where users are: the files of a configuration, or a user's own."""

from dataclasses import dataclass

import numpy as np

from difsched.errors import InputError

from .config import MlbConfig
from .osm import load_osm
from .radio import Floats, Ints
from .roads import RoadGraph, generate_roads
from .synthetic import walk_file
from .walkers import walk_roads


@dataclass(frozen=True)
class Walks:
    """The users' movement in F episodes.

    Attributes
    ----------
    positions : (F, T + 1, N, 2) ndarray of float
        m, at seconds 0..T.
    home : (F, N) ndarray of int
        Cell of each user before the first second.
    """

    positions: Floats
    home: Ints


def road_graph(config: MlbConfig) -> RoadGraph:
    """Return the roads of a scene: its map's, or generated ones."""
    scene = config.scene
    if scene.osm:
        return load_osm(scene.osm)
    return generate_roads(scene.width, scene.height, scene.road_seed)


def make_walks(config: MlbConfig) -> Walks:
    """Return the movement of every file of a configuration, in order.

    Raises
    ------
    InputError
        If a map cannot be read, or reaches beyond the scene.
    """
    if config.scene.kind == "roads":
        graph = road_graph(config)
        files = [walk_roads(config, graph, file) for file in config.files]
    else:
        files = [walk_file(config, file) for file in config.files]
    positions, home = zip(*files, strict=True)
    return check_walks(config, Walks(np.stack(positions), np.stack(home)))


def check_walks(config: MlbConfig, walks: Walks) -> Walks:
    """Return walks that fit a configuration, whoever made them.

    Raises
    ------
    InputError
        If their shape differs, a user is outside the scene or has no home, or a number is NaN.
    """
    shape = (len(walks.positions), config.steps + 1, config.users, 2)
    if walks.positions.shape != shape or not shape[0]:
        raise InputError(f"positions have the shape {walks.positions.shape}: must be {shape}")
    if walks.home.shape != (shape[0], config.users):
        raise InputError(f"home has the shape {walks.home.shape}: must be {(shape[0], shape[2])}")
    size = (config.scene.width, config.scene.height)
    outside = ~((walks.positions >= 0) & (walks.positions <= size)).all(axis=-1)  # NaN, too
    if outside.any():
        file, second, user = np.argwhere(outside)[0].tolist()
        x, y = walks.positions[file, second, user].tolist()
        raise InputError(
            f"user {user} of file {file} is at ({x:g}, {y:g}) m in second {second}: must be within "
            f"[0, {size[0]:g}] x [0, {size[1]:g}]"
        )
    if walks.home.dtype.kind != "i" or not ((walks.home >= 0) & (walks.home < config.cells)).all():
        raise InputError(f"home: must be whole numbers in 0..{config.cells - 1}")
    return walks
