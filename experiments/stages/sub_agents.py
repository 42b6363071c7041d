"""Stage: one MDP sub-agent, planned on the training trace of its dataflow."""

import argparse

from difsched.baselines.slice.mdp import fit_agent
from experiments.families.slice import slice_problems
from experiments.runs.workspace import Workspace, main


def run(workspace: Workspace, arguments: argparse.Namespace) -> None:
    """Write the file of a sub-agent."""
    config = workspace.manager.load_agent_config(arguments.agent)
    slices = slice_problems(workspace, workspace.profile.datasets)
    packets = slices.traffic(config.dataflow).train.packets
    fit_agent(config, packets).save(workspace.agent_path(arguments.agent))


if __name__ == "__main__":
    main(run, agent=int)
