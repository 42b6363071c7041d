"""What an action may be: a box with linear budgets, and the two ways of making one that is.

Learners train through `admit`, on tensors: it is differentiable. What is handed to a simulator
comes from `check`, on arrays: it gives what the simulator takes, such as whole resource blocks.

An action of W windows has the shape (W, N) with one number an entity, (W, N, A) with A > 1, and
(W, 1, A) if it is one for the whole.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from difsched.errors import InputError
from difsched.typing import Floats

if TYPE_CHECKING:
    from torch import Tensor

#: Part of a budget below which what entities have counts as nothing.
LEAST_KEPT = 1e-3


@dataclass(frozen=True)
class ActionSet:
    """A box and no budget, R = 0: low <= x <= high.

    Sets with budgets derive from it: `Budget` has one, a family's own may have more.

    Attributes
    ----------
    low, high : float
        Ends of the box; low < high.
    width : int
        Numbers A of an action, >= 1: of each entity, or of the whole.
    scope : {"entity", "whole"}
        Whether every entity has an action, or there is one for the whole.
    """

    low: float
    high: float
    width: int = 1
    scope: Literal["entity", "whole"] = "entity"

    def shape(self, entities: int) -> tuple[int, ...]:
        """Return the shape of a window's action, for N entities: (N,), (N, A) or (1, A)."""
        if self.scope == "whole":
            return (1, self.width)
        return (entities,) if self.width == 1 else (entities, self.width)

    @property
    def grants(self) -> Floats:
        """Return what an entity can have, (C,), where that can be counted.

        Raises
        ------
        InputError
            If it cannot: there is no exact solver.
        """
        raise InputError(
            "the family's actions cannot be counted: must be whole units of one budget, as the "
            "slice's, for an exact solver"
        )

    def maximize(self, values: Floats) -> NDArray[Any]:
        """Return the admitted actions (W, N) whose sum of values is the largest.

        Parameters
        ----------
        values : (W, N, C) ndarray of float
            What each entity is worth with each of the ``grants``.

        Raises
        ------
        InputError
            As ``grants``.
        """
        raise NotImplementedError(len(self.grants))

    def clip(self, raw: "Tensor", center: float = 0.0, scale: float = 1.0) -> "Tensor":
        """Return the nearest point of the box; see `admit` for the arguments."""
        return raw.clamp((self.low - center) / scale, (self.high - center) / scale)

    def admit(
        self, raw: "Tensor", observation: "Tensor", center: float = 0.0, scale: float = 1.0
    ) -> "Tensor":
        """Return the nearest admitted actions, differentiably; see `difsched.utils.clamp`.

        Parameters
        ----------
        raw : (..., *shape) Tensor
            What a network asks for, in its own unit: x = center + scale raw.
        observation : (..., N, F) Tensor
            What was seen, as the simulator showed it; the budgets are read from it.
        center, scale : float
            Where the network's 0 stands, and its unit, > 0.

        Returns
        -------
        (..., *shape) Tensor
            In the network's unit.
        """
        from difsched.utils.clamp import clamp  # loads torch: rules and simulators do without

        return clamp(raw, (self.low - center) / scale, (self.high - center) / scale)

    def without(self, action: "Tensor", out: "Tensor") -> "Tensor":
        """Return actions (W, *shape) with the entries ``out`` (W, *shape) at the low end."""
        return action.masked_fill(out, self.low)

    def check(self, action: ArrayLike, observation: Floats) -> NDArray[Any]:
        """Return what the simulator takes in place of an action.

        Parameters
        ----------
        action : (W, *shape) array_like
            Finite numbers.
        observation : (W, N, F) ndarray of float
            What the action answers to.

        Returns
        -------
        (W, *shape) ndarray
            The nearest point of the box. Families may round or renormalise.

        Raises
        ------
        InputError
            If the action has another shape, or an entry that is no finite number.
        """
        return np.clip(self.finite(action, observation), self.low, self.high)

    def request(self, action: NDArray[Any]) -> Floats:
        """Return the points of the box to ask for so that `check` gives these actions.

        Parameters
        ----------
        action : (W, *shape) ndarray
            Allowed ones, such as those of a dataset.

        Returns
        -------
        (W, *shape) ndarray of float
            The actions themselves; where a set takes many requests for one, those that use most
            of the box.
        """
        return np.asarray(action, dtype=np.float64)

    def finite(self, action: ArrayLike, observation: Floats) -> Floats:
        """Return an action as floats; raises as `check`."""
        try:
            values = np.asarray(action).astype(np.float64)
        except (TypeError, ValueError):
            raise InputError(f"action = {action!r:.60}: must be numbers") from None
        shape = (len(observation), *self.shape(observation.shape[-2]))
        if values.shape != shape:
            raise InputError(f"action has shape {values.shape}: must be {shape}")
        if not (known := np.isfinite(values)).all():
            raise InputError(f"action holds {values[~known][0]}: must be finite")
        return values


