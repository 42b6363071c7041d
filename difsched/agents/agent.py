"""What every algorithm shares: networks of its settings, and the choice of an action."""

import copy
from collections.abc import Mapping
from importlib import import_module
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from difsched.agents import proposals
from difsched.agents.actors.actions import ActionSpace
from difsched.agents.actors.actor import Actor, MakeNetwork
from difsched.agents.actors.features import Standardizer, State
from difsched.agents.critic import Batch, Critic, Info
from difsched.agents.networks import MLPNetwork, SetNetwork
from difsched.agents.problem import Problem
from difsched.config.base import check_names
from difsched.config.learner import PROPOSALS, CriticConfig, LearnerConfig
from difsched.errors import InputError
from difsched.family import family_named


class Agent(nn.Module):
    """An actor, and a critic where the algorithm has one, that learn from a fixed dataset.

    An algorithm is a subclass in a module of its own, `LearnerConfig.module`, which calls it
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

    #: Further columns of the log that it learns from; see `Transitions.column`.
    columns: ClassVar[tuple[str, ...]] = ()

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

        def network(
            inputs: int, outputs: int, members: int = 1, activation: str = "silu"
        ) -> nn.Module:
            shared: dict[str, Any] = dict(
                hidden=config.hidden,
                layers=config.layers,
                members=members,
                generator=generator,
                activation=activation,
            )
            if config.network == "set":
                return SetNetwork(inputs, outputs, **shared)
            return MLPNetwork(inputs, outputs, users=problem.entities, **shared)

        self.build(standardizer.features, network)
        if self.critic is not None:
            proposals.check(self._ranking, self.space)

    def build(self, features: int, network: MakeNetwork) -> None:
        """Make the actor, then the critic if there is one: their weights are drawn in this order.

        Parameters
        ----------
        features : int
            Features an entity.
        network : callable
            Makes a network for inputs and outputs an entity, members of an ensemble, and an
            activation; see `difsched.agents.networks.ACTIVATIONS`.
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

    def follow(self, leader: "Agent", step: int) -> None:
        """Take over a share of the leader's weights: a moving average, after a gradient step.

        The plain mean of its weights at first: the initial ones must not linger.
        """
        approach(self, leader, max(self.config.target_rate, 1 / step))

    def decider(self, average: "Agent") -> "Agent":
        """Return who decides of an agent and its moving average: the average."""
        return average

    @property
    def draws(self) -> int:
        """Standard normal numbers for each number of a decision; 0: nothing is left to chance."""
        if self.critic is None:
            return self.actor.mode_draws
        return proposals.draws(self._ranking, self.actor)

    @property
    def proposals(self) -> int:
        """Actions of a window that go through a network at once."""
        return 1 if self.critic is None else proposals.most(self._ranking)

    @torch.no_grad()
    def choose(self, state: State, noise: Tensor, multiple: int = 1) -> Tensor:
        """Return the actions (R, M, A) that are taken: of all proposals the critic's best.

        Parameters
        ----------
        state : State
            Of R rows.
        noise : (R, draws, M, A) Tensor
            Standard normal numbers.
        multiple : int
            Rows go through networks in multiples of this; see `proposals.in_multiples`.
        """
        if self.critic is None:
            return proposals.in_multiples(multiple, self.actor.mode, state, noise)
        ranking = proposals.Ranking(self._ranking, self.critic, multiple)
        return ranking.choose(self.actor, state, noise)

    def deciding(self, settings: Mapping[str, Any]) -> "Agent":
        """Return the same weights with other settings of what is proposed; see `PROPOSALS`.

        Raises
        ------
        InputError
            If a setting is none of these or its value is not allowed, or there is no critic.
        """
        check_names("a decision", settings, PROPOSALS)
        if self.critic is None:
            raise InputError(f"{', '.join(settings)}: must be left out: there is no critic to rank")
        agent = copy.copy(self)
        agent.config = self.config.changed(settings)
        proposals.check(agent._ranking, self.space)
        return agent

    @property
    def _ranking(self) -> CriticConfig:
        """What is proposed to the critic: of the settings, which may change under the weights."""
        assert isinstance(self.config, CriticConfig)
        return self.config

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


def approach(module: nn.Module, leader: nn.Module, rate: float) -> None:
    """Move a module's weights towards those of another of its kind, by a share of the way."""
    with torch.no_grad():
        torch._foreach_lerp_(list(module.parameters()), list(leader.parameters()), rate)


def make_agent(
    config: LearnerConfig,
    problem: Problem,
    standardizer: Standardizer,
    generator: torch.Generator,
) -> Agent:
    """Return the agent of an algorithm's hyper-parameters; see `Agent`.

    The algorithm's module is found while this runs, so that no algorithm rests on another's code.
    """
    agent: type[Agent] = import_module(config.module).AGENT
    return agent(config, problem, standardizer, generator)
