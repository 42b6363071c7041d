"""Methods that learn from the offline dataset: one training, one YAML of hyper-parameters each."""

from baselines.method import Method, Task
from difsched.policy import Policy


def fit(task: Task) -> Policy:
    """Train on the task's offline dataset, shown as the task's configuration says."""
    from difsched.training import offline_training  # loads torch: only where it is needed

    return offline_training(
        task.config,
        task.training,
        dataset=task.dataset,
        model=task.model,
        on_point=task.on_point,
    )


def _learner(name: str, label: str, section: str = "offline") -> Method:
    return Method(name, label, fit, section, training="offline", model=name)


SCHEDULERS = [
    _learner("gaussian_bc", "Gaussian BC"),
    _learner("bc", "Diffusion BC"),
    _learner("iql", "IQL"),
    _learner("cql", "CQL"),
    _learner("td3_bc", "TD3+BC"),
    Method("dql", "DQL", fit, "offline", training="dql", model="dql_default"),
    _learner("det_set", "Det-Set"),
    _learner("gaussian_set", "Gaussian-Set"),
    _learner("dql_set", "DQL-Set (ours)", section="ours"),
]
