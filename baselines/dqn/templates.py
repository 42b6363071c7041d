"""Allocation templates: the sets of tasks, each of which stands for an action."""

from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from difsched.baselines.sb3.problem import FlatProblem
from difsched.env.alloc.columns import read
from difsched.env.alloc.config import AllocConfig
from difsched.typing import Floats


class TemplateProblem(FlatProblem):
    """An allocation problem whose actions are the 2^T sets of its tasks.

    The members of set k are the tasks whose bit of k is 1. They ask for all that they need, and
    get the nearest that fits; where resources stand in for each other (``faithful``) they share
    every resource equally.
    """

    @property
    def action_space(self) -> spaces.Discrete:
        """Return the space of the sets' numbers."""
        return spaces.Discrete(1 << self.entities)

    def decode(self, actions: NDArray[Any], observation: NDArray[Any]) -> NDArray[Any]:
        """Map numbers of sets (W,) to what the simulator takes for observations (W, T, F)."""
        bits = np.asarray(actions).reshape(-1, 1).astype(np.int64) >> np.arange(self.entities)
        asked = (bits & 1).astype(np.float64)
        if self.view["mode"] == "faithful":
            asked = self._equal_parts(asked, observation)
        shape = self.actions.shape(self.entities)
        return self.actions.check(asked.reshape(len(asked), *shape), observation)

    def _equal_parts(self, members: Floats, observation: NDArray[Any]) -> Floats:
        """Return grants (W, T, R) of every resource to the members (W, T), 0 or 1, in parts."""
        shown = AllocConfig("faithful", self.view["resources"], self.entities)
        supply: Floats = read(observation, "supply", shown)
        part = members / np.maximum(members.sum(axis=1, keepdims=True), 1.0)
        grants: Floats = part[..., None] * supply[:, None]
        return grants
