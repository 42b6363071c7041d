"""What the critic ranks at a decision, the same for every actor.

First ``candidates`` samples of the actor, or its mode where one is asked for: of these the critic's
best, or with ``choice: softmax`` one by lot. Then ``rounds`` of local search: the best so far
against copies of it, ``perturbed`` ones with noise of standard deviation ``perturbation``,
``masked`` ones with a random subset of the entities left out, and ``exchanged`` ones with one
entity left out, admitted with another's share, or in another's place. The action set admits all
of them before they are judged, by min_i Q_i.
"""

import math
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
    for name in ("masked", "exchanged"):
        if (count := getattr(config, name)) and space.actions.scope == "whole":
            raise InputError(
                f"{name} = {count}: must be 0, as the family's action is one for the whole"
            )


def draws(config: CriticConfig, actor: Actor) -> int:
    """Return the standard normal numbers that a decision takes for each number of an action."""
    lots = 1 if config.choice == "softmax" else 0
    return _sampled(config, actor) + config.rounds * config.neighbours + lots


def most(config: CriticConfig) -> int:
    """Return the number of actions that go through a network at once for a window."""
    return max(config.candidates, 1 + config.neighbours)


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
        parts = [config.neighbours] * config.rounds
        sampled = _sampled(config, actor)
        left = noise.shape[1] - sampled - sum(parts)
        own, *rounds, lot = noise.split([sampled, *parts, left], dim=1)
        proposals = self.sampled(actor, state, own)
        if config.choice == "softmax":
            best = self.by_lot(state, proposals, lot[:, 0, 0, 0])
        else:
            best = self.best(state, proposals)
        if config.neighbours:
            for drawn in rounds:
                near = self.neighbours(state, best, drawn)
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

    def neighbours(self, state: State, best: Tensor, noise: Tensor) -> Tensor:
        """Return a round's copies of actions (R, M, A), admitted, (R, K, M, A).

        Parameters
        ----------
        noise : (R, K, M, A) Tensor
            Of the perturbed copies, then of the masked ones, then of the exchanged ones.
        """
        config, space = self.config, self.critic.space
        shift, cut, pair = noise.split([config.perturbed, config.masked, config.exchanged], dim=1)
        copies = best[:, None] + config.perturbation * shift
        if config.masked:
            copies = torch.cat([copies, masked(space, best, cut, state.entities)], dim=1)
        if config.exchanged:
            copies = torch.cat([copies, exchanged(space, best, pair, state.entities)], dim=1)

        def admit(seen: State, asked: Tensor) -> Tensor:
            return space.admit(asked, seen.observation)

        repeated = _repeat(state, copies.shape[1])
        admitted = in_multiples(self.multiple, admit, repeated, copies.flatten(0, 1))
        return admitted.view(copies.shape)

    def best(self, state: State, proposals: Tensor) -> Tensor:
        """Return of each row's proposals (R, K, M, A) the critic's best, (R, M, A)."""
        if proposals.shape[1] == 1:
            return proposals[:, 0]
        return _of_each(proposals, self.values(state, proposals).argmax(dim=1))

    def by_lot(self, state: State, proposals: Tensor, lot: Tensor) -> Tensor:
        """Return one of each row's proposals (R, K, M, A) by chance, (R, M, A).

        The chances are the softmax of the values (Wang et al. 2023, appendix), the lot (R,) is
        standard normal.
        """
        below = self.values(state, proposals).softmax(dim=1).cumsum(dim=1)[:, :-1]
        place = 0.5 * (1 + torch.erf(lot / math.sqrt(2)))
        return _of_each(proposals, (below < place[:, None]).sum(dim=1))

    def values(self, state: State, proposals: Tensor) -> Tensor:
        """Return min_i Q_i of each row's proposals (R, K, M, A), (R, K)."""

        def worst(seen: State, actions: Tensor) -> Tensor:
            return self.critic.q(seen, actions).amin(dim=0)

        count = proposals.shape[1]
        repeated = _repeat(state, count)
        values = in_multiples(self.multiple, worst, repeated, proposals.flatten(0, 1))
        return values.view(-1, count)


def masked(space: ActionSpace, best: Tensor, noise: Tensor, entities: int) -> Tensor:
    """Return copies of actions (R, M, A) without some entities, not yet admitted, (R, K, M, A).

    Of K copies the k-th leaves each entity out with the chance (k + 1/2) / K.
    """
    count = noise.shape[1]
    below = [NormalDist().inv_cdf((k + 0.5) / count) for k in range(count)]
    out = noise[..., :1] < torch.tensor(below, device=noise.device).view(-1, 1, 1)
    return _without(space, best, out, entities)


def exchanged(space: ActionSpace, best: Tensor, noise: Tensor, entities: int) -> Tensor:
    """Return copies of actions (R, M, A) with others' shares, not yet admitted, (R, K, M, A).

    Of each three copies one leaves an entity out, one gives it what another has, and in one the two
    exchange what they have. It is every entity's turn, in a random order; the other is drawn.
    """
    copy, places = (torch.arange(size, device=noise.device) for size in noise.shape[1:3])
    turn = noise[:, 0, :, 0].argsort(dim=1)[:, copy // 3 % len(places)]
    first = (turn[..., None] == places)[..., None]
    second = (noise[..., 0].argmax(dim=2)[..., None] == places)[..., None]
    own, kind = best[:, None], (copy % 3).view(-1, 1, 1)
    gain = (own * second).sum(dim=2, keepdim=True) - (own * first).sum(dim=2, keepdim=True)
    moved = own + gain * first - gain * (second & (kind == 2))
    return torch.where(kind == 0, _without(space, best, first, entities), moved)


def _without(space: ActionSpace, best: Tensor, out: Tensor, entities: int) -> Tensor:
    """Return copies of actions (R, M, A) without entities ``out`` (R, K, M, 1), (R, K, M, A)."""
    shape = (*out.shape[:-1], space.width)
    copies = best[:, None].expand(shape).flatten(0, 1)
    left_out = out.expand(shape).reshape(-1, *space.actions.shape(entities))
    actions = space.actions.without(space.decode(copies, entities), left_out)
    return space.encode(actions).view(shape)


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


def _of_each(proposals: Tensor, place: Tensor) -> Tensor:
    """Return of each row's proposals (R, K, ...) that of a place (R,), (R, ...)."""
    return proposals[torch.arange(proposals.shape[0], device=proposals.device), place]


def _repeat(state: State, count: int) -> State:
    return state.map(lambda part: part.repeat_interleave(count, dim=0))
