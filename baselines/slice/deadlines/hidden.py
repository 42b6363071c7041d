"""Channel classes that are not shown: the exact filter from acknowledgements.

A user's class is a symmetric Markov chain; of the packets it sends in a window, those
acknowledged are binomial with the class's success probability of the grant. Users are independent.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlog1py, xlogy

from difsched.config import EnvironmentConfig
from difsched.env.slice.columns import Past, past
from difsched.env.slice.link.curves import link_curves
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

    def update(
        self, chances: Floats, sent: Floats | Ints, acknowledged: Floats | Ints, grants: Ints
    ) -> Floats:
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
        # Where all classes are certain to deliver, rounding puts the mean above 1.
        mean: Floats = np.minimum(chances @ self.curves, 1.0)
        return mean

    def allocate(self, demand: Floats, chances: Floats) -> Ints:
        """Return the grants (W, N) that deliver most of the demand (W, N) on average, exact."""
        return allocate(np.maximum(demand, 0.0)[..., None] * self.mean_curves(chances))


@dataclass(frozen=True)
class FilteredCurves:
    """What the filter makes of a history: the classes are known, not whose they are; `Curves`.

    It starts anew from the stationary law before the oldest window of the history, so it is exact
    given what is shown, and a policy needs no memory.

    Attributes
    ----------
    filter : ClassFilter
    history : int
        Windows K that an observation shows, >= 1.
    """

    filter: ClassFilter
    history: int

    @classmethod
    def known(cls, config: EnvironmentConfig) -> "FilteredCurves":
        """Return the filter of a slice with hidden channels and a history, its own link known."""
        return cls(ClassFilter(link_curves(config), config.channel_stay), config.history)

    def of(self, observation: NDArray[Any]) -> Floats:
        """Return the mean curves (W, N, B + 1) given what is shown; see `Curves.of`."""
        return self.filter.mean_curves(self.chances(observation[..., past(self.history)]))

    def chances(self, shown: NDArray[Any]) -> Floats:
        """Return the chances (..., C) of the coming window's class for a history (..., 3 K)."""
        windows = shown.reshape(*shown.shape[:-1], self.history, len(Past)).astype(np.float64)
        chances = self.filter.prior(shown.shape[:-1])
        for age in range(self.history - 1, -1, -1):
            window = windows[..., age, :]
            sent = window[..., Past.SENT]
            acknowledged = window[..., Past.ACKNOWLEDGED] * sent
            grants = window[..., Past.GRANTED].astype(np.int64)
            chances = self.filter.update(chances, sent, acknowledged, grants)
            chances = self.filter.predict(chances)
        return chances
