"""Mobility load balancing: cards of its datasets say what their states and augmentations cover."""

from dataclasses import replace
from typing import Any, cast

from difsched.data.outcomes import OutcomeDataset
from difsched.data.transitions import Transitions
from difsched.env.mlb.config import MlbConfig
from experiments.families.problems import Problems


class MlbProblems(Problems):
    """The load-balancing problems of a workspace; see `Problems`."""

    def modules(self) -> list[str]:
        """Return the modules behind datasets and configurations."""
        return [*super().modules(), "difsched.baselines.mlb.counterfactual.coverage"]

    def redrawn(self, config: MlbConfig, seed: int) -> MlbConfig:
        """Return a configuration whose training files are others for each seed."""
        return replace(config, files=[file + seed * len(config.files) for file in config.files])

    def stream(self, number: int, seed: int) -> int | str:
        """Return the dataset's number: its files are others, and that is enough."""
        return number

    def collect(self, number: int) -> tuple[Transitions, dict[str, Any]]:
        """Collect a dataset, and look at its states where it holds every training file."""
        # Loads torch: only where data are made.
        from difsched.baselines.mlb.counterfactual.coverage import look

        data, card = super().collect(number)
        config = cast(MlbConfig, self.dataset_config(number))
        left, files = len(config.files) - len(config.target_files), config.training_episodes
        if left and config.target_files and len(data.final_observation) % files == 0:
            card = {**card, "states": look(cast(OutcomeDataset, data), config)}
        return data, card


PROBLEMS = MlbProblems
