"""Critics: an ensemble of Q functions, and the value V that looks one window ahead.

Q and V follow from the mean over entities of what each contributes: Q = g(mean_i q_i). With
``credit: user`` each q_i, K numbers, is fitted to the entity's own outcomes, and g is the family's
closed form of the reward (value decomposition, Sunehag et al. 2018, with the parts known instead of
learned). With ``credit: window`` q_i is one number, and their mean is fitted to the reward.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from difsched.agents.actors.actor import MakeNetwork
from difsched.agents.actors.features import State
from difsched.agents.networks import ALL
from difsched.agents.problem import Problem
from difsched.agents.support import Support
from difsched.config.learner import CriticConfig, SupportedConfig
from difsched.errors import InputError

#: Losses by name, as they are reported.
Info = dict[str, Tensor]


@dataclass(frozen=True)
class Batch:
    """A minibatch of R transitions, standardised.

    Attributes
    ----------
    state, next_state : State
        What the scheduler saw before the window and before the next one.
    action : (R, M, A) Tensor
        What it did, in units of the agent.
    outcomes : (R, P, K) Tensor
        P = N: each entity's K outcomes; or P = K = 1: the window's reward.
    next_action : (R, M, A) Tensor
        What it did in the next window; not a number where the episode ended.
    columns : mapping
        Further columns of the log, (R, N) each, by name: those of `Agent.columns`.
    """

    state: State
    action: Tensor
    outcomes: Tensor
    next_state: State
    next_action: Tensor
    columns: Mapping[str, Tensor] = field(default_factory=dict)


class Critic(nn.Module):
    """M Q functions with own weights, and V where it is needed.

    Parameters
    ----------
    config : CriticConfig
        Number of critics, credit, expectile, discount.
    problem : Problem
        Its actions, and its outcomes: what parts are fitted to, and what follows from their mean.
    features : int
        Features an entity.
    network : callable
        Makes a network for inputs, outputs and members.
    value : bool, optional
        Whether there is a V; when left out, where a discount looks ahead.

    Raises
    ------
    InputError
        If entities' outcomes shall be summed over windows, but rewards are not linear in them.
    """

    def __init__(
        self,
        config: CriticConfig,
        problem: Problem,
        features: int,
        network: MakeNetwork,
        value: bool | None = None,
    ) -> None:
        super().__init__()
        self.config = config
        self.space, self.outcomes = problem.space, problem.outcomes
        self.by_entity = config.credit == "user"
        if self.by_entity and self.outcomes.combine is not None and config.discount:
            raise InputError(
                f"credit = 'user': must be window with discount = {config.discount:g}, as the "
                "family's rewards are not the mean of outcomes"
            )
        count = self.outcomes.count if self.by_entity else 1
        self.functions = self.make_functions(features, count, network)
        # Without a discount nothing that comes after the window counts.
        has_value = config.discount > 0 if value is None else value
        self.value = network(features, count) if has_value else None
        self.support = None
        if isinstance(config, SupportedConfig) and config.support != "none":
            seen = features if config.support == "state" else 0
            self.support = Support(self.space, seen, network)

    def make_functions(self, features: int, count: int, network: MakeNetwork) -> nn.Module:
        """Return the network of the Q functions: of features and actions, ``count`` outputs."""
        return network(features + self.space.width, count, self.config.critics)

    def _parts(self, outputs: Tensor) -> Tensor:
        """Return outputs (..., N, K) as the parts (..., P, K) that are fitted to outcomes."""
        return outputs if self.by_entity else outputs.mean(dim=-2, keepdim=True)

    def _combine(self, parts: Tensor, state: State) -> Tensor:
        """Return the values (..., R) of parts (..., R, P, K)."""
        means = parts.mean(dim=-2)
        return self.outcomes.value(means, state.observation) if self.by_entity else means[..., 0]

    def q_parts(self, state: State, action: Tensor, members: slice = ALL) -> Tensor:
        """Return the parts (M, R, P, K) of Q(s, a), of some members or all."""
        seen = [state.features, self.space.spread(action, state.entities)]
        return self._parts(self.functions(torch.cat(seen, dim=-1), members))

    def q(self, state: State, action: Tensor, members: slice = ALL) -> Tensor:
        """Return Q(s, a), (M, R), of actions (R, M, A), less what of them lies outside the data."""
        values = self._combine(self.q_parts(state, action, members), state)
        return values if self.support is None else values - self.support.outside(state, action)

    def v_parts(self, state: State) -> Tensor:
        """Return the parts (R, P, K) of V(s)."""
        assert self.value is not None
        return self._parts(self.value(state.features)[0])

    def v(self, state: State) -> Tensor:
        """Return V(s), (R,)."""
        return self._combine(self.v_parts(state), state)

    def goal(self, batch: Batch) -> Tensor:
        """Return what Q is fitted to: r + gamma V(s'), (R, P, K), without a gradient."""
        if not self.config.discount:
            return batch.outcomes
        with torch.no_grad():
            return batch.outcomes + self.config.discount * self.v_parts(batch.next_state)

    @torch.no_grad()
    def clipped_goal(self, batch: Batch, action: Tensor) -> Tensor:
        """Return r + gamma min_i Q_i(s', a'), (R, P, K), for actions a' (R, M, A).

        Of the targets, that is clipped double Q-learning's goal (Fujimoto et al. 2018, eq. 10).
        """
        ahead = self.q_parts(batch.next_state, action).amin(dim=0)
        return batch.outcomes + self.config.discount * ahead

    def fit_loss(self, batch: Batch, goal: Tensor) -> Tensor:
        """Return E (Q_i(s, a) - goal)^2, a mean over the Q functions, for a goal (R, P, K)."""
        return (self.q_parts(batch.state, batch.action) - goal).square().mean()

    def loss(
        self, batch: Batch, target: "Critic", generator: torch.Generator | None = None
    ) -> tuple[Tensor, Info]:
        """Return the critic's loss: Q to r + gamma V(s'), and V to Q where it looks ahead.

        V is the expectile of the targets' Q in the data, as in implicit Q-learning (Kostrikov et
        al. 2022, eq. 5 and 6): no action outside the data is asked about. Where Q is held to the
        data, the classifier's loss is added, with noise from the generator.
        """
        loss = self.fit_loss(batch, self.goal(batch))
        info = {"critic": loss}
        if self.support is not None:
            assert generator is not None
            info["support"] = self.support.loss(batch.state, batch.action, generator)
            loss = loss + info["support"]
        if self.value is None:
            return loss, info
        with torch.no_grad():
            goal = target.q_parts(batch.state, batch.action).amin(dim=0)
        v_loss = expectile_loss(goal - self.v_parts(batch.state), self.config.expectile)
        return loss + v_loss, {**info, "value": v_loss}

    def actor_loss(
        self, state: State, action: Tensor, step: int, scale: int = 0
    ) -> tuple[Tensor, Info]:
        """Return -mean Q_i(s, a) / mean |Q_i(s, a)|: what moves an actor up the critic.

        That is Wang et al. (2023, eq. 3), with the scale of Fujimoto and Gu (2021, eq. 5). The
        members take turns, i = step mod M, and no gradient reaches them.

        Parameters
        ----------
        state : State
            Its first rows, as many as there are actions, are judged.
        action : (P, M, A) Tensor
            Proposals, P <= R.
        step : int
            Number of the gradient step.
        scale : int, optional
            Whose mean |Q| it is: that of the member so many places further.
        """
        member, other = (place % self.config.critics for place in (step, step + scale))
        self.requires_grad_(False)
        judged = state.map(lambda part: part[: len(action)])
        values = self.q(judged, action, slice(member, member + 1))[0]
        self.requires_grad_(True)
        size = values.detach()
        if other != member:
            size = self.q(judged, action.detach(), slice(other, other + 1))[0].detach()
        loss = -values.mean() / size.abs().mean()
        return loss, {"q": loss}


def expectile_loss(difference: Tensor, expectile: float) -> Tensor:
    """Return mean |expectile - 1(d < 0)| d^2 (Kostrikov et al. 2022, eq. 4)."""
    weight = torch.where(difference < 0, 1 - expectile, expectile)
    return (weight * difference.square()).mean()
