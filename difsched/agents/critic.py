"""Critics: an ensemble of Q functions, and the value V that looks one window ahead.

Q and V are sums of what each user contributes, over their number: Q = mean_i q_i. With ``credit:
user`` each q_i is fitted to the user's own share of the reward (value decomposition, Sunehag et al.
2018, with the shares known instead of learned), with ``credit: window`` their mean to the reward.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from difsched.agents.actors import MakeNetwork
from difsched.agents.networks import ALL
from difsched.config.learner import CriticConfig

#: Losses by name, as they are reported.
Info = dict[str, Tensor]


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
    config : CriticConfig
        Number of critics, credit, expectile, discount.
    features : int
        Features a user.
    network : callable
        Makes a network for inputs, outputs and members.
    value : bool, optional
        Whether there is a V; when left out, where a discount looks ahead.
    """

    def __init__(
        self,
        config: CriticConfig,
        features: int,
        network: MakeNetwork,
        value: bool | None = None,
    ) -> None:
        super().__init__()
        self.config = config
        self.functions = network(features + 1, 1, config.critics)
        # Without a discount nothing that comes after the window counts.
        has_value = config.discount > 0 if value is None else value
        self.value = network(features, 1) if has_value else None

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

    def goal(self, batch: Batch) -> Tensor:
        """Return what Q is fitted to: r + gamma V(s'), (R, P), without a gradient."""
        if not self.config.discount:
            return batch.reward
        with torch.no_grad():
            return batch.reward + self.config.discount * self.v_parts(batch.next_features)

    def loss(self, batch: Batch, target: "Critic") -> tuple[Tensor, Info]:
        """Return the critic's loss: Q to r + gamma V(s'), and V to Q where it looks ahead.

        V is the expectile of the targets' Q in the data, as in implicit Q-learning (Kostrikov et
        al. 2022, eq. 5 and 6): no action outside the data is asked about.
        """
        q_loss = (self.q_parts(batch.features, batch.action) - self.goal(batch)).square().mean()
        if self.value is None:
            return q_loss, {"critic": q_loss}
        with torch.no_grad():
            goal = target.q_parts(batch.features, batch.action).amin(dim=0)
        v_loss = expectile_loss(goal - self.v_parts(batch.features), self.config.expectile)
        return q_loss + v_loss, {"critic": q_loss, "value": v_loss}

    def actor_loss(self, features: Tensor, action: Tensor, step: int) -> tuple[Tensor, Info]:
        """Return -mean Q_i(s, a) / mean |Q_i(s, a)|: what moves an actor up the critic.

        That is Wang et al. (2023, eq. 3), with the scale of Fujimoto and Gu (2021, eq. 5). The
        members take turns, i = step mod M, and no gradient reaches them.

        Parameters
        ----------
        features : (R, N, F) Tensor
            Its first rows, as many as there are actions, are judged.
        action : (P, N) Tensor
            Proposals, P <= R.
        step : int
            Number of the gradient step.
        """
        member = step % self.config.critics
        self.requires_grad_(False)
        values = self.q(features[: len(action)], action, slice(member, member + 1))[0]
        self.requires_grad_(True)
        loss = -values.mean() / values.detach().abs().mean()
        return loss, {"q": loss}


def expectile_loss(difference: Tensor, expectile: float) -> Tensor:
    """Return mean |expectile - 1(d < 0)| d^2 (Kostrikov et al. 2022, eq. 4)."""
    weight = torch.where(difference < 0, 1 - expectile, expectile)
    return (weight * difference.square()).mean()
