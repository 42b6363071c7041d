"""What the networks see first of a problem: all entities in a row, or their mean."""

from typing import Any

from gymnasium import spaces
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import Tensor, nn

from difsched.baselines.sb3.problem import FlatProblem


class MeanOverEntities(BaseFeaturesExtractor):
    """A layer that entities share, and its mean over them, whatever their order and number.

    Parameters
    ----------
    observation_space : Box
        Of features (N F,), entity by entity.
    features : int
        F.
    hidden : int
        Width of the layer.
    """

    def __init__(self, observation_space: spaces.Box, features: int, hidden: int) -> None:
        super().__init__(observation_space, hidden)
        self.layer = nn.Linear(features, hidden)

    def forward(self, observation: Tensor) -> Tensor:
        """Map features (W, N F) to (W, hidden) (Zaheer et al. 2017, equation 4)."""
        each = observation.unflatten(-1, (-1, self.layer.in_features))
        mean: Tensor = self.layer(each).relu().mean(dim=-2)
        return mean


def extractor(problem: FlatProblem, hidden: int) -> dict[str, Any]:
    """Return the arguments that say what the networks of a problem see first.

    Where there is one action for the whole, what matters is not which entity is which: the networks
    see their mean, through a layer of a width. Else they see the entities in a row.
    """
    if not problem.whole:
        return {}
    return {
        "features_extractor_class": MeanOverEntities,
        "features_extractor_kwargs": {"features": len(problem.mean), "hidden": hidden},
    }
