"""Dueling Q-networks (Wang et al. 2016)."""

from typing import Any

from stable_baselines3.common.torch_layers import create_mlp
from stable_baselines3.dqn.policies import DQNPolicy, QNetwork
from torch import Tensor, nn


class DuelingQNetwork(QNetwork):
    """Q(s, a) = V(s) + A(s, a) - mean_a A(s, a) (eq. 9), V and A on the same hidden layers."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        width, count = self.net_arch[-1], int(self.action_space.n)
        hidden = create_mlp(self.features_dim, -1, self.net_arch, self.activation_fn)
        self.q_net = nn.Sequential(*hidden)
        self.value, self.advantage = nn.Linear(width, 1), nn.Linear(width, count)

    def forward(self, obs: Any) -> Tensor:
        """Return Q of every action, (B, K), for features (B, D)."""
        hidden = self.q_net(self.extract_features(obs, self.features_extractor))
        advantage = self.advantage(hidden)
        q: Tensor = self.value(hidden) + advantage - advantage.mean(dim=1, keepdim=True)
        return q


class DuelingPolicy(DQNPolicy):
    """The library's policy with such networks."""

    def make_q_net(self) -> DuelingQNetwork:
        """Return a fresh network."""
        settings = self._update_features_extractor(self.net_args, features_extractor=None)
        return DuelingQNetwork(**settings).to(self.device)
