"""MOPO (Yu et al. 2020): a learner by interaction, in a model learned from logged windows.

The model is `ensemble`, the network that it imagines `imagined`; the learner is SAC as it learns
by interaction, with its networks, settings and number of windows.
"""

from difsched.baselines.method import Method, Task
from difsched.policy import Policy


def fit(task: Task) -> Policy:
    """Learn a model of the task's offline dataset, and a policy in that model."""
    from difsched.baselines.mlb.mopo.training import train  # loads torch: only where it is needed

    return train(task)


SCHEDULERS = [
    Method(
        "mopo",
        "MOPO",
        fit,
        "offline",
        training="online",
        model="sac",
        about="SAC in an ensemble of models of the logged data, less a penalty for their spread",
        loads=("difsched.baselines.mlb.mopo.training", "torch._dynamo"),
    ),
]
