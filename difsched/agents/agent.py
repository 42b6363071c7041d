"""What every algorithm shares: networks of its settings, and the choice of an action."""

import copy
from importlib import import_module
from typing import Any

import torch
from torch import Tensor, nn

from difsched.agents.actions import ActionSpace
from difsched.agents.actors import Actor, MakeNetwork
from difsched.agents.critic import Batch, Critic, Info
from difsched.agents.features import Standardizer, State
from difsched.agents.networks import MLPNetwork, SetNetwork
from difsched.agents.problem import Problem
from difsched.config.learner import LearnerConfig
from difsched.errors import InputError
from difsched.family import family_named


class Agent(nn.Module):
    """An actor, and a critic where the algorithm has one, that learn from a fixed dataset.

    An algorithm is a subclass in a module of its own, ``difsched.agents.ALGORITHM``, which calls it
    ``AGENT``. It has two verbs: `build` makes actor and critic, `loss` is what a gradient step
    lowers.

    Parameters
    ----------
    config : LearnerConfig
        The algorithm's hyper-parameters.
    problem : Problem
        For which it learns. A ``set`` network decides for any number of entities afterwards, an
        ``mlp`` for the problem's alone.
    standardizer : Standardizer
        What the networks see of an observation.
    generator : torch.Generator
        Where initial weights are drawn from.
    """

    config: LearnerConfig
    actor: Actor
    critic: Critic | None

    def __init__(
        self,
        config: LearnerConfig,
        problem: Problem,
        standardizer: Standardizer,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        self.config = config
        self.problem = problem
        self.standardizer = standardizer
        self.critic = None

        def network(inputs: int, outputs: int, members: int = 1) -> nn.Module:
            shared: dict[str, Any] = dict(
                hidden=config.hidden, layers=config.layers, members=members, generator=generator
            )
            if config.network == "set":
                return SetNetwork(inputs, outputs, **shared)
            return MLPNetwork(inputs, outputs, users=problem.entities, **shared)

        self.build(standardizer.features, network)

    def build(self, features: int, network: MakeNetwork) -> None:
        """Make the actor, then the critic if there is one: their weights are drawn in this order.

        Parameters
        ----------
        features : int
            Features an entity.
        network : callable
            Makes a network for inputs and outputs an entity, and members of an ensemble.
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
        """Standard normal numbers for each number of a decision; 0: nothing is left to chance."""
        if self.candidates == 1:
            return self.actor.mode_draws
        return self.candidates * self.actor.draws

    @torch.no_grad()
    def choose(self, state: State, noise: Tensor) -> Tensor:
        """Return for each row the candidate of the highest min_i Q_i, (R, M, A).

        Parameters
        ----------
        state : State
            Of R rows.
        noise : (R, draws, M, A) Tensor
            Standard normal numbers.
        """
        candidates = self.candidates
        if candidates == 1:
            return self.actor.mode(state, noise)
        assert self.critic is not None
        repeated = state.map(lambda part: part.repeat_interleave(candidates, dim=0))
        each = (repeated.features.shape[0], self.actor.draws, *noise.shape[2:])
        actions = self.actor.sample(repeated, noise.reshape(each))
        values = self.critic.q(repeated, actions).amin(dim=0).view(-1, candidates)
        best = values.argmax(dim=1)
        rows = torch.arange(state.features.shape[0], device=noise.device)
        return actions.view(-1, candidates, *actions.shape[1:])[rows, best]

    @property
    def space(self) -> ActionSpace:
        """What actions are admitted, and their units."""
        return self.problem.space

    def serving(self, problem: Problem) -> "Agent":
        """Return the same weights for another problem of the family: other entities or budgets.

        Actions and outcomes keep their units, those of the training data: what a grant delivers
        depends on itself and not on its share of the budget. (In the slice, with center and scale
        moved to B / N, weights of configuration 0 score 6 less on configuration 1.)

        Raises
        ------
        InputError
            If the networks see all entities in a row (``mlp``), and there are others.
        """
        if self.config.network == "mlp" and problem.entities != self.problem.entities:
            entities = f"{family_named(problem.family).entity}s"
            raise InputError(
                f"trained on {self.problem.entities} {entities}: must be {problem.entities}, as in "
                f"the configuration; its MLP networks see the {entities} in a row and decide for "
                "that number alone"
            )
        agent = copy.deepcopy(self)
        agent.problem = problem
        agent.actor.space = problem.space
        if agent.critic is not None:
            agent.critic.space, agent.critic.outcomes = problem.space, problem.outcomes
        return agent


def make_agent(
    config: LearnerConfig,
    problem: Problem,
    standardizer: Standardizer,
    generator: torch.Generator,
) -> Agent:
    """Return the agent of an algorithm's hyper-parameters; see `Agent`.

    The algorithm's module is found while this runs, so that no algorithm rests on another's code.
    """
    agent: type[Agent] = import_module(f"difsched.agents.{config.algorithm}").AGENT
    return agent(config, problem, standardizer, generator)
