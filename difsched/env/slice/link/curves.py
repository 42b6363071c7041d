"""The link of a slice: what a grant is worth in each channel class, whatever the curve's shape."""

import numpy as np

from difsched.config import EnvironmentConfig
from difsched.env.slice.link.sigmoid import success_probability
from difsched.typing import Floats


def link_curves(config: EnvironmentConfig) -> Floats:
    """Return the success probability (C, B + 1) of each channel class with 0..B RBs.

    Those of the configuration's table, whose last value holds for all RBs beyond it, or without a
    table the logistic ones of k and s.
    """
    grants = np.arange(config.B + 1)
    if config.link_curves is not None:
        return np.stack(
            [np.array(curve)[np.minimum(grants, len(curve) - 1)] for curve in config.link_curves]
        )
    slopes, midpoints = (
        np.array(values)[:, None] for values in (config.sigmoid_k_list, config.sigmoid_s_list)
    )
    return success_probability(grants, slopes, midpoints)
