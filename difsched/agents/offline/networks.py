"""Networks over the users of a slice, several independent copies evaluated at once.

Both kinds map features (R, N, F) of R windows to outputs (M, R, N, D) of M members (an ensemble
of M networks with own weights). Initial weights come from a generator, never from torch's global
one.
"""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

#: Every member of an ensemble.
ALL = slice(None)


class Linear(nn.Module):
    """M independent affine maps, applied to (M, R, inputs).

    Weights and biases start uniform in +-1 / sqrt(inputs), torch's own default (He et al. 2015).
    """

    def __init__(self, members: int, inputs: int, outputs: int, generator: torch.Generator) -> None:
        super().__init__()
        bound = 1 / math.sqrt(inputs)
        weight = torch.empty(members, inputs, outputs).uniform_(-bound, bound, generator=generator)
        bias = torch.empty(members, 1, outputs).uniform_(-bound, bound, generator=generator)
        self.weight = nn.Parameter(weight)
        self.bias = nn.Parameter(bias)

    def forward(self, values: Tensor, members: slice = ALL) -> Tensor:
        """Map (M, R, inputs) to (M, R, outputs), for the ``members`` alone."""
        return torch.baddbmm(self.bias[members], values, self.weight[members])


class SetNetwork(nn.Module):
    """Permutation-equivariant over users, for any number of them (Zaheer et al. 2017, eq. 4).

    Each layer combines a user's own features with the mean over all users.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        hidden: int,
        layers: int,
        members: int,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        self.members = members
        self.first = Linear(members, inputs, hidden, generator)
        self.own = nn.ModuleList(
            Linear(members, hidden, hidden, generator) for _ in range(layers - 1)
        )
        self.pooled = nn.ModuleList(
            Linear(members, hidden, hidden, generator) for _ in range(layers - 1)
        )
        self.last = Linear(members, hidden, outputs, generator)

    def forward(self, features: Tensor, members: slice = ALL) -> Tensor:
        """Map (R, N, F) to (M, R, N, D), for the ``members`` alone."""
        rows, users, inputs = features.shape
        count = len(range(self.members)[members])
        flat = features.reshape(1, rows * users, inputs).expand(count, -1, -1)
        hidden = functional.silu(self.first(flat, members))
        for own, pooled in zip(self.own, self.pooled, strict=True):
            mean = hidden.view(count, rows, users, -1).mean(dim=2)
            context = pooled(mean, members).unsqueeze(2)
            hidden = own(hidden, members).view(count, rows, users, -1) + context
            hidden = functional.silu(hidden).view(count, rows * users, -1)
        return self.last(hidden, members).view(count, rows, users, -1)


class MLPNetwork(nn.Module):
    """A multilayer perceptron over all users' features in a row, for a fixed number of users."""

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
    ) -> None:
        super().__init__()
        self.members = members
        sizes = [users * inputs] + [hidden] * layers
        self.hidden = nn.ModuleList(Linear(members, a, b, generator) for a, b in pairwise(sizes))
        self.last = Linear(members, hidden, users * outputs, generator)

    def forward(self, features: Tensor, members: slice = ALL) -> Tensor:
        """Map (R, N, F) to (M, R, N, D), for the ``members`` alone."""
        rows, users, _ = features.shape
        count = len(range(self.members)[members])
        hidden = features.reshape(1, rows, -1).expand(count, -1, -1)
        for layer in self.hidden:
            hidden = functional.silu(layer(hidden, members))
        return self.last(hidden, members).view(count, rows, users, -1)
