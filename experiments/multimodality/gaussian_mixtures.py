"""Mixtures of Gaussians in the plane, and how well samples of a model match them."""

from dataclasses import dataclass

import numpy as np

from difsched.typing import Floats

#: A point belongs to a mode when it lies within so many standard deviations of it.
NEAR_SD = 3.0
#: A mode is covered by this part of the share of points that it should have.
COVERED_PART = 0.5
#: Lines for the energy distance: it errs by 1e-3 of itself or so.
DIRECTIONS = 24


@dataclass(frozen=True)
class Mixture:
    """A mixture of K round Gaussians with one standard deviation.

    Attributes
    ----------
    weights : (K,) ndarray
        Shares of the modes, > 0, summing to 1.
    means : (K, 2) ndarray
        Centres of the modes.
    sd : float
        Standard deviation of a mode along each axis, > 0.
    """

    weights: Floats
    means: Floats
    sd: float

    def sample(self, count: int, generator: np.random.Generator) -> Floats:
        """Return points (count, 2)."""
        modes = generator.choice(len(self.weights), count, p=self.weights)
        return self.means[modes] + self.sd * generator.standard_normal((count, 2))

    def mode_shares(self, points: Floats) -> Floats:
        """Return which share (K,) of points (W, 2) lies near each mode, and nearest to it."""
        from scipy.spatial.distance import cdist  # slow to import

        distance = cdist(points, self.means)
        near = distance.min(axis=1) <= NEAR_SD * self.sd
        modes = distance.argmin(axis=1)[near]
        return np.bincount(modes, minlength=len(self.weights)) / len(points)

    def covered(self, points: Floats) -> int:
        """Return how many modes have at least half of the share that exact samples would give."""
        # P(|z| <= c) in the plane is 1 - exp(-c^2 / 2): Rayleigh's distribution.
        expected = self.weights * -np.expm1(-(NEAR_SD**2) / 2)
        return int((self.mode_shares(points) >= COVERED_PART * expected).sum())


def ring() -> Mixture:
    """Return eight equal modes on a circle; each coordinate has variance 1."""
    sd, angles = 0.1, np.arange(8) * np.pi / 4
    radius = np.sqrt(2 * (1 - sd**2))
    means = radius * np.column_stack([np.cos(angles), np.sin(angles)])
    return Mixture(np.full(8, 1 / 8), means, sd)


def unbalanced() -> Mixture:
    """Return two modes of weights 0.9 and 0.1, three units apart."""
    return Mixture(np.array([0.9, 0.1]), np.array([[-0.3, -0.3], [1.8, 1.8]]), 0.2)


#: The mixtures of the study.
MIXTURES = {"ring": ring(), "unbalanced": unbalanced()}


def energy_distance(one: Floats, other: Floats) -> float:
    """Return the energy distance of two samples in the plane (Szekely and Rizzo 2013).

    2 E|X - Y| - E|X - X'| - E|Y - Y'|, with means over all pairs, those of a point with itself
    too: then it is >= 0, and 0 only for equal samples. The length of a vector in the plane is
    pi / 2 times its mean absolute projection on all directions, so the distance is pi / 2 times
    its mean on lines, where sorting does for many points.

    Parameters
    ----------
    one, other : (n, 2), (m, 2) ndarray
        Points, n, m >= 1.
    """
    from scipy import stats  # slow to import

    angles = np.pi * np.arange(DIRECTIONS) / DIRECTIONS
    lines = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    roots = [stats.energy_distance(one @ line, other @ line) for line in lines]
    return float(np.pi / 2 * np.mean(np.square(roots)))
