"""The oracle as schedulers: on the truth, and on the forecast."""

from baselines.method import Method, Task
from baselines.oracle import OraclePolicy
from difsched.policy import Policy


def _oracle(task: Task) -> Policy:
    return OraclePolicy(task.config.B)


SCHEDULERS = [
    Method("oracle_predicted", "Oracle (forecast)", _oracle, "oracles", information="predicted"),
    Method("oracle", "Oracle (truth)", _oracle, "oracles", information="perfect"),
]
