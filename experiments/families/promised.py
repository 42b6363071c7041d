"""Slices with a promised floor: the slice's traffic, and logs of who keeps floors."""

from typing import Any

from difsched.baselines.promised.datasets import gather, usual
from difsched.config import DatasetConfig
from difsched.data.transitions import Transitions
from experiments.families.traffic import TrafficProblems


class PromisedProblems(TrafficProblems):
    """Slices with a floor, each with a dataset of its own number; see `Problems`."""

    def usual_recipe(self, number: int) -> DatasetConfig:
        """Return how a dataset is collected where nothing of it is replaced."""
        return usual(number)

    def gather(
        self, number: int | str, recipe: Any, config: Any
    ) -> tuple[Transitions, dict[str, Any]]:
        """Collect data by primal-dual iterates; see `Problems.gather`."""
        return gather(number, recipe, config, self.source(config))


PROBLEMS = PromisedProblems
