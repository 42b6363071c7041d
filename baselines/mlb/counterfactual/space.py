"""Users in space: where received powers put them, and where they may go from there."""

import numpy as np

from difsched.env.mlb.config import MlbConfig
from difsched.env.mlb.radio import SLOPE, distances, rsrp
from difsched.typing import Floats

#: Steps from the first guess, the first one's damping, and the least squared distance, m^2.
STEPS, DAMPING, NEAR = 20, 1e-3, 1e-3


def locate(power: Floats, sites: Floats) -> Floats:
    """Return the positions whose received powers are nearest to given ones, in dB.

    Where all sites are on a line, of two mirrored positions the one to its left.

    Parameters
    ----------
    power : (..., C) ndarray of float
        RSRP, dBm.
    sites : (C, 2) ndarray of float
        Antennas, m.

    Returns
    -------
    (..., 2) ndarray of float
        m.
    """
    rows = power.reshape(-1, power.shape[-1])
    places = _guess(distances(rows), sites)
    error, damping = _square_error(rows, places, sites), np.full(len(rows), DAMPING)
    for _ in range(STEPS):
        tried = places + _step(rows, places, sites, damping)
        new = _square_error(rows, tried, sites)
        better = new < error
        places = np.where(better[:, None], tried, places)
        error = np.where(better, new, error)
        damping = np.where(better, damping / 10, damping * 10)
    return places.reshape(*power.shape[:-1], 2)


def _square_error(power: Floats, places: Floats, sites: Floats) -> Floats:
    return np.asarray(((power - rsrp(places, sites)) ** 2).sum(axis=-1))


def _step(power: Floats, places: Floats, sites: Floats, damping: Floats) -> Floats:
    """Return the damped Gauss-Newton step (R, 2) of each row (Marquardt 1963)."""
    away = places[:, None] - sites
    square = np.maximum((away * away).sum(axis=-1), NEAR)
    # d RSRP / d place = -slope / ln 10 (place - site) / distance^2.
    jacobian = -SLOPE / np.log(10) * away / square[..., None]
    normal = np.einsum("rci,rcj->rij", jacobian, jacobian)
    scale = np.einsum("rii->r", normal) / 2
    normal = normal + (damping * scale)[:, None, None] * np.eye(2)
    right = np.einsum("rci,rc->ri", jacobian, power - rsrp(places, sites))
    return np.asarray(np.linalg.solve(normal, right[..., None])[..., 0])


def _guess(distance: Floats, sites: Floats) -> Floats:
    """Return positions (R, 2) by linear trilateration from distances (R, C), m.

    Differences of squared distances are linear in the position; what they leave open where the
    sites are on a line follows from the distances themselves.
    """
    centre = sites.mean(axis=0)
    around = sites - centre
    square = distance**2 - (around**2).sum(axis=-1)
    flat = (square.mean(axis=-1, keepdims=True) - square) / 2
    directions, sizes, _ = np.linalg.svd(around.T, full_matrices=False)
    places = flat @ np.linalg.pinv(around, rcond=1e-6).T
    if sizes[1] < 1e-6 * sizes[0]:
        across = square.mean(axis=-1) - (places**2).sum(axis=-1)
        normal = np.array([-directions[1, 0], directions[0, 0]])
        normal = normal if normal[1] > 0 else -normal
        places = places + np.sqrt(np.maximum(across, 1.0))[:, None] * normal
    return np.asarray(places + centre)


def drift_on(
    positions: Floats, seconds: int, config: MlbConfig, generator: np.random.Generator
) -> Floats:
    """Return where users go on to who keep their ways: each second one of their own last steps.

    So drift and spread of a user's steps are its own, their order is not.

    Parameters
    ----------
    positions : (R, H, N, 2) ndarray of float
        The last H seconds, m, H >= 2.
    seconds : int
        K, >= 1.
    config : MlbConfig
        Its scene ends where it ends.
    generator : numpy.random.Generator
        Of the steps.

    Returns
    -------
    (R, K + 1, N, 2) ndarray of float
        m, from the last position on.
    """
    steps = np.diff(positions, axis=1)
    courses, past, users, _ = steps.shape
    size = np.array([config.scene.width, config.scene.height])
    places = [positions[:, -1]]
    for _ in range(seconds):
        drawn = generator.integers(past, size=(courses, 1, users, 1))
        step = np.take_along_axis(steps, drawn, axis=1)[:, 0]
        places.append(np.clip(places[-1] + step, 0, size))
    return np.stack(places, axis=1)
