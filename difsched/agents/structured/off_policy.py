"""Off-policy learning from logged propensities: inverse ones alone, and doubly robust.

A user's outcome depends on its own grant and on what is seen, not on what the others have. So each
user-window is a step of a contextual bandit of its own, and importance weights are those of one
grant: of the whole vector of grants they would be hopeless. The policy draws user i's grant from a
discretised Gaussian around r_i(s), an action that spends the budget. What it is worth is estimated
from draws of another policy whose probabilities are known, the log's propensities. Grants that were
not drawn have none, and weigh nothing. A decision takes r(s) itself: draws for each user alone
would spend the budget only on average. So the Gaussian is
a kernel, as in off-policy learning with continuous actions (Kallus and Zhou 2018, section 3).
"""

import torch
from torch import Tensor

from difsched.agents.actors.actor import MakeNetwork
from difsched.agents.actors.deterministic import DeterministicActor
from difsched.agents.agent import Agent
from difsched.agents.critic import Batch, Info
from difsched.agents.structured.separable import SeparableCritic
from difsched.config.models.off_policy import OffPolicyConfig


class OffPolicy(Agent):
    """A policy that climbs an off-policy estimate of its own value.

    ``estimator: ips`` is by inverse propensities (Horvitz and Thompson 1952), ``dr`` doubly robust
    (Dudik et al. 2011, section 2): a model's value of the policy, and what inverse propensities say
    of the model's errors. The model is a `SeparableCritic`, fitted to all of the log.
    """

    columns = ("propensity",)
    config: OffPolicyConfig
    actor: DeterministicActor
    critic: SeparableCritic | None

    def build(self, features: int, network: MakeNetwork) -> None:
        """Make the actor, and the model where the estimator has one."""
        _ = self.space.grants
        self.actor = DeterministicActor(self.space, features, network)
        if self.config.estimator == "dr":
            self.critic = SeparableCritic(self.config, self.problem, features, network)

    def loss(
        self, batch: Batch, target: Agent, step: int, generator: torch.Generator
    ) -> tuple[Tensor, Info]:
        """Return minus the estimated value of the policy, and the model's loss, if there is one."""
        grants = self.space.grants.to(batch.action.device)
        action = self.actor.action(batch.state).squeeze(-1)
        chance = chances(action, grants, self.config.bandwidth)
        logged = batch.action.squeeze(-1)
        place = (logged.unsqueeze(-1) - grants).abs().argmin(dim=-1, keepdim=True)
        taken = chance.gather(-1, place).squeeze(-1)
        outcome = batch.outcomes.squeeze(-1)
        if self.critic is None:
            value = -self.estimate(taken, batch, outcome)
            return value, {"value": value}
        assert target.critic is not None
        model, info = self.critic.loss(batch, target.critic)
        with torch.no_grad():
            table = self.critic.table(batch.state, grants)
            missed = outcome - table.gather(-1, place).squeeze(-1)
        direct = (chance * table).sum(dim=-1).mean()
        value = -(direct + self.estimate(taken, batch, missed))
        return value + model, {"value": value, **info}

    def estimate(self, chance: Tensor, batch: Batch, outcome: Tensor) -> Tensor:
        """Return what inverse propensities say of a mean; see `inverse_propensity`."""
        return inverse_propensity(
            chance,
            batch.columns["propensity"],
            outcome,
            clip=self.config.clip,
            self_normalised=self.config.self_normalised,
        )


def chances(action: Tensor, grants: Tensor, bandwidth: float) -> Tensor:
    """Return the probabilities (R, N, C) of C grants around actions (R, N): exp(-d^2 / 2 h^2).

    Parameters
    ----------
    action : (R, N) Tensor
    grants : (C,) Tensor
        What an entity can be granted.
    bandwidth : float
        h, > 0, in the unit of both.
    """
    distance = (grants - action.unsqueeze(-1)) / bandwidth
    return (-distance.square() / 2).softmax(dim=-1)


def inverse_propensity(
    chance: Tensor, propensity: Tensor, outcome: Tensor, *, clip: float, self_normalised: bool
) -> Tensor:
    """Return the estimate of a policy's mean outcome from another's draws.

    sum w y / n with w = min(pi / mu, clip) (Swaminathan and Joachims 2015a, section 4), or
    sum w y / sum w, which does not move with a constant in y (2015b, section 4).

    Parameters
    ----------
    chance : (...) Tensor
        pi, probability of each logged grant under the policy.
    propensity : (...) Tensor
        mu, with which it was drawn; 0 where it was not drawn, which counts for nothing.
    outcome : (...) Tensor
        y.
    clip : float
        Largest weight.
    self_normalised : bool
    """
    drawn = propensity > 0
    ratio = chance / torch.where(drawn, propensity, torch.ones_like(propensity))
    weight = torch.where(drawn, ratio, torch.zeros_like(ratio)).clamp(max=clip)
    count = weight.sum() if self_normalised else drawn.sum()
    return (weight * outcome).sum() / count.clamp(min=1)


AGENT = OffPolicy
