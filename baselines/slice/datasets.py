"""An offline dataset in memory: what the stage ``datasets`` writes, for a slice of any origin."""

from dataclasses import replace
from typing import Any

import numpy as np

from difsched.baselines.slice.behaviour_policies import collect_parts, difficulty
from difsched.baselines.slice.mdp import ComposedPolicy, fit_agent
from difsched.config import ConfigManager, DatasetConfig, EnvironmentConfig
from difsched.env.slice.dataset import OfflineDataset
from difsched.env.slice.traffic.generator import Traffic
from difsched.errors import InputError
from difsched.policy import Policy


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
    behaviour: Policy,
) -> tuple[OfflineDataset, dict[str, Any]]:
    """Collect a dataset on the training trace: the one way in which the suite makes one.

    Whoever reserves sees forecasts, the channel and debts, but no history, whatever the slice shows
    its scheduler; `Task.dataset` then shows the data as the slice does.

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
    behaviour : Policy
        Who reserves: its sub-agents, or what a family has in their place.

    Returns
    -------
    OfflineDataset
    dict
        Its card; see `OfflineDataset.save`.

    Raises
    ------
    InputError
        If sub-agents shall reserve as others do.
    """
    if dataset.behaviour == "primal_dual" and isinstance(behaviour, ComposedPolicy):
        raise InputError("behaviour = 'primal_dual': needs a slice of the family promised")
    config = replace(
        config,
        information="predicted",
        channel_information=True,
        history=0,
        debt_information=config.floor is not None,
    )
    parts = collect_parts(dataset, config, traffic, behaviour, "dataset", index)
    data = OfflineDataset.concatenate(list(parts.values()))
    card = {
        "family": config.family,
        "config": index,
        "seed": config.randomSeed,
        "traffic": traffic.origin,
        "dataset": dataset.to_dict(),
        "environment": replace(config, traces=None, debt_information=False).to_dict(),
        "kappa": difficulty(config),
        "demand_mean": float(data.demand.mean()),
        "loss": {name: float(-part.reward.mean(dtype=np.float64)) for name, part in parts.items()},
        "behaviour_loss": float(-data.reward.mean(dtype=np.float64)),
    }
    return data, card
