"""Deep Q-networks over allocation templates, on Stable-Baselines3's, by interaction.

Double Q-learning, dueling networks and prioritised replay are settings of their own.
"""

from difsched.baselines.method import Method, NotServed, Task
from difsched.policy import Policy

#: Tasks up to which every set of them is a template.
MOST_TASKS = 10


def _online(task: Task) -> Policy:
    if task.config.tasks > MOST_TASKS:
        raise NotServed("2^T templates")
    from difsched.baselines.dqn.training import train  # loads torch: only where it is needed

    return train(task)


DQN = Method(
    "dqn",
    "DQN (online)",
    _online,
    "online",
    training="online",
    model="dqn",
    about="Deep Q-network over sets of tasks (Stable-Baselines3): double, dueling, prioritised",
    # Torch's optimisers import the second at their first step.
    loads=("difsched.baselines.dqn.training", "torch._dynamo"),
    families=("alloc",),
)
SCHEDULERS = [DQN]
