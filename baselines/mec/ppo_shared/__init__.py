"""PPO with one policy for all agents of a role: UEs, server, coordinator, schedulers."""

from difsched.baselines.method import Method, Task
from difsched.policy import Policy


def _online(task: Task) -> Policy:
    from difsched.baselines.mec.ppo_shared.training import train  # loads torch: only where needed

    return train(task)


SCHEDULERS = [
    Method(
        "ppo_shared",
        "PPO, shared (online)",
        _online,
        "online",
        training="online",
        model="ppo_shared",
        about="PPO (Stable-Baselines3) by interaction, one policy for all agents of a role",
        loads=("difsched.baselines.mec.ppo_shared.training", "torch._dynamo"),
    )
]
