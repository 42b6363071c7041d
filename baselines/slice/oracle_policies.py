"""The oracle as schedulers: on the truth, and on the forecast."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.baselines.method import Method, Task
from difsched.baselines.slice.curves import ClassCurves
from difsched.baselines.slice.oracle import OraclePolicy
from difsched.config import EnvironmentConfig
from difsched.env.slice.columns import Column
from difsched.policy import Policy
from difsched.typing import Ints
from difsched.utils.knapsack import allocate


@dataclass(frozen=True)
class CurveOracle:
    """The scheduler that takes the demand it is shown for the truth and solves known curves.

    Attributes
    ----------
    curves : ClassCurves
        What is known of the link.
    """

    curves: ClassCurves

    def act(self, observation: NDArray[Any]) -> Ints:
        """Return RBs (W, N) for observations (W, N, F); see `Policy.act`."""
        demand = np.maximum(observation[..., Column.DEMAND, None], 0.0)
        return allocate(demand * self.curves.of(observation))


def oracle_of(config: EnvironmentConfig) -> Policy:
    """Return the scheduler of a slice that solves each window exactly as it is shown."""
    if config.link_curves is not None:
        return CurveOracle(ClassCurves.known(config))
    return OraclePolicy(config.B)


def _oracle(task: Task) -> Policy:
    return oracle_of(task.config)


SCHEDULERS = [
    Method(
        "oracle_predicted",
        "Oracle (forecast)",
        _oracle,
        "oracles",
        information="predicted",
        about="The exact optimum of each window, its forecast taken for the truth",
    ),
    Method(
        "oracle",
        "Oracle (truth)",
        _oracle,
        "oracles",
        information="perfect",
        about="The exact optimum of each window, the demand known",
    ),
]
