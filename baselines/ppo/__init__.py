"""Proximal policy optimisation (Schulman et al. 2017), Stable-Baselines3's, by interaction."""

from difsched.baselines.method import Method, Task
from difsched.policy import Policy


def _online(task: Task) -> Policy:
    from difsched.baselines.ppo.training import train  # loads torch: only where it is needed

    return train(task)


PPO = Method(
    "ppo",
    "PPO (online)",
    _online,
    "online",
    training="online",
    model="ppo",
    about="Proximal policy optimisation (Stable-Baselines3) by interaction",
    # Torch's optimisers import the second at their first step.
    loads=("difsched.baselines.ppo.training", "torch._dynamo"),
    # The slice's methods are those of its paper.
    families=("alloc", "mec", "mlb"),
)
SCHEDULERS = [PPO]
