"""The toy family's methods: the equal split, and an oracle that tries everything."""

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
from difsched.env.toy import CAPACITY, outcomes  # type: ignore[import-not-found]

from difsched.baselines.method import Method
from difsched.typing import Floats

#: Parts into which the oracle cuts the machine's capacity.
PARTS = 20


class Shares:
    """Splits the capacity by weights."""

    def __init__(self, weights: Callable[[Floats], Floats]) -> None:
        self.weights = weights

    def act(self, observation: Floats) -> Floats:
        """Return shares (W, N)."""
        weights = self.weights(observation)
        return weights / weights.sum(axis=1, keepdims=True) * observation[:, :1, CAPACITY]


def brute_force(observation: Floats) -> Floats:
    """Return the best of all splits into ``PARTS`` parts, (W, N)."""
    parts = product(range(PARTS + 1), repeat=observation.shape[1])
    grid = np.array([split for split in parts if sum(split) == PARTS]) / PARTS
    tried = grid[:, None] * observation[:, :1, CAPACITY]
    worth = outcomes(tried, observation).mean(axis=(-2, -1))
    return np.asarray(grid[worth.argmax(axis=0)])


def _rule(name: str, weights: Callable[[Floats], Floats], section: str) -> Method:
    def fit(task: Any) -> Shares:
        return Shares(weights)

    return Method(name, name.capitalize(), fit, section)


SCHEDULERS = [
    _rule("equal", lambda seen: np.ones(seen.shape[:2]), "rules"),
    _rule("oracle", brute_force, "oracles"),
]
