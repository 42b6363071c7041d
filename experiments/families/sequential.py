"""Sequential slices: the slice's traffic and sub-agents, whose logs alone are learned from."""

from typing import Any

from difsched.baselines.sequential.datasets import gather, narrow
from difsched.baselines.slice.mdp import compose
from difsched.config import DatasetConfig
from difsched.data.transitions import Transitions
from experiments.families.traffic import SubAgentProblems


class SequentialProblems(SubAgentProblems):
    """Sequential slices, each with a dataset of its own number; see `Problems`."""

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
