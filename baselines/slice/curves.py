"""Success curves of any shape: what they deliver on average."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.config import EnvironmentConfig
from difsched.env.slice.columns import CHANNEL
from difsched.env.slice.link.curves import link_curves
from difsched.typing import Floats


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
