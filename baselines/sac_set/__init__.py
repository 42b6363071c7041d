"""Soft actor-critic by interaction on networks over sets: `difsched.baselines.sac` trains them."""

from difsched.baselines.method import Method, Task
from difsched.baselines.sac import LOADS
from difsched.policy import Policy


def _online(task: Task) -> Policy:
    from difsched.baselines.sac.training import train_online  # loads torch: only where it is needed
    from difsched.baselines.sac_set.networks import OVER_SETS

    return train_online(task, OVER_SETS)


SCHEDULERS = [
    Method(
        "sac_set",
        "SAC-Set (online)",
        _online,
        "online",
        training="online",
        model="sac_set",
        about="Soft actor-critic (Stable-Baselines3) by interaction, on networks as dql_set's",
        loads=(*LOADS, "difsched.baselines.sac_set.networks"),
        # Of an action that is one for the whole sac's networks see the mean over entities already.
        families=("slice", "alloc", "mec"),
    )
]
