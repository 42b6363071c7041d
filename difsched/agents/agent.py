"""What every algorithm shares: networks of its settings, and the choice of an action."""

import copy
from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from typing import Any

import torch
from torch import Tensor, nn

from difsched.agents.actions import ActionSpace
from difsched.agents.actors import Actor, MakeNetwork
from difsched.agents.critic import Batch, Critic, Info
from difsched.agents.features import Standardizer
from difsched.agents.networks import MLPNetwork, SetNetwork
from difsched.config.learner import LearnerConfig
from difsched.errors import InputError


class Agent(nn.Module):
    """An actor, and a critic where the algorithm has one, that learn from a fixed dataset.

    An algorithm is a subclass in a module of its own, ``difsched.agents.ALGORITHM``, which calls it
    ``AGENT``. It has two verbs: `build` makes actor and critic, `loss` is what a gradient step
    lowers.

    Parameters
    ----------
    config : LearnerConfig
        The algorithm's hyper-parameters.
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

    config: LearnerConfig
    actor: Actor
    critic: Critic | None

    def __init__(
        self,
        config: LearnerConfig,
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
        self.critic = None

        def network(inputs: int, outputs: int, members: int = 1) -> nn.Module:
            shared: dict[str, Any] = dict(
                hidden=config.hidden, layers=config.layers, members=members, generator=generator
            )
            if config.network == "set":
                return SetNetwork(inputs, outputs, **shared)
            return MLPNetwork(inputs, outputs, users=users, **shared)

        self.build(standardizer.features, network)

    def build(self, features: int, network: MakeNetwork) -> None:
        """Make the actor, then the critic if there is one: their weights are drawn in this order.

        Parameters
        ----------
        features : int
            Features a user.
        network : callable
            Makes a network for inputs and outputs a user, and members of an ensemble.
        """
        raise NotImplementedError

    def loss(
        self, batch: Batch, target: "Agent", step: int, generator: torch.Generator
    ) -> tuple[Tensor, Info]:
        """Return what a gradient step lowers, and its parts by name.

        Parameters
        ----------
        batch : Batch
        target : Agent
            The agent with the moving average of the weights.
        step : int
            Number of the gradient step.
        generator : torch.Generator
            Noise, on the CPU.
        """
        raise NotImplementedError

    @property
    def candidates(self) -> int:
        """Actions sampled for each decision, of which the critic takes the best; 1: no ranking."""
        return 1

    @property
    def draws(self) -> int:
        """Standard normal numbers a user that a decision takes; 0 where none is left to chance."""
        if self.candidates == 1:
            return self.actor.mode_draws
        return self.candidates * self.actor.draws

    @torch.no_grad()
    def choose(self, features: Tensor, noise: Tensor) -> Tensor:
        """Return for each row the candidate of the highest min_i Q_i, (R, N).

        Parameters
        ----------
        features : (R, N, F) Tensor
        noise : (R, draws, N) Tensor
            Standard normal numbers.
        """
        candidates = self.candidates
        if candidates == 1:
            return self.actor.mode(features, noise)
        assert self.critic is not None
        repeated = features.repeat_interleave(candidates, dim=0)
        each = (len(repeated), self.actor.draws, noise.shape[2])
        actions = self.actor.sample(repeated, noise.reshape(each))
        values = self.critic.q(repeated, actions).amin(dim=0).view(-1, candidates)
        best = values.argmax(dim=1)
        rows = torch.arange(len(features), device=features.device)
        return actions.view(-1, candidates, features.shape[1])[rows, best]

    def resized(self, users: int, budget: int) -> "Agent":
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


def make_agent(config: LearnerConfig, *arguments: Any) -> Agent:
    """Return the agent of an algorithm's hyper-parameters; the arguments are those of `Agent`.

    The algorithm's module is found while this runs, so that no algorithm rests on another's code.
    """
    agent: type[Agent] = import_module(f"difsched.agents.{config.algorithm}").AGENT
    return agent(config, *arguments)
