"""An ensemble of models of a second, learned from logged windows (Yu et al. 2020, section 4.3).

Each member is a network over the set of users and gives, for what is seen and an action, Gaussians
of every user's change of power and of the reward, and the chances of every user's next cell.
"""

from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from difsched.agents.networks import SetNetwork
from difsched.config.base import Config, number, whole
from difsched.data.outcomes import OutcomeDataset

#: Range of log standard deviations, in units of the data.
LOG_SD = (-5.0, 1.0)


@dataclass(frozen=True)
class EnsembleConfig(Config):
    """Sizes and training of the ensemble, and how it is used.

    Attributes
    ----------
    members, elites : int
        Networks, and how many of them are used: those with the least loss on held-out windows.
    hidden, layers : int
        Width and number of hidden layers.
    gradient_steps, batch : int
        Steps of training, and windows in each.
    learning_rate : float
        Adam's.
    held_out : float
        Share of the windows, drawn from all classes alike, by which elites are chosen.
    horizon : int
        Seconds of an imagined episode.
    penalty : float
        Standard deviations of the reward that are taken from it.
    """

    members: Annotated[int, whole(2, 100)] = 7
    elites: Annotated[int, whole(2, 100)] = 5
    hidden: Annotated[int, whole(1, 1024)] = 32
    layers: Annotated[int, whole(1, 16)] = 3
    gradient_steps: Annotated[int, whole(1, 100_000)] = 800
    batch: Annotated[int, whole(1, 10_000)] = 32
    learning_rate: Annotated[float, number(0, 1, open_low=True)] = 0.004
    held_out: Annotated[float, number(0, 0.5, open_low=True)] = 0.1
    horizon: Annotated[int, whole(1, 1000)] = 5
    penalty: Annotated[float, number(0, 100)] = 1.0


@dataclass(frozen=True)
class Prediction:
    """What M members expect of R windows.

    Attributes
    ----------
    change, change_sd : (M, R, N, C) Tensor
        Change of the powers, dB: mean and standard deviation.
    cell : (M, R, N, C) Tensor
        Logits of each user's next cell.
    reward, reward_sd : (M, R) Tensor
        Mean and standard deviation.
    """

    change: Tensor
    change_sd: Tensor
    cell: Tensor
    reward: Tensor
    reward_sd: Tensor


class Ensemble(nn.Module):
    """The members, with the units of their data.

    Parameters
    ----------
    config : EnsembleConfig
    data : OutcomeDataset
        Whose units are taken.
    generator : torch.Generator
        Of initial weights.
    """

    def __init__(
        self, config: EnsembleConfig, data: OutcomeDataset, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.config = config
        seen, action = torch.as_tensor(data.observation), torch.as_tensor(data.action)
        self.cells = seen.shape[-1] // 2
        change = torch.as_tensor(data.next_observation)[..., : self.cells] - seen[..., : self.cells]
        reward = torch.as_tensor(data.reward)
        flat = seen.flatten(0, 1)
        self.mean, self.sd = flat.mean(dim=0), flat.std(dim=0).clamp(min=1e-6)
        self.action_sd, self.change_sd = action.std(), change.std().clamp(min=1e-6)
        self.reward_mean, self.reward_sd = reward.mean(), reward.std().clamp(min=1e-6)
        self.members = SetNetwork(
            seen.shape[-1] + action.shape[-1],
            3 * self.cells + 2,
            hidden=config.hidden,
            layers=config.layers,
            members=config.members,
            generator=generator,
        )
        #: Numbers of the members that are used.
        self.elites = torch.arange(config.members)

    def forward(self, seen: Tensor, action: Tensor) -> Prediction:
        """Return the members' predictions for observations (R, N, F) and actions (R, 1, A)."""
        features = (seen - self.mean) / self.sd
        shared = (action / self.action_sd).expand(-1, seen.shape[1], -1)
        outputs = self.members(torch.cat([features, shared], dim=-1))
        cells = self.cells
        change, log_sd, cell, whole = outputs.split([cells, cells, cells, 2], dim=-1)
        reward, reward_log_sd = whole.mean(dim=-2).unbind(dim=-1)
        return Prediction(
            self.change_sd * change,
            self.change_sd * log_sd.clamp(*LOG_SD).exp(),
            # Who is where is the best guess of where it will be.
            cell + seen[..., cells:],
            self.reward_mean + self.reward_sd * reward,
            self.reward_sd * reward_log_sd.clamp(*LOG_SD).exp(),
        )

    def losses(self, seen: Tensor, action: Tensor, after: Tensor, reward: Tensor) -> Tensor:
        """Return each member's mean negative log likelihood of windows, (M,)."""
        found, cells = self(seen, action), self.cells
        change = after[..., :cells] - seen[..., :cells]
        moved = _surprise((change - found.change) / found.change_sd, found.change_sd)
        paid = _surprise((reward - found.reward) / found.reward_sd, found.reward_sd)
        cell = after[..., cells:].argmax(dim=-1).expand(len(found.cell), -1, -1)
        served = cross_entropy(found.cell.flatten(0, 2), cell.flatten(), reduction="none")
        served = served.view(len(found.cell), -1)
        return moved.flatten(1).mean(dim=1) + paid.mean(dim=1) + served.mean(dim=1)


def _surprise(standard: Tensor, sd: Tensor) -> Tensor:
    """Return minus the log density of Gaussians, less a constant."""
    return 0.5 * standard.square() + sd.log()


def fit_ensemble(
    data: OutcomeDataset, config: EnsembleConfig, generator: torch.Generator
) -> Ensemble:
    """Return the ensemble of a dataset: equal minibatches, weights of their own.

    Parameters
    ----------
    data : OutcomeDataset
        Logged windows.
    config : EnsembleConfig
    generator : torch.Generator
        Of weights, held-out windows and minibatches.
    """
    ensemble = Ensemble(config, data, generator)
    columns = [
        torch.as_tensor(values)
        for values in (data.observation, data.action, data.next_observation, data.reward)
    ]
    order = torch.randperm(len(data.reward), generator=generator)
    kept = max(1, round(config.held_out * len(order)))
    held, rest = order[:kept], order[kept:]
    optimizer = torch.optim.Adam(ensemble.parameters(), lr=config.learning_rate)
    for _ in range(config.gradient_steps):
        rows = rest[torch.randint(len(rest), (config.batch,), generator=generator)]
        optimizer.zero_grad(set_to_none=True)
        ensemble.losses(*(values[rows] for values in columns)).sum().backward()
        optimizer.step()
    ensemble.requires_grad_(False)
    with torch.no_grad():
        losses = ensemble.losses(*(values[held] for values in columns))
    ensemble.elites = losses.argsort()[: config.elites]
    return ensemble
