"""The logs of slices with a floor: primal-dual iterates, and random windows."""

from typing import Any

from difsched.baselines.promised.policies import Iterates
from difsched.baselines.slice import datasets
from difsched.config import DatasetConfig, EnvironmentConfig
from difsched.env.slice.dataset import OfflineDataset
from difsched.env.slice.traffic.generator import Traffic
from difsched.utils.seeding import rng


def usual(number: int) -> DatasetConfig:
    """Return how the dataset of a configuration is collected."""
    return DatasetConfig(
        env=number,
        n_windows=50_000,
        episode_length=200,
        random_share=0.5,
        behaviour="primal_dual",
    )


def gather(
    index: int | str, recipe: DatasetConfig, config: EnvironmentConfig, traffic: Traffic
) -> tuple[OfflineDataset, dict[str, Any]]:
    """Collect a dataset on the training trace, and return it with its card.

    As the slice's (`difsched.baselines.slice.datasets.gather`), whose sub-agents know no floor.
    """
    iterates = Iterates(config, rng(config.randomSeed, "dataset", index, "primal_dual"))
    return datasets.gather(index, recipe, config, traffic, iterates)
