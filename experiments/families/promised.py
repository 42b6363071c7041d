"""Slices with a promised floor: the slice's traffic, and logs of who keeps floors."""

from pathlib import Path
from typing import Any, cast

from difsched.baselines.promised.datasets import gather, usual
from difsched.config import DatasetConfig
from difsched.data.transitions import Transitions
from difsched.env.promised.config import PromisedConfig
from difsched.family import Configuration
from experiments.families.problems import NamedFiles
from experiments.families.slice import NumberedSlices


class PromisedProblems(NumberedSlices):
    """Slices with a floor, each with a dataset of its own number; see `Problems`."""

    def usual_recipe(self, number: int) -> DatasetConfig:
        """Return how a dataset is collected where nothing of it is replaced."""
        return usual(number)

    def prepared(self, config: Configuration) -> list[Path]:
        """Return the file of a slice's traffic; there are no sub-agents."""
        return [self.layout.traffic_path(cast(PromisedConfig, config).dataflow)]

    def dataset_inputs(self, config: Configuration) -> NamedFiles:
        """Return the file of a slice's traffic."""
        return {"traffic": self.prepared(config)[0]}

    def task(self, config: Configuration) -> dict[str, Any]:
        """Return nothing: methods of this family need no files."""
        return {}

    def gather(
        self, number: int | str, recipe: Any, config: Any
    ) -> tuple[Transitions, dict[str, Any]]:
        """Collect data by primal-dual iterates; see `Problems.gather`."""
        return gather(number, recipe, config, self.source(config))


PROBLEMS = PromisedProblems
