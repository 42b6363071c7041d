"""Where users are: the files of a configuration, or a user's own."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from difsched.errors import InputError
from difsched.typing import Floats
from difsched.utils.files import to_json
from difsched.utils.plain import from_json

from .config import MlbConfig, check_points
from .osm import load_osm
from .radio import Ints
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
    """Return the movement of every file of the target class, in order.

    Raises
    ------
    InputError
        If a map cannot be read, or reaches beyond the scene.
    """
    return _walks(config, config.files)


def split_walks(config: MlbConfig, split: str, episodes: int) -> Walks:
    """Return the movement of a split's episodes.

    Parameters
    ----------
    config : MlbConfig
    split : {"train", "test"}
        Training data are each source class, then the target's share. Tests are of the target.
    episodes : int
        Test episodes: as many, but 10 at least, so that who goes on meets others. The others are
        as many as the configuration says.

    Raises
    ------
    InputError
        As `make_walks`, or if there are too many.
    """
    return _split(to_json(config.to_dict()), split, episodes if split == "test" else 0)


#: Of a run's windows: to train on, to be tested on, at points of a curve, and to be timed on.
@lru_cache(4)
def _split(fields: str, split: str, episodes: int) -> Walks:
    """Return `split_walks`, whose last results are kept: walking takes a second, a reset none."""
    config = MlbConfig.from_dict(from_json(fields))
    if split == "test":
        if config.contaminated:
            return make_walks(config)
        return _walks(config, range(config.test_seed, config.test_seed + max(episodes, 10)))
    parts = [_walks(replace(config, motion=motion), config.files) for motion in config.sources]
    if config.target_files:
        parts.append(_walks(config, config.target_files))
    return Walks(
        np.concatenate([part.positions for part in parts]),
        np.concatenate([part.home for part in parts]),
    )


def _walks(config: MlbConfig, files: Sequence[int]) -> Walks:
    """Return the movement of files of the configuration's ``motion``."""
    check_points(len(files), config.steps, config.users)
    if config.scene.kind == "roads":
        graph = road_graph(config)
        walked = [walk_roads(config, graph, file) for file in files]
    else:
        walked = [walk_file(config, file) for file in files]
    positions, home = zip(*walked, strict=True)
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
