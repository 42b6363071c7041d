"""Networks over the users of a slice, several independent copies evaluated at once.

Both kinds map features (R, N, F) of R windows to outputs (M, R, N, D) of M members (an ensemble
of M networks with own weights). Initial weights come from a generator, never from torch's global
one.

Gradients are written out: in networks this narrow, what automatic differentiation adds to the
products of matrices (passes over all activations, bookkeeping) would cost as much as they do. Only
networks of another `Activation`, which published algorithms ask for, are differentiated by torch.
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn.functional import layer_norm, mish, silu

#: Every member of an ensemble.
ALL = slice(None)
#: What follows a hidden layer's affine map, (..., H) to (..., H).
Activation = Callable[[Tensor], Tensor]


def normalised_silu(before: Tensor) -> Tensor:
    """Return silu, then normalised to mean 0 and variance 1 (Ba, Kiros and Hinton 2016).

    The next layer's weights can do what a gain and a bias of its own would.
    """
    return layer_norm(silu(before), before.shape[-1:])


#: Activations by name: ``silu`` is the fast one.
ACTIVATIONS: dict[str, Activation] = {
    "silu": silu,
    "mish": mish,
    "normalised_silu": normalised_silu,
}


class Linear(nn.Module):
    """Weights (M, inputs, outputs) and biases (M, 1, outputs) of M independent affine maps.

    They start uniform in +-1 / sqrt(inputs), torch's own default (He et al. 2015).
    """

    def __init__(self, members: int, inputs: int, outputs: int, generator: torch.Generator) -> None:
        super().__init__()
        bound = 1 / math.sqrt(inputs)
        weight = torch.empty(members, inputs, outputs).uniform_(-bound, bound, generator=generator)
        bias = torch.empty(members, 1, outputs).uniform_(-bound, bound, generator=generator)
        self.weight = nn.Parameter(weight)
        self.bias = nn.Parameter(bias)


class SetNetwork(nn.Module):
    """Permutation-equivariant over users, for any number of them (Zaheer et al. 2017, eq. 4).

    Each layer combines a user's own features with the mean over all users.
    """

    weights: list[Tensor]

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        hidden: int,
        layers: int,
        members: int,
        generator: torch.Generator,
        activation: str = "silu",
    ) -> None:
        super().__init__()
        self.activation = activation
        self.first = Linear(members, inputs, hidden, generator)
        self.own = nn.ModuleList(
            Linear(members, hidden, hidden, generator) for _ in range(layers - 1)
        )
        self.pooled = nn.ModuleList(
            Linear(members, hidden, hidden, generator) for _ in range(layers - 1)
        )
        self.last = Linear(members, hidden, outputs, generator)
        _list_weights(self)
        self.register_load_state_dict_post_hook(_list_weights)

    def parts(self) -> list[nn.Module]:
        """Return the affine maps in the order in which `_evaluate` takes their weights."""
        pairs = [part for pair in zip(self.own, self.pooled, strict=True) for part in pair]
        return [self.first, *pairs, self.last]

    def forward(self, features: Tensor, members: slice = ALL) -> Tensor:
        """Map (R, N, F) to (M, R, N, D), for the ``members`` alone."""
        rows, users, _ = features.shape
        outputs = _evaluate(features, True, _select(self.weights, members), self.activation)
        return outputs.view(len(outputs), -1, rows, users).permute(0, 2, 3, 1)


class MLPNetwork(nn.Module):
    """A multilayer perceptron over all users' features in a row, for a fixed number of users."""

    weights: list[Tensor]

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        users: int,
        hidden: int,
        layers: int,
        members: int,
        generator: torch.Generator,
        activation: str = "silu",
    ) -> None:
        super().__init__()
        self.activation = activation
        sizes = [users * inputs] + [hidden] * layers
        self.hidden = nn.ModuleList(Linear(members, a, b, generator) for a, b in pairwise(sizes))
        self.last = Linear(members, hidden, users * outputs, generator)
        _list_weights(self)
        self.register_load_state_dict_post_hook(_list_weights)

    def parts(self) -> list[nn.Module]:
        """Return the affine maps in the order in which `_evaluate` takes their weights."""
        return [*self.hidden, self.last]

    def forward(self, features: Tensor, members: slice = ALL) -> Tensor:
        """Map (R, N, F) to (M, R, N, D), for the ``members`` alone."""
        rows, users, _ = features.shape
        alone = features.reshape(rows, 1, -1)
        outputs = _evaluate(alone, False, _select(self.weights, members), self.activation)
        return outputs.mT.reshape(len(outputs), rows, users, -1)


def _list_weights(network: SetNetwork | MLPNetwork, loaded: object = None) -> None:
    """List a network's weights as `_evaluate` takes them; modules find theirs less quickly.

    Anew when others are loaded, which may be put in their place (``assign=True``).
    """
    network.weights = [weight for part in network.parts() for weight in part.parameters()]


def _select(weights: list[Tensor], members: slice) -> list[Tensor]:
    return weights if members == ALL else [weight[members] for weight in weights]


