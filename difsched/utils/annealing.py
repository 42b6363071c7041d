"""How the step size of an optimiser falls along a training."""

import math


def half_cosine(step: int, steps: int) -> float:
    """Return the share of the first step size at a step: from 1 to 0 along half a cosine.

    Parameters
    ----------
    step : int
        Steps that are done, 0..``steps``.
    steps : int
        Steps in all, >= 1.

    Returns
    -------
    float
        In [0, 1] (Loshchilov and Hutter 2017, equation 5, without restarts).
    """
    return (1 + math.cos(math.pi * step / steps)) / 2
