"""The exact solver as an actor: no network proposes, the best action is computed."""

from collections.abc import Callable

import torch
from torch import Tensor

from difsched.agents.actors.actions import ActionSpace
from difsched.agents.actors.features import State

#: From R states and C grants (C,), in units of the agent, to what entities are worth, (R, N, C).
Values = Callable[[State, Tensor], Tensor]


class SolverActor:
    """Grants what maximises a sum over entities, each worth something with each grant.

    Parameters
    ----------
    space : ActionSpace
        What actions are admitted; its set has an exact solver, see `ActionSet.maximize`.
    values : callable
        What entities are worth.

    Raises
    ------
    InputError
        If grants cannot be counted.
    """

    draws = mode_draws = 0

    def __init__(self, space: ActionSpace, values: Values) -> None:
        self.space, self.values = space, values
        _ = space.grants  # refused here where they cannot be counted, not at the first decision

    def maximize(self, values: Tensor) -> Tensor:
        """Return the place (R, N) of each entity's best grant for values (R, N, C)."""
        best = self.space.actions.maximize(values.detach().double().cpu().numpy())
        return torch.as_tensor(best - int(self.space.actions.low), device=values.device)

    def action(self, state: State) -> Tensor:
        """Return the action (R, N, 1) of each row."""
        grants = self.space.grants.to(state.features.device)
        # A lone row comes with copies of it, which only networks need; see `in_multiples`.
        distinct, place = self.values(state, grants).unique(dim=0, return_inverse=True)
        return grants[self.maximize(distinct)[place]].unsqueeze(-1)

    def bc_loss(
        self, state: State, action: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Return the squared distance of each row's action, (R,), and the action: no gradient."""
        own = self.action(state)
        return (own - action).square().mean(dim=(-2, -1)), own

    def sample(self, state: State, noise: Tensor) -> Tensor:
        """Return the action: every sample is the same."""
        return self.action(state)

    def mode(self, state: State, noise: Tensor) -> Tensor:
        """Return the action."""
        return self.action(state)
