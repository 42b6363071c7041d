"""Decision-focused learning by SPO+ (Elmachtoub and Grigas 2022): trained through the decision.

A predictor draws for each user what it is worth with each grant; the solver grants what maximises
the predicted sum. Its loss is not an error of prediction but an upper bound of what the decision
loses against the best in hindsight.

What a window was worth with grants that it did not have is not in the log, which holds of each
user the grant, packets sent and packets that got through. How many were sent does not depend on
the grant, and is taken as it was logged. Which of them would have got through is imputed by a model
fitted to the same log by maximum likelihood, `OutcomeModel`, beside the predictor: truth_i(r) =
N v_i p_i(s, r), v_i the share of the window's packets that user i sent. Links and true demands of
the simulator are never asked for.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from difsched.agents.actors.actor import MakeNetwork
from difsched.agents.actors.features import State
from difsched.agents.actors.solver import SolverActor
from difsched.agents.agent import Agent
from difsched.agents.critic import Batch, Info
from difsched.agents.structured.curves import Knots
from difsched.agents.structured.outcome_model import COLUMNS, OutcomeModel, shares
from difsched.config.models.spo_plus import SPOPlusConfig


class SPOPlus(Agent):
    """A predictor judged by its decisions, and the model that imputes what was not logged."""

    columns = COLUMNS
    config: SPOPlusConfig
    actor: SolverActor

    def build(self, features: int, network: MakeNetwork) -> None:
        """Make the model, the predictor, and the solver that decides by it."""
        self.model = OutcomeModel(self.space, features, network, self.config.knots)
        self.knots = Knots.of(self.space, self.config.knots)
        self.predictor = network(features, self.config.knots)
        self.actor = SolverActor(self.space, self.predict)

    def predict(self, state: State, grants: Tensor) -> Tensor:
        """Return what users are worth with each of C grants, (R, N, C)."""
        return self.knots.table(self.predictor(state.features)[0], grants)

    def loss(
        self, batch: Batch, target: Agent, step: int, generator: torch.Generator
    ) -> tuple[Tensor, Info]:
        """Return the model's loss, on all rows, and SPO+ on the first ``solved`` of them."""
        likelihood = self.model.loss(batch)
        rows = slice(self.config.solved)
        state = batch.state.map(lambda part: part[rows])
        grants = self.space.grants.to(state.features.device)
        share = shares(batch)[0][rows]
        with torch.no_grad():
            truth = state.entities * share.unsqueeze(-1) * self.model.success(state, grants)
        regret = spo_plus(self.predict(state, grants), truth, self.actor.maximize)
        decision = regret.mean() / state.entities
        return likelihood + decision, {"likelihood": likelihood, "decision": decision}


def spo_plus(predicted: Tensor, truth: Tensor, maximize: Callable[[Tensor], Tensor]) -> Tensor:
    """Return the SPO+ loss of each window, (R,), >= 0: no less than the decision's regret.

    max_x (2 v' - v)^T x - 2 v'^T x*(v) + v^T x*(v) for predicted values v' and true ones v, x one
    choice a user within the budget (Elmachtoub and Grigas 2022, section 3.2, with c = -v). Its
    gradient is 2 (x*(2 v' - v) - x*(v)).

    Parameters
    ----------
    predicted, truth : (R, N, C) Tensor
        What users are worth with each of C grants.
    maximize : callable
        Gives the places (R, N) of the best grants within the budget, for such values.
    """
    tilted = 2 * predicted - truth

    def total(choice: Tensor) -> Tensor:
        return tilted.gather(-1, choice.unsqueeze(-1)).squeeze(-1).sum(dim=-1)

    return total(maximize(tilted)) - total(maximize(truth))


AGENT = SPOPlus
