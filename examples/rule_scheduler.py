"""A rule from outside the suite: ``./run_all.sh --method examples/rule_scheduler.py:ServeLargest``.

Observations (W, N, 4) hold for W windows and N users: forecast demand and demand of the window
before (packets), channel k (1/RB) and s (RB). Wanted are whole RBs (W, N), each row summing to B.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.config import EnvironmentConfig
from difsched.env.slice.allocation import scale_to_budget  # whole RBs in proportion to weights
from difsched.env.slice.columns import Column


class ServeLargest:
    """Serves the users of largest demand, as many as the budget has 16 RBs for, all alike."""

    def __init__(self, config: EnvironmentConfig) -> None:
        self.budget, self.served = config.B, max(1, config.B // 16)

    def act(self, observation: NDArray[Any]) -> NDArray[np.int64]:
        """Return grants (W, N)."""
        rank = np.argsort(np.argsort(-observation[..., Column.DEMAND], axis=1), axis=1)
        return scale_to_budget(rank < self.served, self.budget)
