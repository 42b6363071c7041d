"""Stage and Sacred experiment: an offline dataset, made by the composed MDP sub-agents (T1)."""

import argparse
from pathlib import Path
from typing import Any

from difsched.baselines.slice.datasets import gather
from difsched.baselines.slice.mdp import compose
from difsched.config import DatasetConfig, EnvironmentConfig
from difsched.run_ids import dataset_run
from difsched.utils.files import sha256, write_json
from experiments.runs.run import track
from experiments.runs.workspace import Workspace, main


def run(workspace: Workspace, arguments: argparse.Namespace) -> None:
    """Write a dataset and its card."""
    index = arguments.config
    shorter = workspace.profile.datasets
    dataset = workspace.manager.load_dataset_config(index).changed(shorter)
    config = workspace.manager.load_env_config(dataset.env)
    agents = sorted(set(config.sub_agents_idx))

    def make(folder: Path) -> float:
        card = write_dataset(workspace, index, dataset, config)
        write_json(folder / "result.json", card)
        return float(card["behaviour_loss"])

    settings = {
        "family": config.family,
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
    products = [path, workspace.card_path(index)]
    code = workspace.code("experiments.stages.dataset")
    track(
        "dataset",
        workspace.folder,
        dataset_run(config.family, index),
        settings,
        make,
        code,
        products,
    )


def write_dataset(
    workspace: Workspace, index: int, dataset: DatasetConfig, config: EnvironmentConfig
) -> dict[str, Any]:
    """Collect one dataset, write it, and return its card."""
    composed = compose(config, workspace.agent_paths(config))
    data, card = gather(index, dataset, config, workspace.traffic(config.dataflow), composed)
    data.save(workspace.dataset_path(index), card)
    return card


if __name__ == "__main__":
    main(run, config=int)
