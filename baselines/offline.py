"""Methods that learn from the offline dataset: one training, one YAML of hyper-parameters each."""

from difsched.baselines.method import Method, Task
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


#: Torch's optimisers import the second at their first step.
LOADS = ("difsched.training", "torch._dynamo")


def _learner(name: str, label: str, section: str = "offline", *, about: str) -> Method:
    return Method(
        name, label, fit, section, training="offline", model=name, about=about, loads=LOADS
    )


SCHEDULERS = [
    _learner("gaussian_bc", "Gaussian BC", about="Cloning of the logged data by a Gaussian actor"),
    _learner("bc", "Diffusion BC", about="Cloning of the logged data by DQL's diffusion policy"),
    _learner("iql", "IQL", about="Implicit Q-learning on the networks and projection of dql_set"),
    _learner(
        "cql", "CQL", about="Conservative Q-learning on the networks and projection of dql_set"
    ),
    _learner("td3_bc", "TD3+BC", about="TD3+BC on the networks and projection of dql_set"),
    Method(
        "dql",
        "DQL",
        fit,
        "offline",
        training="dql",
        model="dql_default",
        about="Diffusion Q-learning with an IQL critic and perceptrons, without projection",
        loads=LOADS,
    ),
    _learner(
        "det_set",
        "Det-Set",
        about="A deterministic actor on the networks, projection and critics of dql_set",
    ),
    _learner(
        "gaussian_set",
        "Gaussian-Set",
        about="A Gaussian actor on the networks, projection and critics of dql_set",
    ),
    _learner(
        "dql_set",
        "DQL-Set (ours)",
        section="ours",
        about="Diffusion Q-learning with set networks, projection, credit by user and whole chains",
    ),
]
