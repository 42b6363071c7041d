"""Channel classes that are not shown: the exact filter from acknowledgements, and its scheduler.

A user's class is a symmetric Markov chain; of the packets it sends in a window, those
acknowledged are binomial with the class's success probability of the grant. Users are independent.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import xlog1py, xlogy

from difsched.env.slice.link.sigmoid import success_probability
from difsched.typing import Floats, Ints
from difsched.utils.knapsack import allocate


@dataclass(frozen=True)
class ClassFilter:
    """The forward filter of hidden classes.

    Attributes
    ----------
    curves : (C, B + 1) ndarray
        Success probability of each class with 0..B RBs.
    stay : float
        Probability, in [0, 1], that a class stays for the next window; otherwise it moves to one
        of the others, all alike.
    """

    curves: Floats
    stay: float

    @classmethod
    def of(cls, slopes: Floats, midpoints: Floats, budget: int, stay: float) -> "ClassFilter":
        """Return the filter of logistic classes with k and s (C,)."""
        grants = np.arange(budget + 1)
        curves = success_probability(grants, slopes[:, None], midpoints[:, None])
        return cls(curves, stay)

    def prior(self, shape: tuple[int, ...]) -> Floats:
        """Return the chances (*shape, C) before anything is known: all alike."""
        return np.full((*shape, len(self.curves)), 1 / len(self.curves))

    def update(self, chances: Floats, sent: Ints, acknowledged: Ints, grants: Ints) -> Floats:
        """Return the posterior (..., C) of the window's class once its acknowledgements are known.

        Packets ``sent`` and ``acknowledged`` and ``grants`` have shape (...). Logarithms keep
        likelihoods of hundreds of packets from vanishing.
        """
        success = np.moveaxis(self.curves[:, grants], 0, -1)
        right, all_ = np.asarray(acknowledged)[..., None], np.asarray(sent)[..., None]
        likelihood = xlogy(right, success) + xlog1py(all_ - right, -success)
        with np.errstate(divide="ignore"):
            joint = np.log(chances) + likelihood
        posterior = np.exp(joint - joint.max(axis=-1, keepdims=True))
        total: Floats = posterior / posterior.sum(axis=-1, keepdims=True)
        return total

    def predict(self, chances: Floats) -> Floats:
        """Return the chances (..., C) of the next window's class."""
        classes = len(self.curves)
        if classes == 1:
            return chances
        move = (1 - self.stay) / (classes - 1)
        return self.stay * chances + move * (1 - chances)

    def mean_curves(self, chances: Floats) -> Floats:
        """Return the mean success probability (..., B + 1) of 0..B RBs."""
        mean: Floats = chances @ self.curves
        return mean

    def allocate(self, demand: Floats, chances: Floats) -> Ints:
        """Return the grants (W, N) that deliver most of the demand (W, N) on average, exact."""
        return allocate(np.maximum(demand, 0.0)[..., None] * self.mean_curves(chances))
