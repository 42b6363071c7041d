"""Sequential slices: the slice's traffic and sub-agents, whose logs alone are learned from."""

from typing import Any

from difsched.baselines.sequential.datasets import gather, narrow
from difsched.baselines.slice.mdp import compose
from difsched.config import DatasetConfig
from difsched.data.transitions import Transitions
from difsched.env.sequential.config import SequentialConfig
from experiments.families.slice import SliceProblems


class SequentialProblems(SliceProblems):
    """Sequential slices, each with a dataset of its own number; see `Problems`."""

    def config(self, index: int) -> SequentialConfig:
        """Return a configuration by its number."""
        config: SequentialConfig = self.family.load(index)
        return config

    def dataset(self, index: int) -> int:
        """Return the number of a configuration's dataset: its own."""
        return index

    def dataset_config(self, number: int) -> SequentialConfig:
        """Return the slice on which a dataset is collected."""
        return self.config(number)

    def usual_recipe(self, number: int) -> DatasetConfig:
        """Return how a dataset is collected where nothing of it is replaced."""
        return narrow(number)

    def gather(
        self, number: int | str, recipe: Any, config: Any
    ) -> tuple[Transitions, dict[str, Any]]:
        """Collect data by a slice's composed sub-agents; see `Problems.gather`."""
        composed = compose(config, self.agent_paths(config))
        return gather(number, recipe, config, self.source(config), composed)


PROBLEMS = SequentialProblems
