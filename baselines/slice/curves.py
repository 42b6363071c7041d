"""Success curves of any shape: by what is seen of the channel, and on average."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from difsched.config import EnvironmentConfig
from difsched.env.slice.columns import CHANNEL
from difsched.env.slice.link.curves import link_curves
from difsched.typing import Floats


class Curves(Protocol):
    """What grants are worth in the coming window, known, estimated or filtered."""

    def of(self, observation: NDArray[Any]) -> Floats:
        """Return the success probability (W, N, B + 1) of 0..B RBs for observations (W, N, F)."""
        ...


@dataclass(frozen=True)
class ClassCurves:
    """A curve for each channel class that is seen; `Curves`.

    Attributes
    ----------
    classes : (C, 2) ndarray of float
        What is seen of each class, k and s: labels, no more.
    curves : (C, B + 1) ndarray of float
        Success probability of each with 0..B RBs.
    """

    classes: Floats
    curves: Floats

    @classmethod
    def known(cls, config: EnvironmentConfig) -> "ClassCurves":
        """Return a slice's own link, logistic or by table.

        Classes that look alike, or are not shown at all, have their mean curve: classes are
        uniform and independent of the demand.
        """
        if not config.channel_information:
            return cls(np.array([config.mean_channel]), mean_curve(config)[None])
        seen = np.stack([config.sigmoid_k_list, config.sigmoid_s_list], axis=-1)
        classes, label = np.unique(seen, axis=0, return_inverse=True)
        every = link_curves(config)
        curves = [every[label.ravel() == i].mean(axis=0) for i in range(len(classes))]
        return cls(classes, np.array(curves))

    def of(self, observation: NDArray[Any]) -> Floats:
        """Return the curves (W, N, B + 1) of the classes seen; see `Curves.of`."""
        curves: Floats = self.curves[class_of(observation, self.classes)]
        return curves


def mean_curve(config: EnvironmentConfig) -> Floats:
    """Return the success probability (B + 1,) of 0..B RBs, averaged over the channel classes.

    Classes are uniform and independent of the demand, so for who does not see the channel this is
    the curve of every user.
    """
    curve: Floats = link_curves(config).mean(axis=0)
    return curve


def class_of(observation: NDArray[Any], classes: Floats) -> NDArray[np.intp]:
    """Return the class (W, N) of the nearest channel features (C, 2) to those observed."""
    gap = observation[..., None, CHANNEL] - classes
    return (gap**2).sum(axis=-1).argmin(axis=-1)
