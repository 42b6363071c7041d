"""Grants by chance."""

import numpy as np

from difsched.typing import Floats

from .actions import highest
from .columns import read
from .config import AllocConfig
from .service import WANTED, serve_whole


def random_action(
    observation: Floats, generator: np.random.Generator, config: AllocConfig
) -> Floats:
    """Return random grants (W, T), or (W, T, R) in ``faithful`` mode.

    ``faithful``: of each resource the first T of T + 1 parts of a Dirichlet(1, .., 1) draw, so
    that some is left. ``gang``: whole tasks in random order. Else: uniform shares of the box, all
    scaled by the largest factor <= 1 that fits.
    """
    windows, supply = len(observation), read(observation, "supply", config)
    if config.mode == "faithful":
        parts = generator.standard_exponential((windows, config.tasks + 1, config.resources))
        grants = parts[:, :-1] / parts.sum(axis=1, keepdims=True) * supply[:, None]
        return grants[..., 0] if config.resources == 1 else grants
    requirement = read(observation, "requirement", config)
    shares = generator.random((windows, config.tasks))
    if config.mode == "gang":
        return serve_whole(WANTED + (1 - WANTED) * shares, requirement, supply)
    return scale_to_fit(highest(config) * shares, requirement, supply)


def scale_to_fit(share: Floats, requirement: Floats, supply: Floats) -> Floats:
    """Return shares (W, T), all multiplied by the largest factor <= 1 that fits.

    Parameters
    ----------
    share : (W, T) ndarray of float
        >= 0.
    requirement, supply : (W, T, R) and (W, R) ndarray of float
        D >= 0 and v > 0.
    """
    spent = (share[:, None] @ requirement)[:, 0]
    return share / np.maximum((spent / supply).max(axis=-1), 1.0)[:, None]
