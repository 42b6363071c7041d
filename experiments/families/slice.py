"""The slice: its numbered experiments."""

from collections.abc import Mapping
from typing import Any

from difsched.config import ConfigManager, DatasetConfig, EnvironmentConfig, ExperimentConfig
from difsched.family import FAMILIES
from experiments.families.traffic import SubAgentProblems
from experiments.paths import Layout


class SliceProblems(SubAgentProblems):
    """The slice's experiments: each names an environment and a dataset; see `Problems`."""

    @property
    def manager(self) -> ConfigManager:
        """The packaged configurations."""
        return ConfigManager()

    def experiment(self, index: int) -> ExperimentConfig:
        """Return an experiment by its number."""
        return self.manager.load_experiment_config(index)

    def config(self, index: int) -> EnvironmentConfig:
        """Return the slice of an experiment."""
        return self.manager.load_env_config(self.experiment(index).env)

    def dataset(self, index: int) -> int:
        """Return the number of an experiment's dataset."""
        return self.experiment(index).dataset

    def dataset_config(self, number: int) -> EnvironmentConfig:
        """Return the slice on which a dataset is collected."""
        return self.manager.load_env_config(self.manager.load_dataset_config(number).env)

    def usual_recipe(self, number: int) -> DatasetConfig:
        """Return how a dataset is collected where nothing of it is replaced."""
        return self.manager.load_dataset_config(number)


def slice_problems(layout: Layout, changes: Mapping[str, Any]) -> SliceProblems:
    """Return the slice's problems in a workspace; see `Problems`."""
    return SliceProblems(FAMILIES["slice"], layout, changes)


PROBLEMS = SliceProblems
