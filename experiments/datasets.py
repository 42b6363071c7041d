"""Stage and Sacred experiment: an offline dataset, made by the composed MDP sub-agents (T1)."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from baselines.mdp import compose
from difsched.config import DatasetConfig, EnvironmentConfig
from difsched.data.dataset import OfflineDataset
from difsched.utils.files import sha256, write_json
from experiments.behaviours import collect_parts, difficulty
from experiments.stage import Workspace, main
from experiments.store import track


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
    composed = compose(config, workspace.agent_paths(config))
    parts = collect_parts(dataset, config, traffic, composed, "dataset", index)
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
