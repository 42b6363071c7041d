"""Methods that learn from the offline dataset: each an algorithm of `difsched.agents`.

They share one training. What a method is called here stands for its YAML of hyper-parameters, which
names the algorithm.
"""

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


def learner(
    name: str,
    label: str,
    *,
    about: str,
    algorithm: str | None = None,
    section: str = "offline",
    training: str = "offline",
    model: str | None = None,
    families: tuple[str, ...] | None = None,
) -> Method:
    """Return a method that is an algorithm of `difsched.agents`.

    Parameters
    ----------
    name, label, about, section, training, families
        As in `Method`.
    algorithm, model : str, optional
        Module of `difsched.agents`, and YAML of hyper-parameters; when left out as the method.
    """
    # Torch's optimisers import the last at their first step.
    loads = ("difsched.training", f"difsched.agents.{algorithm or name}", "torch._dynamo")
    return Method(
        name,
        label,
        fit,
        section,
        training=training,
        model=model or name,
        about=about,
        loads=loads,
        families=families,
    )


SCHEDULERS = [
    learner("gaussian_bc", "Gaussian BC", about="Cloning of the logged data by a Gaussian actor"),
    learner("bc", "Diffusion BC", about="Cloning of the logged data by DQL's diffusion policy"),
    learner("iql", "IQL", about="Implicit Q-learning on the networks and projection of dql_set"),
    learner(
        "cql", "CQL", about="Conservative Q-learning on the networks and projection of dql_set"
    ),
    learner("td3_bc", "TD3+BC", about="TD3+BC on the networks and projection of dql_set"),
    learner(
        "rebrac",
        "ReBRAC",
        about="TD3+BC with penalties of actor and critic, on the networks and critics of dql_set",
    ),
    learner(
        "idql",
        "IDQL",
        algorithm="dql",
        about="The best of many samples of a diffusion clone by an implicit critic, "
        "else as dql_set",
    ),
    learner(
        "dql",
        "DQL",
        training="dql",
        model="dql_default",
        about="Diffusion Q-learning with an IQL critic and perceptrons, without projection",
    ),
    learner(
        "dql_published",
        "DQL (published)",
        training="dql_published",
        about="Diffusion Q-learning as published: clipped double Q, whole chains, wide perceptrons",
    ),
    learner(
        "det_set",
        "Det-Set",
        about="A deterministic actor on the networks, projection and critics of dql_set",
    ),
    learner(
        "det_search",
        "Det-Set + search",
        algorithm="det_set",
        about="det_set, then rounds of neighbouring grants ranked by its own critic",
        families=("slice", "sequential", "alloc"),  # where det_set does not search already
    ),
    learner(
        "gaussian_set",
        "Gaussian-Set",
        about="A Gaussian actor on the networks, projection and critics of dql_set",
    ),
    learner(
        "flow_set",
        "Flow-Set",
        about="A one-step actor behind a flow, on the networks, projection and critics of dql_set",
    ),
    learner(
        "shortcut_set",
        "Shortcut-Set",
        about="A flow of average velocities: one pass, and nothing distilled; else as dql_set",
        families=("slice",),
    ),
    learner(
        "dql_set",
        "DQL-Set (ours)",
        algorithm="dql",
        section="ours",
        about="Diffusion Q-learning with set networks, projection, credit by user and whole chains",
    ),
]
#: Their names: each leaves an agent's weights.
LEARNERS = tuple(method.name for method in SCHEDULERS)
