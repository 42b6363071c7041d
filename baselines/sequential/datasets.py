"""The logs of sequential slices: those of the slice's sub-agents alone, without random windows."""

from dataclasses import replace
from typing import Any

from difsched.baselines.slice import datasets
from difsched.baselines.slice.mdp import ComposedPolicy
from difsched.config import DatasetConfig, EnvironmentConfig
from difsched.env.sequential.dataset import SequentialDataset
from difsched.env.slice.traffic.generator import Traffic


def narrow(number: int) -> DatasetConfig:
    """Return how the dataset of a configuration is collected: nothing in it is random."""
    return DatasetConfig(env=number, n_windows=50_000, episode_length=200, random_share=0.0)


def gather(
    index: int | str,
    recipe: DatasetConfig,
    config: EnvironmentConfig,
    traffic: Traffic,
    composed: ComposedPolicy,
) -> tuple[SequentialDataset, dict[str, Any]]:
    """Collect a dataset on the training trace, and return it with its card.

    As the slice's (`difsched.baselines.slice.datasets.gather`), with the reward of this family.
    """
    log, card = datasets.gather(index, recipe, config, traffic, composed)
    data = SequentialDataset.of(log)
    loss = float(-data.reward.mean(dtype=float))
    parts = {"loss": {recipe.behaviour: loss}} if recipe.random_share == 0 else {}
    return replace(data, card=card | parts), card | parts | {"behaviour_loss": loss}
