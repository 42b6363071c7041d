"""Estimate, then optimize, with a network: outcomes by maximum likelihood, then the exact solver.

The predict-then-optimize of operations research (Elmachtoub and Grigas 2022, section 2) with a
neural model, beside ``estimate_then_optimize`` (logistic curves) and ``estimate_isotonic``: a
user's curve may have any shape and depend on all that is seen.
"""

import torch
from torch import Tensor

from difsched.agents.actors.actor import MakeNetwork
from difsched.agents.actors.solver import SolverActor
from difsched.agents.agent import Agent
from difsched.agents.critic import Batch, Info
from difsched.agents.structured.outcome_model import COLUMNS, OutcomeModel
from difsched.config.models.neural_estimate import NeuralEstimateConfig


class NeuralEstimate(Agent):
    """A model of the outcomes, and the grants that it takes for the best; see `OutcomeModel`."""

    columns = COLUMNS
    config: NeuralEstimateConfig

    def build(self, features: int, network: MakeNetwork) -> None:
        """Make the model, and the solver that decides by it."""
        self.model = OutcomeModel(self.space, features, network, self.config.knots)
        self.actor = SolverActor(self.space, self.model.values)

    def loss(
        self, batch: Batch, target: Agent, step: int, generator: torch.Generator
    ) -> tuple[Tensor, Info]:
        """Return minus the log-likelihood of the logged outcomes; see `OutcomeModel.loss`."""
        likelihood = self.model.loss(batch)
        return likelihood, {"likelihood": likelihood}


AGENT = NeuralEstimate
