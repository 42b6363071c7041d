"""Stage and Sacred experiment: an offline dataset, made by the composed MDP sub-agents (T1)."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from baselines.mdp import ComposedPolicy, SubAgent
from baselines.sigmoids.envelope import tangent_point
from difsched.config import DatasetConfig, EnvironmentConfig
from difsched.data.dataset import OfflineDataset, collect
from difsched.data.random_data import RandomPolicy
from difsched.env.slice.simulator import Simulator
from difsched.env.slice.traffic import TrafficGenerator
from difsched.utils.files import sha256, write_json
from difsched.utils.seeding import rng, seed_sequence
from experiments.stage import Workspace, main
from experiments.store import track


def difficulty(config: EnvironmentConfig) -> float:
    """Return kappa = sum_i w_i / B, averaged over the channel classes.

    w_i = v_t / k is the grant at which user i's concave envelope meets its sigmoid: with kappa > 1
    the budget cannot take every user there.
    """
    slopes, midpoints = np.array(config.sigmoid_k_list), np.array(config.sigmoid_s_list)
    tangents = tangent_point(slopes * midpoints) / slopes
    return float(config.N_user * tangents.mean() / config.B)


def behaviours(
    config: EnvironmentConfig, agents: list[SubAgent], index: int
) -> dict[str, ComposedPolicy | RandomPolicy]:
    """Return the two behaviours of a dataset: composed sub-agents, and random reservations."""
    generator = rng(config.randomSeed, "dataset", index, "random reservations")
    return {
        "sub_agents": ComposedPolicy(agents, config.user_map, config.B),
        "random": RandomPolicy(config.B, generator),
    }


def run(workspace: Workspace, arguments: argparse.Namespace) -> None:
    """Write ``datasets/subOptimalAgent_encConfigI.npz`` and its card."""
    index = arguments.config
    dataset = workspace.manager.load_dataset_config(index)
    shorter = workspace.profile.get("datasets") or {}
    dataset = DatasetConfig.from_dict(dataset.to_dict() | shorter)
    config = workspace.manager.load_env_config(dataset.env)
    agents = sorted(set(config.sub_agents_idx))

    def make(folder: Path) -> float:
        card = write_dataset(workspace, index, dataset, config)
        write_json(folder / "result.json", card)
        return float(card["behaviour_loss"])

    settings = {
        "config": index,
        "seed": config.randomSeed,
        "dataset": dataset.to_dict(),
        "environment": config.to_dict(),
        "inputs": {
            "traffic": sha256(workspace.traffic_path(config.dataflow)),
            "agents": [sha256(workspace.agent_path(agent)) for agent in agents],
        },
    }
    path = workspace.dataset_path(index)
    products = [path, path.with_suffix(".json")]
    track("dataset", workspace.folder, f"dataset-c{index}", settings, make, products)


def write_dataset(
    workspace: Workspace, index: int, dataset: DatasetConfig, config: EnvironmentConfig
) -> dict[str, Any]:
    """Collect one dataset, write it, and return its card."""
    traffic = workspace.traffic(config.dataflow)
    agents = [SubAgent.load(workspace.agent_path(agent)) for agent in config.sub_agents_idx]
    episodes = dataset.n_windows // dataset.episode_length
    random = round(dataset.random_share * episodes)
    parts: dict[str, OfflineDataset] = {}
    for (name, policy), count in zip(
        behaviours(config, agents, index).items(), (episodes - random, random), strict=True
    ):
        if count:
            simulator = Simulator(
                config,
                TrafficGenerator(traffic.train),
                count,
                outcomes="sampled",
                seed=seed_sequence(config.randomSeed, "dataset", index, name),
            )
            parts[name] = collect(simulator, policy, dataset.episode_length)
    data = OfflineDataset.concatenate(list(parts.values()))
    card = {
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
    data.save(workspace.dataset_path(index), card)
    return card


if __name__ == "__main__":
    main(run, config=int)
