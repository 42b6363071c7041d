"""Soft actor-critic (Haarnoja et al. 2018), Stable-Baselines3's, by interaction and offline.

`slices` shows it the slice: features, actions, many copies side by side; `training` trains it.
"""

from difsched.baselines.method import Method, Task
from difsched.policy import Policy


def _online(task: Task) -> Policy:
    from difsched.baselines.sac.training import train_online  # loads torch: only where it is needed

    return train_online(task)


def _offline(task: Task) -> Policy:
    from difsched.baselines.sac.training import train_offline

    return train_offline(task)


#: Torch's optimisers import the second at their first step.
LOADS = ("difsched.baselines.sac.training", "torch._dynamo")

SCHEDULERS = [
    Method(
        "sac",
        "SAC (online)",
        _online,
        "online",
        training="online",
        model="sac",
        about="Soft actor-critic (Stable-Baselines3) by interaction",
        loads=LOADS,
    ),
    Method(
        "sac_offline",
        "SAC (offline data)",
        _offline,
        "offline",
        training="sac_offline",
        model="sac_offline",
        about="Soft actor-critic (Stable-Baselines3) on the logged data alone",
        loads=LOADS,
    ),
]
