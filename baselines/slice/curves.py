"""Success curves of any shape: what they deliver on average."""

import numpy as np

from difsched.config import EnvironmentConfig
from difsched.env.slice.link.sigmoid import success_probability
from difsched.typing import Floats


def mean_curve(config: EnvironmentConfig) -> Floats:
    """Return the success probability (B + 1,) of 0..B RBs, averaged over the channel classes.

    Classes are uniform and independent of the demand, so for who does not see the channel this is
    the curve of every user.
    """
    slopes, midpoints = (
        np.array(values)[:, None] for values in (config.sigmoid_k_list, config.sigmoid_s_list)
    )
    curve: Floats = success_probability(np.arange(config.B + 1), slopes, midpoints).mean(axis=0)
    return curve
