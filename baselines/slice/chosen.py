"""The slice's schedulers for the families that are slices with something more."""

from collections.abc import Collection

from difsched.baselines.method import Method
from difsched.baselines.slice import estimate, heuristics, oracle_policies, structured

#: Those that need no sub-agents.
_MODULES = (heuristics, oracle_policies, estimate, structured)


def chosen(names: Collection[str]) -> list[Method]:
    """Return the schedulers of these names, each as it is, in the order of the slice's tables."""
    return [method for module in _MODULES for method in module.SCHEDULERS if method.name in names]
