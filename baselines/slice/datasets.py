"""An offline dataset in memory: what the stage ``datasets`` writes, for a slice of any origin."""

from dataclasses import replace
from typing import Any

import numpy as np

from difsched.baselines.slice.behaviour_policies import collect_parts, difficulty
from difsched.baselines.slice.mdp import ComposedPolicy, fit_agent
from difsched.config import ConfigManager, DatasetConfig, EnvironmentConfig
from difsched.env.slice.dataset import OfflineDataset
from difsched.env.slice.traffic.generator import Traffic


def plan(config: EnvironmentConfig, traffic: Traffic) -> ComposedPolicy:
    """Return a slice's sub-agents, planned on its training trace, as one scheduler."""
    manager = ConfigManager()
    agents = {
        index: fit_agent(
            replace(manager.load_agent_config(index), dataflow=config.dataflow),
            traffic.train.packets,
        )
        for index in set(config.sub_agents_idx)
    }
    chosen = [agents[index] for index in config.sub_agents_idx]
    return ComposedPolicy(chosen, config.user_map, config.B)


def gather(
    index: int | str,
    dataset: DatasetConfig,
    config: EnvironmentConfig,
    traffic: Traffic,
    composed: ComposedPolicy,
) -> tuple[OfflineDataset, dict[str, Any]]:
    """Collect a dataset on the training trace: the one way in which the suite makes one.

    Whoever reserves sees forecasts and the channel, but no history, whatever the slice shows its
    scheduler; `Task.dataset` then shows the data as the slice does.

    Parameters
    ----------
    index : int or str
        Its number, or another name: of its random streams, and on its card.
    dataset : DatasetConfig
        Size, episodes, shares, behaviour.
    config : EnvironmentConfig
        The slice.
    traffic : Traffic
        Its traffic.
    composed : ComposedPolicy
        Its sub-agents.

    Returns
    -------
    OfflineDataset
    dict
        Its card; see `OfflineDataset.save`.
    """
    config = replace(config, information="predicted", channel_information=True, history=0)
    parts = collect_parts(dataset, config, traffic, composed, "dataset", index)
    data = OfflineDataset.concatenate(list(parts.values()))
    card = {
        "family": config.family,
        "config": index,
        "seed": config.randomSeed,
        "traffic": traffic.origin,
        "dataset": dataset.to_dict(),
        "environment": replace(config, traces=None).to_dict(),
        "kappa": difficulty(config),
        "demand_mean": float(data.demand.mean()),
        "loss": {name: float(-part.reward.mean(dtype=np.float64)) for name, part in parts.items()},
        "behaviour_loss": float(-data.reward.mean(dtype=np.float64)),
    }
    return data, card
