"""The slice: its numbered experiments, and the traffic and sub-agents prepared for them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from difsched.baselines.slice.datasets import gather
from difsched.baselines.slice.mdp import compose
from difsched.config import ConfigManager, DatasetConfig, EnvironmentConfig, ExperimentConfig
from difsched.data.transitions import Transitions
from difsched.env.slice.traffic.generator import Traffic
from difsched.env.slice.view import seen_traffic
from difsched.family import FAMILIES, Configuration
from experiments.families.problems import NamedFiles, Problems
from experiments.paths import Layout


class SliceProblems(Problems):
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

    def recipe(self, number: int) -> DatasetConfig:
        """Return how a dataset is collected."""
        return self.usual_recipe(number).changed(self.changes)

    def prepared(self, config: Configuration) -> list[Path]:
        """Return the files of a slice's sub-agents and of its traffic."""
        own = cast(EnvironmentConfig, config)
        return [*self.agent_paths(own).values(), self.layout.traffic_path(own.dataflow)]

    def dataset_inputs(self, config: Configuration) -> NamedFiles:
        """Return the files of a slice's traffic and of its sub-agents."""
        own = cast(EnvironmentConfig, config)
        agents = list(self.agent_paths(own).values())
        return {"traffic": self.layout.traffic_path(own.dataflow), "agents": agents}

    def source(self, config: Configuration) -> Traffic:
        """Return a slice's traffic, with the forecasts that it shows."""
        own = cast(EnvironmentConfig, config)
        return seen_traffic(own, self.traffic(own.dataflow))

    def traffic(self, dataflow: str) -> Traffic:
        """Return a dataflow's traffic."""
        return Traffic.load(self.layout.traffic_path(dataflow))

    def task(self, config: Configuration) -> dict[str, Any]:
        """Return the files of a slice's sub-agents."""
        return {"agent_paths": self.agent_paths(cast(EnvironmentConfig, config))}

    def agent_paths(self, config: EnvironmentConfig) -> dict[int, Path]:
        """Return the files of a slice's sub-agents by number."""
        return {
            index: self.layout.agent_path(index) for index in sorted(set(config.sub_agents_idx))
        }

    def gather(
        self, number: int | str, recipe: Any, config: Any
    ) -> tuple[Transitions, dict[str, Any]]:
        """Collect data by a slice's composed sub-agents; see `Problems.gather`."""
        composed = compose(config, self.agent_paths(config))
        return gather(number, recipe, config, self.source(config), composed)


class NumberedSlices(SliceProblems):
    """Slices of another family, each with a dataset of its own number; see `Problems`."""

    def config(self, index: int) -> EnvironmentConfig:
        """Return a configuration by its number."""
        config: EnvironmentConfig = self.family.load(index)
        return config

    def dataset(self, index: int) -> int:
        """Return the number of a configuration's dataset: its own."""
        return index

    def dataset_config(self, number: int) -> EnvironmentConfig:
        """Return the slice on which a dataset is collected."""
        return self.config(number)


def slice_problems(layout: Layout, changes: Mapping[str, Any]) -> SliceProblems:
    """Return the slice's problems in a workspace; see `Problems`."""
    return SliceProblems(FAMILIES["slice"], layout, changes)


PROBLEMS = SliceProblems
