"""The family's own methods, and which of them serve a mode."""

from difsched.baselines.alloc.policies import SCHEDULERS
from difsched.baselines.method import NotServed, Task
from difsched.baselines.registry import find
from difsched.env.alloc.config import CONFIGURATIONS, AllocConfig
from difsched.policy import Clairvoyant, Policy


def policy(config: AllocConfig, name: str) -> Policy:
    """Return a method's policy for a configuration."""
    return find(name, "alloc").fit(Task(config))


def served(mode: str) -> list[str]:
    """Return the methods that serve a mode and decide by what is shown."""
    found = []
    for method in SCHEDULERS:
        try:
            made = method.fit(Task(CONFIGURATIONS.load(f"{mode}_3x5")))
        except NotServed:
            continue
        if not isinstance(made, Clairvoyant):
            found.append(method.name)
    return found