def _evaluate(values: Tensor, pools: bool, weights: Sequence[Tensor], activation: str) -> Tensor:
    """Return the outputs (M, D, R N) of M networks at values (R, N, I).

    A hidden layer is h' = silu(h W + b), and with ``pools`` silu(h W + b + mean(h) V + c), the mean
    over the N users; the last is h W + b. The weights are a flat list: W and b of each layer, V and
    c after them where a layer has them.
    """
    if activation != "silu":
        return _by_definition(values, pools, weights, ACTIVATIONS[activation])
    if torch.is_grad_enabled():
        outputs: Tensor = _Evaluate.apply(values, pools, *weights)
        return outputs
    return _forward(values, pools, weights)[0]


def _layers(weights: Sequence[Tensor], pools: bool) -> list[Sequence[Tensor]]:
    """Return the weights of each layer but the first and the last."""
    size = 4 if pools else 2
    return [weights[i : i + size] for i in range(2, len(weights) - 2, size)]


def _forward(values: Tensor, pools: bool, weights: Sequence[Tensor]) -> tuple[Tensor, list[Tensor]]:
    """Return the outputs, and what the gradient needs in the order in which it came up."""
    rows, users, _ = values.shape
    members = len(weights[0])
    inputs = values.reshape(1, rows * users, -1).expand(members, -1, -1)
    before = torch.baddbmm(weights[1], inputs, weights[0])
    hidden = silu(before)
    kept = [inputs, before, hidden]
    for own, bias, *pooled in _layers(weights, pools):
        before = torch.baddbmm(bias, hidden, own)
        if pooled:
            total = hidden.view(members, rows, users, -1).sum(dim=2)
            context = torch.baddbmm(pooled[1], total, pooled[0], alpha=1 / users)
            before.view(members, rows, users, -1).add_(context.unsqueeze(2))
            kept.append(total)
        hidden = silu(before)
        kept += [before, hidden]
    # Few rows by many: the other way round MKL takes several times as long.
    return torch.baddbmm(weights[-1].mT, weights[-2].mT, hidden.mT), kept


def _by_definition(
    values: Tensor, pools: bool, weights: Sequence[Tensor], activation: Activation
) -> Tensor:
    """Return what `_forward` does with another activation, for torch to differentiate."""
    rows, users, _ = values.shape
    members = len(weights[0])
    inputs = values.reshape(1, rows * users, -1).expand(members, -1, -1)
    hidden = activation(torch.baddbmm(weights[1], inputs, weights[0]))
    for own, bias, *pooled in _layers(weights, pools):
        before = torch.baddbmm(bias, hidden, own)
        if pooled:
            mean = hidden.view(members, rows, users, -1).mean(dim=2)
            context = torch.baddbmm(pooled[1], mean, pooled[0])
            before = (before.view(members, rows, users, -1) + context.unsqueeze(2)).flatten(1, 2)
        hidden = activation(before)
    return torch.baddbmm(weights[-1].mT, weights[-2].mT, hidden.mT)


class _Evaluate(torch.autograd.Function):
    """`_forward` with its gradient, for the weights only where they learn."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, pools: bool, *weights: Tensor) -> Tensor:
        outputs, kept = _forward(values, pools, weights)
        ctx.pools, ctx.shape, ctx.count = pools, values.shape, len(weights)
        ctx.save_for_backward(*weights, *kept)
        return outputs

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, outer: Tensor) -> tuple[Tensor | None, ...]:
        saved = ctx.saved_tensors
        weights, kept = saved[: ctx.count], list(saved[ctx.count :])
        rows, users, _ = ctx.shape
        members = len(weights[0])
        learns = any(ctx.needs_input_grad[2:])
        found: list[Tensor] = []  # the weights' gradients, the last weight's first

        hidden, last = kept.pop(), weights[-2]
        if learns:
            found += [outer.sum(dim=2).unsqueeze(1), torch.bmm(outer, hidden).mT.contiguous()]
        # MKL is slow at products of a column and a row.
        inner = outer.mT * last.mT if last.shape[2] == 1 else torch.bmm(outer.mT, last.mT)
        for own, _, *pooled in reversed(_layers(weights, ctx.pools)):
            outer = torch.ops.aten.silu_backward(inner, kept.pop())
            inner = torch.bmm(outer, own.mT)
            context = outer
            if pooled:
                context = outer.view(members, rows, users, -1).sum(dim=2)
                shared = torch.bmm(context, pooled[0].mT).unsqueeze(2)
                inner.view(members, rows, users, -1).add_(shared, alpha=1 / users)
                total = kept.pop()
            hidden = kept.pop()
            if learns:
                bias = context.sum(dim=1, keepdim=True)
                if pooled:
                    found += [bias, torch.bmm(total.mT, context).div_(users)]
                found += [bias, torch.bmm(hidden.mT, outer)]
        outer = torch.ops.aten.silu_backward(inner, kept.pop())
        if learns:
            found += [outer.sum(dim=1, keepdim=True), torch.bmm(kept.pop().mT, outer)]
        values = None
        if ctx.needs_input_grad[0]:
            values = torch.bmm(outer, weights[0].mT).sum(dim=0).view(ctx.shape)
        return values, None, *(reversed(found) if learns else [None] * ctx.count)
