"""A learner from outside the suite: ``./run_all.sh --method examples/learner.py:Corrected``.

It learns from the offline dataset what demand follows a forecast and the demand before, and shares
the budget by the oracle's solver; `rule_scheduler` says what ``act`` is shown.
"""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from difsched.baselines.slice.oracle import maximize_sigmoids
from difsched.config import EnvironmentConfig
from difsched.data import OfflineDataset
from difsched.env.slice.columns import PACKETS, Column


class Corrected:
    """Takes a linear correction of the forecast for the demand."""

    def __init__(self, budget: int, weights: NDArray[Any]) -> None:
        self.budget, self.weights = budget, weights

    @classmethod
    def fit(cls, dataset: OfflineDataset, config: EnvironmentConfig, seed: int) -> Self:
        """Return the policy of a seed, fitted to a sample of the windows."""
        rows = np.random.default_rng(seed).integers(len(dataset.demand), size=10_000)
        seen, demand = dataset.observation[rows, :, PACKETS], dataset.demand[rows]
        return cls(config.B, np.linalg.lstsq(seen.reshape(-1, 2), demand.ravel())[0])

    def act(self, observation: NDArray[Any]) -> NDArray[np.int64]:
        """Return grants (W, N)."""
        demand = np.maximum(observation[..., PACKETS] @ self.weights, 0.0)
        slope, midpoint = observation[..., Column.SLOPE], observation[..., Column.MIDPOINT]
        return maximize_sigmoids(demand, slope, midpoint, self.budget).allocation
