"""Ours where the log may not cover what is best: held to it as closely as the log itself says."""

from dataclasses import replace

from difsched.baselines.method import Task
from difsched.baselines.offline import learner
from difsched.policy import Policy


def fit(task: Task) -> Policy:
    """Train with each support and return the policy of which the log promises most.

    Three trainings, and no window of the simulator; see `choose_support`.
    """
    from difsched.training.constraint import choose_support  # loads torch: only where it is needed

    return choose_support(task.config, task.training, task.dataset, task.model)


_HELD = learner(
    "dql_set_support",
    "DQL-Set (support)",
    algorithm="dql",
    model="dql_set",
    about="dql_set held to what was done, if the log promises more of it so: three trainings",
    families=("slice", "sequential"),  # where logs are narrow
)
SCHEDULERS = [
    replace(_HELD, make=fit, loads=(*_HELD.loads, "difsched.training.constraint")),
]
