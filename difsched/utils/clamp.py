"""The nearest point of a box, with a gradient that leads back into it."""

from typing import Any

from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable


def clamp(values: Tensor, low: float, high: float) -> Tensor:
    """Return the nearest points of [low, high].

    Outside, the derivative of a plain clamp is zero: a network that once asks for more than is
    allowed learns no better. Here the gradient passes where a step against it leads inwards, and
    stops where it leads further out: that of projected gradient descent, which goes on along the
    border. (Hausknecht and Stone 2016, "Deep reinforcement learning in parameterized action space",
    compare such ways.)
    """
    clamped: Tensor = _Clamp.apply(values, low, high)
    return clamped


class _Clamp(Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor, low: float, high: float) -> Tensor:
        ctx.save_for_backward(values)
        ctx.ends = low, high
        return values.clamp(low, high)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, outer: Tensor) -> tuple[Tensor, None, None]:
        (values,), (low, high) = ctx.saved_tensors, ctx.ends
        outwards = ((values > high) & (outer < 0)) | ((values < low) & (outer > 0))
        return outer.masked_fill(outwards, 0.0), None, None
