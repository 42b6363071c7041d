"""The agent: an actor, a critic, the policy's loss, and the choice of an action."""

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from difsched.agents.actions import ActionSpace
from difsched.agents.actors import (
    Actor,
    DeterministicActor,
    DiffusionActor,
    GaussianActor,
    MakeNetwork,
)
from difsched.agents.critic import Batch, Critic
from difsched.agents.features import Standardizer
from difsched.agents.networks import MLPNetwork, SetNetwork
from difsched.config import OfflineAgentConfig
from difsched.errors import InputError

#: Largest weight of a row in advantage-weighted cloning (Kostrikov et al. 2022, appendix).
MOST_WEIGHT = 100.0


class OfflineAgent(nn.Module):
    """An actor and a critic that learn from a fixed dataset.

    With a diffusion actor and eta > 0 this is diffusion Q-learning (Wang et al. 2023) with an IQL
    critic (Kostrikov et al. 2022). Other settings give its relatives:

    =============  ========================================================================
    ``beta > 0``   advantage-weighted cloning: IQL's policy (Kostrikov et al. 2022, eq. 7)
    deterministic  TD3+BC (Fujimoto and Gu 2021) with eta for their alpha
    ``cql > 0``    conservative Q-learning (Kumar et al. 2020)
    ``eta = 0``    behaviour cloning
    =============  ========================================================================

    Parameters
    ----------
    config : OfflineAgentConfig
        Hyper-parameters.
    space : ActionSpace
        Units and bounds of actions.
    standardizer : Standardizer
        What the networks see of an observation.
    users : int
        N. A ``set`` network decides for any number of users afterwards, an ``mlp`` for N alone.
    generator : torch.Generator
        Where initial weights are drawn from.
    view : mapping, optional
        What its observations mean beyond their shape; see :func:`difsched.env.slice.view.view_of`.
    """

    actor: Actor

    def __init__(
        self,
        config: OfflineAgentConfig,
        space: ActionSpace,
        standardizer: Standardizer,
        users: int,
        generator: torch.Generator,
        view: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.config = config
        self.view = dict(view or {})
        self.space = space
        self.standardizer = standardizer
        self.users = users

        def network(inputs: int, outputs: int, members: int) -> nn.Module:
            shared: dict[str, Any] = dict(
                hidden=config.hidden, layers=config.layers, members=members, generator=generator
            )
            if config.network == "set":
                return SetNetwork(inputs, outputs, **shared)
            return MLPNetwork(inputs, outputs, users=users, **shared)

        features = standardizer.features
        self.actor = _actor(config, space, features, lambda i, o: network(i, o, 1))
        self.critic: Critic | None = None
        if config.has_critic:
            self.critic = Critic(config, features, lambda i, members: network(i, 1, members))

    def policy_losses(
        self, batch: Batch, member: int, generator: torch.Generator
    ) -> tuple[dict[str, Tensor], Tensor]:
        """Return the actor's losses by name, and the proposal that it was judged by.

        ``cloning``: the actor's own, weighted by exp(beta A(s, a)) where beta > 0. ``q``:
        -mean Q_i(s, a_0) / mean |Q_i| at the actor's proposal a_0 (Wang et al. 2023, eq. 3, with
        the scale of Fujimoto and Gu 2021, eq. 5). No gradient reaches the critic.

        Parameters
        ----------
        batch : Batch
        member : int
            The critic Q_i that judges.
        generator : torch.Generator
            Noise, on the CPU.
        """
        cloning, proposal = self.actor.imitate(batch.features, batch.action, generator)
        config, critic = self.config, self.critic
        losses = {"cloning": cloning.mean()}
        if config.beta:
            assert critic is not None
            with torch.no_grad():
                weight = (config.beta * critic.advantage(batch)).exp().clamp(max=MOST_WEIGHT)
            losses["cloning"] = (weight * cloning).mean()
        if config.eta:
            assert critic is not None
            critic.requires_grad_(False)
            judged = batch.features[: len(proposal)]
            values = critic.q(judged, proposal, slice(member, member + 1))[0]
            critic.requires_grad_(True)
            losses["q"] = -values.mean() / values.detach().abs().mean()
        return losses, proposal

    def resized(self, users: int, budget: int) -> "OfflineAgent":
        """Return the same weights for another number of users N and another budget B.

        Actions keep their unit: the ``center`` and ``scale`` of the training data in RBs, since
        what a grant delivers depends on its RBs and not on its share of the budget. (With both
        moved to B / N, weights of configuration 0 score 6 less on configuration 1.) B is where
        actions are projected, or clipped, and what grants sum to.

        Raises
        ------
        InputError
            If the networks see all users in a row (``mlp``) and N is another.
        """
        if self.config.network == "mlp" and users != self.users:
            raise InputError(
                f"trained on {self.users} users: must be {users}, as in the configuration; its MLP "
                "networks see the users in a row and decide for that number alone"
            )
        if (users, budget) == (self.users, self.space.budget):
            return self
        agent = copy.deepcopy(self)
        agent.users = users
        agent.space = agent.actor.space = replace(self.space, budget=budget)
        return agent

    @property
    def draws(self) -> int:
        """Standard normal numbers a user that a decision takes; 0 where none is left to chance."""
        candidates = self.config.candidates
        return self.actor.typical_draws if candidates == 1 else candidates * self.actor.draws

    @torch.no_grad()
    def choose(self, features: Tensor, noise: Tensor) -> Tensor:
        """Return for each row the candidate of the highest min_i Q_i, (R, N).

        Parameters
        ----------
        features : (R, N, F) Tensor
        noise : (R, draws, N) Tensor
            Standard normal numbers.
        """
        candidates = self.config.candidates
        if candidates == 1:
            return self.actor.typical(features, noise)
        assert self.critic is not None
        repeated = features.repeat_interleave(candidates, dim=0)
        each = (len(repeated), self.actor.draws, noise.shape[2])
        actions = self.actor.sample(repeated, noise.reshape(each))
        values = self.critic.q(repeated, actions).amin(dim=0).view(-1, candidates)
        best = values.argmax(dim=1)
        rows = torch.arange(len(features), device=features.device)
        return actions.view(-1, candidates, features.shape[1])[rows, best]


def _actor(
    config: OfflineAgentConfig, space: ActionSpace, features: int, network: MakeNetwork
) -> Actor:
    if config.actor == "diffusion":
        return DiffusionActor(config, space, features, network)
    if config.actor == "gaussian":
        return GaussianActor(space, features, network)
    return DeterministicActor(space, features, network)
