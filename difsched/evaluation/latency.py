"""How long a scheduler takes for one decision."""

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.policy import Policy

#: Quantiles that are reported, by name.
QUANTILES = {"p50": 0.5, "p99": 0.99}
WARM_UP = 20


def milliseconds(policy: Policy, seen: NDArray[Any], calls: int) -> NDArray[np.float64]:
    """Return the processor time of each of some decisions on one window, the first ones left out.

    Parameters
    ----------
    policy : Policy
    seen : (W, N, F) ndarray
        Observations, taken in turn.
    calls : int
        Decisions.
    """
    times = []
    for call in range(WARM_UP + calls):
        window = seen[call % len(seen)][None]
        start = time.process_time()
        policy.act(window)
        times.append(time.process_time() - start)
    return 1e3 * np.array(times[WARM_UP:])
