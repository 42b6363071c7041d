"""What an actor is: it proposes actions, and has a behaviour-cloning loss.

Notation: observation s, action a in units of the agent (`ActionSpace`), eps ~ N(0, 1).

Every actor has three verbs. ``bc_loss`` gives for logged (s, a) the loss of cloning each of them
and an action of the actor's own, differentiable, for a critic to judge. ``sample`` makes an action
of noise. ``mode`` is what the actor does when nobody ranks its samples.

An action is a function of what is seen and noise: whoever asks for one draws the noise, as many
standard normal numbers for each number of an action as the actor says, (R, draws, M, A) for R rows.
Here an action is (R, M, A): A numbers for each of M entities, or M = 1 where it is one for the
whole; see `ActionSpace`.
"""

from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor, nn

from difsched.agents.actors.actions import ActionSpace
from difsched.agents.actors.features import State

#: Makes a network for so many inputs and outputs a user; then come members and an activation.
MakeNetwork = Callable[..., nn.Module]


def draw(shape: tuple[int, ...] | torch.Size, generator: torch.Generator, like: Tensor) -> Tensor:
    """Return standard normal numbers from a generator on the CPU, on the device of ``like``."""
    return torch.randn(shape, generator=generator).to(like.device)


def draw_noise(
    draws: int, shape: tuple[int, ...] | torch.Size, generator: torch.Generator, like: Tensor
) -> Tensor:
    """Return the noise (R, draws, M, A) of actions of a shape (R, M, A), on ``like``'s device."""
    return draw((draws, *shape), generator, like).transpose(0, 1)


class Actor(Protocol):
    """What the agent asks of an actor; rows R, entities N, features F.

    Attributes
    ----------
    space : ActionSpace
        What actions are admitted.
    draws, mode_draws : int
        Standard normal numbers that `sample` and `mode` take for each number of an action.
    """

    space: ActionSpace
    draws: int
    mode_draws: int

    def bc_loss(
        self, state: State, action: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Return the cloning loss of each row, (R,), and proposals for the first rows, (P, M, A).

        The critic judges them; P = R but for a diffusion that saves on chains.
        """
        ...

    def sample(self, state: State, noise: Tensor) -> Tensor:
        """Return an action (R, M, A) of each row for noise (R, draws, M, A)."""
        ...

    def mode(self, state: State, noise: Tensor) -> Tensor:
        """Return the actions (R, M, A) taken when none is ranked; noise (R, mode_draws, M, A)."""
        ...
