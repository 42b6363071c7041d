"""The oracle as schedulers: on the truth, and on the forecast."""

from difsched.baselines.method import Method, Task
from difsched.baselines.slice.oracle import OraclePolicy
from difsched.policy import Policy


def _oracle(task: Task) -> Policy:
    return OraclePolicy(task.config.B)


SCHEDULERS = [
    Method(
        "oracle_predicted",
        "Oracle (forecast)",
        _oracle,
        "oracles",
        information="predicted",
        about="The exact optimum of each window, its forecast taken for the truth",
    ),
    Method(
        "oracle",
        "Oracle (truth)",
        _oracle,
        "oracles",
        information="perfect",
        about="The exact optimum of each window, the demand known",
    ),
]
