"""Actions as the networks see them: centred and scaled, one tensor shape for every family."""

from dataclasses import dataclass

import torch
from torch import Tensor

from difsched.action_set import ActionSet


@dataclass(frozen=True)
class ActionSpace:
    """Maps between a family's actions and the unit in which the networks work.

    Here an action of R windows is always (R, M, A): A numbers for each of M entities, or M = 1
    where it is one for the whole.

    Attributes
    ----------
    actions : ActionSet
        What is admitted.
    center, scale : float
        What stands at 0, and one unit: mean and standard deviation of the data's actions.
    project : bool
        Whether an action is projected to the set, or only clipped to its box.
    """

    actions: ActionSet
    center: float
    scale: float
    project: bool

    @property
    def width(self) -> int:
        """Numbers of an action, A."""
        return self.actions.width

    def rows(self, entities: int) -> int:
        """Return M: the number of entities, or 1 where the action is one for the whole."""
        return 1 if self.actions.scope == "whole" else entities

    @property
    def grants(self) -> Tensor:
        """Return what an entity can be granted, (C,), in units of the networks.

        Raises
        ------
        InputError
            If that cannot be counted; see `ActionSet.grants`.
        """
        grants = torch.as_tensor(self.actions.grants, dtype=torch.float32)
        return (grants - self.center) / self.scale

    def encode(self, action: Tensor) -> Tensor:
        """Return a family's actions (R, ...) in units of the networks, (R, M, A)."""
        return ((action - self.center) / self.scale).reshape(action.shape[0], -1, self.width)

    def decode(self, action: Tensor, entities: int) -> Tensor:
        """Return actions (R, M, A) as the family's for N entities, (R, ...)."""
        shape = self.actions.shape(entities)
        return (action * self.scale + self.center).reshape(action.shape[0], *shape)

    def admit(self, action: Tensor, observation: Tensor) -> Tensor:
        """Return the nearest admitted actions (R, M, A): of the set, or of its box.

        Parameters
        ----------
        action : (R, M, A) Tensor
        observation : (R, N, F) Tensor
            What was seen, as the simulator showed it.
        """
        shape = self.actions.shape(observation.shape[-2])
        shaped = action.reshape(action.shape[0], *shape)
        if self.project:
            admitted = self.actions.admit(shaped, observation, self.center, self.scale)
        else:
            admitted = self.actions.clip(shaped, self.center, self.scale)
        return admitted.reshape(action.shape)

    def pool(self, outputs: Tensor) -> Tensor:
        """Return outputs (R, N, D) for each entity as outputs (R, M, D) for each action."""
        return outputs.mean(dim=-2, keepdim=True) if self.actions.scope == "whole" else outputs

    def spread(self, action: Tensor, entities: int) -> Tensor:
        """Return for each entity the action (R, N, A) that concerns it."""
        return action.expand(-1, entities, -1)
