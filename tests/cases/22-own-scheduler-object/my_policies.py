"""Schedulers as people bring them: a torch network, whole arrays, plain lists."""

import numpy as np
import torch

from difsched.env.slice.allocation import round_to_budget


class TorchSoftmax:
    """Returns a float tensor that carries a gradient."""

    def __init__(self, config):
        self.budget = config.B
        torch.manual_seed(0)
        self.net = torch.nn.Linear(4, 1)

    def act(self, observation):
        """Return shares of the budget that sum to it in float32."""
        x = torch.as_tensor(observation, dtype=torch.float32)
        return torch.softmax(self.net(x)[..., 0] / 50, -1) * self.budget


class TorchWhole(TorchSoftmax):
    """The same, detached and rounded by the largest remainder."""

    def act(self, observation):
        """Return whole RBs."""
        return round_to_budget(super().act(observation).detach().numpy(), self.budget)


class ListOfLists:
    """Plain Python lists of ints."""

    def __init__(self, config):
        self.users, self.budget = config.N_user, config.B

    def act(self, observation):
        """Return an equal split, its remainder for the first user."""
        each = self.budget // self.users
        first = self.budget - (self.users - 1) * each
        return [[first] + [each] * (self.users - 1) for _ in range(len(observation))]


class NoRetraction:
    """Grants fewer RBs than the budget where demand is low."""

    def __init__(self, config):
        self.budget = config.B

    def act(self, observation):
        most = self.budget // observation.shape[1]
        return np.minimum(most, np.ceil(observation[..., 0] / 8)).astype(int)
