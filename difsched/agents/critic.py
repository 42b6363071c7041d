"""Critics: an ensemble of Q functions, and the value V that looks one window ahead.

Q and V are sums of what each user contributes, over their number: Q = mean_i q_i. With ``credit:
user`` each q_i is fitted to the user's own share of the reward (value decomposition, Sunehag et al.
2018, with the shares known instead of learned), with ``credit: window`` their mean to the reward.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from difsched.agents.actors import MakeNetwork, draw
from difsched.agents.networks import ALL
from difsched.config import OfflineAgentConfig


@dataclass(frozen=True)
class Batch:
    """A minibatch of R transitions, standardised.

    Attributes
    ----------
    features, next_features : (R, N, F) Tensor
        What the scheduler saw before the window and before the next one.
    action : (R, N) Tensor
        Grants in units of the agent.
    reward : (R, P) Tensor
        P = N: each user's part, whose mean is the window's reward; or P = 1: the window's reward.
    """

    features: Tensor
    action: Tensor
    reward: Tensor
    next_features: Tensor


class Critic(nn.Module):
    """M Q functions with own weights, and V where it is needed.

    Parameters
    ----------
    config : OfflineAgentConfig
        Number of critics, credit, expectile, discount, conservatism.
    features : int
        Features a user.
    network : callable
        Makes a network for inputs and members: `network(inputs, members)`.
    """

    def __init__(self, config: OfflineAgentConfig, features: int, network: MakeNetwork) -> None:
        super().__init__()
        self.config = config
        self.functions = network(features + 1, config.critics)
        # Without a discount nothing that comes after the window counts; an advantage needs V.
        self.value = network(features, 1) if config.has_value else None

    def _parts(self, outputs: Tensor) -> Tensor:
        """Return outputs (..., N, 1) as the parts (..., P) that are fitted to the reward's."""
        parts = outputs[..., 0]
        return parts if self.config.credit == "user" else parts.mean(dim=-1, keepdim=True)

    def q_parts(self, features: Tensor, action: Tensor, members: slice = ALL) -> Tensor:
        """Return the parts (M, R, P) of Q(s, a), of some members or all."""
        inputs = torch.cat([features, action.unsqueeze(-1)], dim=-1)
        return self._parts(self.functions(inputs, members))

    def q(self, features: Tensor, action: Tensor, members: slice = ALL) -> Tensor:
        """Return Q(s, a), (M, R), of actions (R, N)."""
        return self.q_parts(features, action, members).mean(dim=-1)

    def v_parts(self, features: Tensor) -> Tensor:
        """Return the parts (R, P) of V(s)."""
        assert self.value is not None
        return self._parts(self.value(features)[0])

    def advantage(self, batch: Batch) -> Tensor:
        """Return min_i Q_i(s, a) - V(s), (R,)."""
        worst = self.q(batch.features, batch.action).amin(dim=0)
        return worst - self.v_parts(batch.features).mean(dim=-1)

    def value_loss(self, batch: Batch, target: "Critic") -> Tensor:
        """Return the expectile regression of V on the targets (Kostrikov et al. 2022, eq. 5).

        mean |expectile - 1(d < 0)| d^2 with d = min_i Q_i'(s, a) - V(s).
        """
        with torch.no_grad():
            goal = target.q_parts(batch.features, batch.action).amin(dim=0)
        return expectile_loss(goal - self.v_parts(batch.features), self.config.expectile)

    def loss(self, batch: Batch) -> Tensor:
        """Return the critics' squared error to r + gamma V(s') (Kostrikov et al. 2022, eq. 6)."""
        goal = batch.reward
        if self.config.discount:
            with torch.no_grad():
                goal = goal + self.config.discount * self.v_parts(batch.next_features)
        return (self.q_parts(batch.features, batch.action) - goal).square().mean()

    def conservative_loss(
        self, batch: Batch, proposal: Tensor, generator: torch.Generator
    ) -> Tensor:
        """Return how far Q stands above its level on the data (Kumar et al. 2020, eq. 4).

        mean_s log mean_a exp Q(s, a) - Q(s, a_data), the inner mean over the actor's proposal and
        another row's logged action with noise of one unit, which stand for all actions; s are the
        rows that have a proposal.
        """
        rows = len(proposal)
        features, action = batch.features[:rows], batch.action[:rows]
        order = torch.randperm(rows, generator=generator).to(proposal.device)
        noise = draw(action.shape, generator, proposal)
        actions = torch.cat([action, proposal.detach(), action[order] + noise])
        values = self.q(features.repeat(3, 1, 1), actions).view(-1, 3, rows)
        level = values[:, 1:].logsumexp(dim=1) - math.log(2)
        return (level - values[:, 0]).mean()


def expectile_loss(difference: Tensor, expectile: float) -> Tensor:
    """Return mean |expectile - 1(d < 0)| d^2 (Kostrikov et al. 2022, eq. 4)."""
    weight = torch.where(difference < 0, 1 - expectile, expectile)
    return (weight * difference.square()).mean()
