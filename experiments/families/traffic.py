"""Families of slices: the traffic, and where they have some the sub-agents, prepared for them."""

from pathlib import Path
from typing import Any, cast

from difsched.baselines.slice.datasets import gather
from difsched.baselines.slice.mdp import compose
from difsched.config import DatasetConfig, EnvironmentConfig
from difsched.data.transitions import Transitions
from difsched.env.slice.traffic.generator import Traffic
from difsched.env.slice.view import seen_traffic
from difsched.family import Configuration
from experiments.families.problems import NamedFiles, Problems


class TrafficProblems(Problems):
    """Configurations that are slices, whose users have traffic; see `Problems`.

    A derived class says how a dataset is collected (`usual_recipe`), and collects it (`gather`).
    """

    def usual_recipe(self, number: int) -> DatasetConfig:
        """Return how a dataset is collected where nothing of it is replaced."""
        raise NotImplementedError

    def recipe(self, number: int) -> DatasetConfig:
        """Return how a dataset is collected."""
        return self.usual_recipe(number).changed(self.changes)

    def prepared(self, config: Configuration) -> list[Path]:
        """Return the file of a slice's traffic."""
        return [self.layout.traffic_path(cast(EnvironmentConfig, config).dataflow)]

    def dataset_inputs(self, config: Configuration) -> NamedFiles:
        """Return the file of a slice's traffic."""
        own = cast(EnvironmentConfig, config)
        return {"traffic": self.layout.traffic_path(own.dataflow)}

    def source(self, config: Configuration) -> Traffic:
        """Return a slice's traffic, with the forecasts that it shows."""
        own = cast(EnvironmentConfig, config)
        return seen_traffic(own, self.traffic(own.dataflow))

    def traffic(self, dataflow: str) -> Traffic:
        """Return a dataflow's traffic."""
        return Traffic.load(self.layout.traffic_path(dataflow))


class SubAgentProblems(TrafficProblems):
    """Slices whose data the composed sub-agents collect; see `Problems`."""

    def prepared(self, config: Configuration) -> list[Path]:
        """Return the files of a slice's sub-agents and of its traffic."""
        own = cast(EnvironmentConfig, config)
        return [*self.agent_paths(own).values(), *super().prepared(config)]

    def dataset_inputs(self, config: Configuration) -> NamedFiles:
        """Return the files of a slice's traffic and of its sub-agents."""
        agents = list(self.agent_paths(cast(EnvironmentConfig, config)).values())
        return {**super().dataset_inputs(config), "agents": agents}

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
