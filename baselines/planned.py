"""Schedulers that plan: with a model of the system, or with its truth."""

from baselines.mdp import ComposedPolicy, SubAgent
from baselines.method import Method, Task
from baselines.oracle import OraclePolicy
from difsched.agents.policy import Policy


def _composed(task: Task) -> Policy:
    config = task.config
    agents = [SubAgent.load(task.agent_paths[index]) for index in config.sub_agents_idx]
    return ComposedPolicy(agents, config.user_map, config.B)


def _oracle(task: Task) -> Policy:
    return OraclePolicy(task.config.B)


SCHEDULERS = [
    Method("mdp", "MDP", _composed),
    Method("oracle_predicted", "Oracle (forecast)", _oracle, information="predicted"),
    Method("oracle", "Oracle (truth)", _oracle, information="perfect"),
]
