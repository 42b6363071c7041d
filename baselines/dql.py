"""Diffusion Q-learning and its relatives: one training, one YAML of hyper-parameters each."""

from baselines.method import Method, Task
from difsched.policy import Policy


def fit(task: Task) -> Policy:
    """Train on the task's offline dataset."""
    from difsched.training import offline_training  # loads torch: only where it is needed

    return offline_training(
        task.config,
        task.training,
        dataset=task.dataset,
        model=task.model,
        on_point=task.on_point,
    )


SCHEDULERS = [
    Method("bc", "Diffusion BC", fit, training="offline", model="bc"),
    Method("dql", "DQL", fit, training="offline", model="dql_default"),
    Method("dql_set", "DQL-Set (ours)", fit, training="offline", model="dql_set"),
]
