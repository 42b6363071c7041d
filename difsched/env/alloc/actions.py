"""What may be granted: a box, R linear budgets read from the observation, and the door to it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from difsched.errors import InputError

from .columns import read
from .config import AllocConfig
from .draws import largest_grant
from .projection import project

Floats = NDArray[np.float64]

#: Requests are cut to this: beyond it the projection would lose digits.
MOST_ASKED = 1e6
#: Share of a supply by which a request may exceed it and count as within: rounding of float32.
SLACK = 1e-6


@dataclass(frozen=True)
class ActionSet:
    """What may be granted in W windows: low <= x <= high, sum_i D_ir x_i <= v_r.

    Attributes
    ----------
    low, high : float
        Ends of the box.
    requirement : (W, T, R) array or tensor, or None
        D, >= 0; None where there is no budget.
    supply : (W, R) array or tensor, or None
        v, > 0.
    """

    low: float
    high: float
    requirement: Any
    supply: Any


def action_width(config: AllocConfig) -> int:
    """Return the numbers of an action a task: a grant of each resource if faithful, else 1."""
    return config.resources if config.mode == "faithful" else 1


def highest(config: AllocConfig) -> float:
    """Return the upper end of the box.

    1, the whole task; of a forecast that may fall short of the truth more can be worth granting,
    up to the largest of the factor's 16 quantiles.
    """
    uncertain = config.mode == "forecast" and config.information == "predicted"
    return largest_grant(config.sigma) if uncertain else 1.0


def action_set(observation: Any, config: AllocConfig) -> ActionSet:
    """Return what an observation (W, T, F), array or tensor, allows.

    In ``faithful`` mode the box [0, 1] alone: supplies can be exceeded, and this is fined. With
    ``gang`` the same as with ``leontief``: the shares x in [0, 1] of which `serve_whole` makes
    whole tasks.
    """
    if config.mode == "faithful":
        return ActionSet(0.0, 1.0, None, None)
    requirement, supply = (read(observation, name, config) for name in ("requirement", "supply"))
    return ActionSet(0.0, highest(config), requirement, supply)


def check(
    action: ArrayLike, observation: Floats, config: AllocConfig
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return an action that may be granted, and where the given one was not.

    Parameters
    ----------
    action : (W, T) or (W, T, A) array_like
        Finite numbers; A = R in ``faithful`` mode, otherwise 1.
    observation : (W, T, F) ndarray of float
        What it answers to.

    Returns
    -------
    allowed : (W, T), or (W, T, R) in ``faithful`` mode
        The nearest allowed point.
    projected : (W,) ndarray of bool
        Whether the given one was outside, by more than the rounding error of float32.

    Raises
    ------
    InputError
        If the action has another shape, or entries that are not finite numbers.
    """
    shape = (*observation.shape[:-1], action_width(config))
    values = _numbers(action, shape)
    allowed = action_set(observation, config)
    boxed = np.clip(values, allowed.low, allowed.high)
    outside: NDArray[np.bool_] = np.any(np.abs(boxed - values) > SLACK, axis=(-2, -1))
    if allowed.requirement is None:
        return boxed, outside
    asked = np.clip(values[..., 0], -MOST_ASKED, MOST_ASKED)
    # x'D as a product with a vector: several times faster than einsum.
    spent = (boxed[..., None, :, 0] @ allowed.requirement)[..., 0, :]
    over: NDArray[np.bool_] = np.any(spent > allowed.supply * (1 + SLACK), axis=-1)
    return project(asked, allowed.requirement, allowed.supply, allowed.high), outside | over


def _numbers(action: ArrayLike, shape: tuple[int, ...]) -> Floats:
    """Return the action as floats (W, T, A); one number a task may come without its axis."""
    try:
        values = np.asarray(action).astype(np.float64)
    except (TypeError, ValueError):
        raise InputError(f"action = {action!r:.60}: must be {shape} numbers") from None
    if shape[-1] == 1 and values.shape == shape[:-1]:
        values = values[..., None]
    if values.shape != shape:
        raise InputError(f"action has shape {values.shape}: must be {shape}")
    if not (finite := np.isfinite(values)).all():
        raise InputError(f"action holds {values[~finite][0]}: must be finite")
    return values
