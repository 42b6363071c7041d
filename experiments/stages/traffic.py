"""Stage: the traffic of one dataflow, generated or read from the user's traces."""

import argparse

from difsched.env.slice.traffic.generator import load_traffic
from experiments.runs.workspace import Workspace, main


def run(workspace: Workspace, arguments: argparse.Namespace) -> None:
    """Write ``traffic/DATAFLOW.npz``."""
    config = workspace.manager.load_env_config()
    traffic = load_traffic(
        arguments.dataflow,
        window_length=config.LEN_window,
        traces=workspace.spec["traces"],
        seed=config.randomSeed,
    )
    traffic.save(workspace.traffic_path(arguments.dataflow))


if __name__ == "__main__":
    main(run, dataflow=str)
