"""What a run needs beforehand, made in the same process: traffic, sub-agents, datasets."""

from argparse import Namespace
from typing import Any

from experiments.families.traffic import SubAgentProblems, TrafficProblems
from experiments.runs.workspace import Workspace
from experiments.stages import dataset, sub_agents, traffic


def prepare(workspace: Workspace, family: str, index: int) -> None:
    """Make traffic and sub-agents of a slice's configuration, where they are not there."""
    problems = workspace.problems(family)
    if not isinstance(problems, TrafficProblems):
        return
    config: Any = problems.config(index)
    if not workspace.traffic_path(config.dataflow).exists():
        traffic.run(workspace, Namespace(dataflow=config.dataflow))
    agents = problems.agent_paths(config) if isinstance(problems, SubAgentProblems) else {}
    for agent, path in agents.items():
        if not path.exists():
            sub_agents.run(workspace, Namespace(agent=agent))


def collect(workspace: Workspace, family: str, number: int) -> None:
    """Make a dataset, and what it needs, where it is not there."""
    prepare(workspace, family, number)
    dataset.run(workspace, Namespace(family=family, config=number))
