"""Networks of soft actor-critic over sets: what one entity's actor does follows from it and all.

Both are `SetNetwork`s, as the learners of offline data have them: the actor's follows a permutation
of the entities, the critics' do not see it (Zaheer et al. 2017).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from stable_baselines3.common.policies import ContinuousCritic
from stable_baselines3.sac.policies import Actor, SACPolicy
from torch import Tensor, nn

from difsched.agents.networks import SetNetwork
from difsched.baselines.sac.training import Architecture
from difsched.baselines.sb3 import policy as library
from difsched.baselines.sb3.problem import FlatProblem
from difsched.family import Configuration


def network(inputs: int, outputs: int, sizes: list[int]) -> SetNetwork:
    """Return a network with hidden layers of equal sizes; weights from torch's own generator.

    Stable-Baselines3 seeds that one for all that it makes.
    """
    return SetNetwork(
        inputs,
        outputs,
        hidden=sizes[0],
        layers=len(sizes),
        members=1,
        generator=torch.default_generator,
    )


class SetLayers(nn.Module):
    """Means and log standard deviations of all entities' actions in a row, (W, 2 N A).

    Parameters
    ----------
    features, width : int
        F and A, numbers that are seen and done of an entity.
    sizes : list of int
        Of the hidden layers.
    """

    def __init__(self, features: int, width: int, sizes: list[int]) -> None:
        super().__init__()
        self.features = features
        self.network = network(features, 2 * width, sizes)

    def forward(self, seen: Tensor) -> Tensor:
        """Map features (W, N F), entity by entity, to all means, then all log deviations."""
        said: Tensor = self.network(seen.unflatten(-1, (-1, self.features)))[0]
        return torch.cat([part.flatten(1) for part in said.chunk(2, dim=-1)], dim=-1)


class Half(nn.Module):
    """One half of what `SetLayers` says: 0, the means, or 1."""

    def __init__(self, place: int) -> None:
        super().__init__()
        self.place = place

    def forward(self, said: Tensor) -> Tensor:
        """Map (W, 2 N A) to (W, N A)."""
        return said.chunk(2, dim=-1)[self.place]


class SetValue(nn.Module):
    """A Q function: the mean over the entities of what each contributes."""

    def __init__(self, features: int, width: int, sizes: list[int]) -> None:
        super().__init__()
        self.each = (features, width)
        self.network = network(features + width, 1, sizes)

    def forward(self, both: Tensor) -> Tensor:
        """Map features and actions (W, N F + N A) to values (W, 1)."""
        entities = both.shape[-1] // sum(self.each)
        seen, done = both.split([entities * size for size in self.each], dim=-1)
        parts = [part.unflatten(-1, (entities, -1)) for part in (seen, done)]
        values: Tensor = self.network(torch.cat(parts, dim=-1))[0].mean(dim=-2)
        return values


class SetPolicy(SACPolicy):
    """Stable-Baselines3's policy of soft actor-critic with these networks in place of its own.

    Parameters
    ----------
    features, width : int
        F and A.
    args, settings
        As for `SACPolicy`.
    """

    def __init__(self, *args: Any, features: int, width: int, **settings: Any) -> None:
        self.each = (features, width)
        super().__init__(*args, **settings)

    def make_actor(self, features_extractor: Any = None) -> Actor:
        """Return the actor."""
        actor = super().make_actor(features_extractor)
        actor.latent_pi = SetLayers(*self.each, actor.net_arch)  # type: ignore[assignment]
        actor.mu, actor.log_std = Half(0), Half(1)  # type: ignore[assignment]
        return actor

    def make_critic(self, features_extractor: Any = None) -> ContinuousCritic:
        """Return the critics."""
        critic = super().make_critic(features_extractor)
        sizes: Any = self.critic_kwargs["net_arch"]
        critic.q_networks = [SetValue(*self.each, sizes) for _ in critic.q_networks]
        for place, value in enumerate(critic.q_networks):
            critic.add_module(f"qf{place}", value)
        return critic


class SetProblem(FlatProblem):
    """A configuration whose entities no network sees in a row."""

    @property
    def any_number(self) -> bool:
        """Whether the networks serve any number of entities: they do."""
        return True


def sizes(problem: FlatProblem, hidden: int) -> dict[str, Any]:
    """Return what `SetPolicy` takes of a problem, whatever the width of its layers."""
    return {"features": len(problem.mean), "width": problem.actions.width}


OVER_SETS = Architecture("sac_set", SetPolicy, sizes)


def read_policy(
    path: str | Path,
    tensors: Mapping[str, Tensor],
    settings: Mapping[str, Any],
    config: Configuration,
) -> library.ActorPolicy:
    """Return the policy of a file's tensors and settings; see `library.read_policy`."""
    actors = {OVER_SETS.learner: lambda *spaces, **given: SetPolicy(*spaces, **given).actor}
    return library.read_policy(path, tensors, settings, config, actors, SetProblem, sizes)
