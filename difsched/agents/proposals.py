"""What the critic ranks at a decision, the same for every actor.

First ``candidates`` samples of the actor, or its mode where one is asked for. Then ``rounds`` of
local search: the best so far against copies of it, ``perturbed`` ones with noise of standard
deviation ``perturbation`` and ``masked`` ones with a random subset of the entities left out. All
are admitted to the action set before they are judged, by min_i Q_i.
"""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import torch
from torch import Tensor

from difsched.agents.actors.actions import ActionSpace
from difsched.agents.actors.actor import Actor
from difsched.agents.actors.features import State
from difsched.agents.critic import Critic
from difsched.config.learner import CriticConfig
from difsched.errors import InputError


def check(config: CriticConfig, space: ActionSpace) -> None:
    """Raise InputError if entities shall be left out of an action that is one for the whole."""
    if config.masked and space.actions.scope == "whole":
        raise InputError(
            f"masked = {config.masked}: must be 0, as the family's action is one for the whole"
        )


def draws(config: CriticConfig, actor: Actor) -> int:
    """Return the standard normal numbers that a decision takes for each number of an action."""
    return _sampled(config, actor) + config.rounds * (config.perturbed + config.masked)


def most(config: CriticConfig) -> int:
    """Return the number of actions that go through a network at once for a window."""
    return max(config.candidates, 1 + config.perturbed + config.masked)


@dataclass(frozen=True)
class Ranking:
    """A critic that ranks what is proposed.

    Attributes
    ----------
    config : CriticConfig
        What is proposed.
    critic : Critic
    multiple : int
        Rows are judged and admitted in multiples of this; see `in_multiples`.
    """

    config: CriticConfig
    critic: Critic
    multiple: int

    def choose(self, actor: Actor, state: State, noise: Tensor) -> Tensor:
        """Return for each row the proposal of the highest min_i Q_i, (R, M, A).

        Parameters
        ----------
        actor : Actor
        state : State
            Of R rows.
        noise : (R, draws, M, A) Tensor
            Standard normal numbers.
        """
        config = self.config
        if not config.ranks:
            return in_multiples(self.multiple, actor.mode, state, noise)
        parts = [config.perturbed, config.masked] * config.rounds
        own, *rounds = noise.split([_sampled(config, actor), *parts], dim=1)
        best = self.best(state, self.sampled(actor, state, own))
        if config.searches:
            for shift, cut in zip(rounds[::2], rounds[1::2], strict=True):
                near = self.neighbours(state, best, shift, cut)
                best = self.best(state, torch.cat([best[:, None], near], dim=1))
        return best

    def sampled(self, actor: Actor, state: State, noise: Tensor) -> Tensor:
        """Return what the actor proposes, (R, K, M, A): its samples, or its mode where K = 1."""
        count = self.config.candidates
        if count == 1:
            return in_multiples(self.multiple, actor.mode, state, noise)[:, None]
        each = noise.reshape(noise.shape[0] * count, actor.draws, *noise.shape[2:])
        actions = in_multiples(self.multiple, actor.sample, _repeat(state, count), each)
        return actions.view(-1, count, *actions.shape[1:])

    def neighbours(self, state: State, best: Tensor, shift: Tensor, cut: Tensor) -> Tensor:
        """Return copies of actions (R, M, A) with noise, or with entities left out, (R, K, M, A).

        Of K masked copies the k-th leaves each entity out with the chance (k + 1/2) / K.

        Parameters
        ----------
        shift, cut : (R, K, M, A) Tensor
            Noise of the perturbed and of the masked copies.
        """
        space = self.critic.space
        copies = best[:, None] + self.config.perturbation * shift
        if self.config.masked:
            copies = torch.cat([copies, masked(space, best, cut, state.entities)], dim=1)

        def admit(seen: State, asked: Tensor) -> Tensor:
            return space.admit(asked, seen.observation)

        repeated = _repeat(state, copies.shape[1])
        admitted = in_multiples(self.multiple, admit, repeated, copies.flatten(0, 1))
        return admitted.view(copies.shape)

    def best(self, state: State, proposals: Tensor) -> Tensor:
        """Return of each row's proposals (R, K, M, A) the critic's best, (R, M, A)."""
        count = proposals.shape[1]
        if count == 1:
            return proposals[:, 0]

        def worst(seen: State, actions: Tensor) -> Tensor:
            return self.critic.q(seen, actions).amin(dim=0)

        repeated = _repeat(state, count)
        values = in_multiples(self.multiple, worst, repeated, proposals.flatten(0, 1))
        first = values.view(-1, count).argmax(dim=1)
        return proposals[torch.arange(proposals.shape[0], device=proposals.device), first]


def masked(space: ActionSpace, best: Tensor, noise: Tensor, entities: int) -> Tensor:
    """Return the masked copies of `Ranking.neighbours` before they are admitted, (R, K, M, A)."""
    count = noise.shape[1]
    below = [NormalDist().inv_cdf((k + 0.5) / count) for k in range(count)]
    out = noise[..., :1] < torch.tensor(below, device=noise.device).view(-1, 1, 1)
    copies = best[:, None].expand(noise.shape).flatten(0, 1)
    shape = space.actions.shape(entities)
    left_out = out.expand(noise.shape).reshape(-1, *shape)
    actions = space.actions.without(space.decode(copies, entities), left_out)
    return space.encode(actions).view(noise.shape)


def in_multiples(
    multiple: int, ask: Callable[[State, Tensor], Tensor], state: State, rows: Tensor
) -> Tensor:
    """Return what is said of R rows when asked for a multiple of them: the last is repeated.

    With the multiple of `ROWS` no row depends on how many are asked for. With 1 nothing is added.
    """
    if multiple == 1 or not (missing := -len(state) % multiple):
        return ask(state, rows)

    def lengthen(part: Tensor) -> Tensor:
        return torch.cat([part, part[-1:].expand(missing, *part.shape[1:])])

    return ask(state.map(lengthen), lengthen(rows))[: len(state)]


def _sampled(config: CriticConfig, actor: Actor) -> int:
    """Return the numbers that the actor's proposals take for each number of an action."""
    count = config.candidates
    return actor.mode_draws if count == 1 else count * actor.draws


def _repeat(state: State, count: int) -> State:
    return state.map(lambda part: part.repeat_interleave(count, dim=0))