@dataclass(frozen=True)
class Budget(ActionSet):
    """One budget of all entities, R = 1: x >= low, sum x <= v, or sum x = v.

    The upper end of the box does not bind: high >= v - (N - 1) low.

    Attributes
    ----------
    budget : float or callable
        v, or what reads it: from observations (..., N, F), array or tensor, to (..., 1).
    equality : bool
        Whether all of the budget is to be spent.
    """

    budget: float | Callable[[Any], Any] = 1.0
    equality: bool = False

    def of(self, observation: Any) -> Any:
        """Return the budgets v of observations (..., N, F): a number, or (..., 1)."""
        return self.budget(observation) if callable(self.budget) else self.budget

    def admit(
        self, raw: "Tensor", observation: "Tensor", center: float = 0.0, scale: float = 1.0
    ) -> "Tensor":
        """Return the nearest admitted actions; see `ActionSet.admit`."""
        low = (self.low - center) / scale
        spare = (self.of(observation) - raw.shape[-1] * self.low) / scale
        # The projection does not see a shift that all entities share.
        spent = project_to_budget(raw, spare) + low
        if self.equality:
            return spent
        # Within the budget the box alone decides.
        free = raw.clamp(min=low)
        return free.where((free - low).sum(dim=-1, keepdim=True) <= spare, spent)

    def without(self, action: "Tensor", out: "Tensor") -> "Tensor":
        """Return actions without some entities, whose parts go to the others in proportion.

        To none where the others have next to nothing: rounding errors have no proportion.
        """
        above = action - self.low
        left = above.masked_fill(out, 0.0)
        whole, kept = (part.sum(dim=-1, keepdim=True) for part in (above, left))
        some = kept > LEAST_KEPT * whole
        return self.low + left * (whole / kept.where(some, 1.0)).where(some, 1.0)

    def check(self, action: ArrayLike, observation: Floats) -> NDArray[Any]:
        """Return the nearest allowed action; see `ActionSet.check`."""
        values = self.finite(action, observation) - self.low
        spare = np.asarray(self.of(observation) - values.shape[-1] * self.low, dtype=np.float64)
        nearest = np.maximum(values - _threshold(values, spare), 0.0)
        if not self.equality:
            free = np.maximum(values, 0.0)
            nearest = np.where(free.sum(axis=-1, keepdims=True) <= spare, free, nearest)
        return np.asarray(nearest + self.low)


def project_to_budget(request: "Tensor", budget: "float | Tensor") -> "Tensor":
    """Return the Euclidean projection of (..., N) requests on {x >= 0, sum x = budget}.

    max(request - tau, 0) with the one tau that spends the budget (Held, Wolfe and Crowder 1974).

    Parameters
    ----------
    request : (..., N) Tensor
        Finite.
    budget : float or (..., 1) Tensor
        >= 0.
    """
    import torch  # loaded where it is needed: rules and simulators do without

    descending = request.sort(dim=-1, descending=True).values
    counts = torch.arange(1, request.shape[-1] + 1, device=request.device)
    # As a function of the number of entities that keep something, the threshold is highest at the
    # right number: one more lifts the mean of those before as long as it is above their threshold.
    threshold = ((descending.cumsum(dim=-1) - budget) / counts).amax(dim=-1, keepdim=True)
    return (request - threshold).clamp(min=0)


def _threshold(request: Floats, budget: Floats) -> Floats:
    """Return the tau (..., 1) of `project_to_budget`, for arrays."""
    descending = -np.sort(-request, axis=-1)
    counts = np.arange(1, request.shape[-1] + 1)
    highest: Floats = ((descending.cumsum(axis=-1) - budget) / counts).max(axis=-1, keepdims=True)
    return highest
