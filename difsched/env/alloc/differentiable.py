"""The projection on what fits for tensors: exact, and differentiated where it is smooth."""

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from .projection import project

#: Requests are cut to this: beyond it the projection would lose digits.
MOST_ASKED = 1e6
#: Share of a supply that may be left of one that is used up: rounding.
LEFT = 1e-9


def nearest_shares(
    request: Tensor, requirement: Tensor, supply: Tensor, high: float = 1.0
) -> Tensor:
    """Return the nearest points that fit; see `project`.

    Parameters
    ----------
    request : (..., T) Tensor
        z, finite.
    requirement : (..., T, R) Tensor
        D, >= 0; no gradient reaches it.
    supply : (..., R) Tensor
        v, >= 0; no gradient reaches it.
    high : float
        Upper end of the box, > 0.
    """
    nearest: Tensor = _Projection.apply(request, requirement, supply, high)
    return nearest


class _Projection(torch.autograd.Function):
    """Projects; the gradient is that within the face of the set on which the nearest point lies.

    The face: who is at an end of the box stays there, and what is used up stays so. A change of
    the request moves the point by its own projection on the face's directions (Amos and Kolter
    2017, "OptNet", for this programme): dx = (I - A (A'A)^-1 A') dz with A the rows of D of those
    inside the box and of the resources used up.
    """

    @staticmethod
    def forward(ctx: Any, request: Tensor, requirement: Tensor, supply: Tensor, high: float) -> Any:
        tasks, resources = requirement.shape[-2:]
        asked, need, limit = (
            part.detach().to("cpu", torch.float64).reshape(shape).numpy()
            for part, shape in (
                (request, (-1, tasks)),
                (requirement, (-1, tasks, resources)),
                (supply, (-1, resources)),
            )
        )
        point = project(np.clip(asked, -MOST_ASKED, MOST_ASKED), need, limit, high)
        inside = (point > 0) & (point < high)
        used_up = (point[:, None] @ need)[:, 0] >= limit * (1 - LEFT)
        ctx.face = need * inside[..., None] * used_up[:, None], inside
        return torch.as_tensor(point).to(request).reshape(request.shape)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Any:
        rows, inside = ctx.face
        pull = gradient.to("cpu", torch.float64).reshape(inside.shape).numpy() * inside
        gram = np.swapaxes(rows, 1, 2) @ rows
        # The least-squares solution: rows may depend on each other.
        price = np.linalg.pinv(gram, hermitian=True) @ (np.swapaxes(rows, 1, 2) @ pull[..., None])
        moved = pull - (rows @ price)[..., 0]
        return torch.as_tensor(moved).to(gradient).reshape(gradient.shape), None, None, None
