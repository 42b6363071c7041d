"""The slices of a sweep: a configuration with other budgets, or other numbers of users."""

from collections.abc import Mapping
from typing import Any

from difsched.config import EnvironmentConfig
from difsched.errors import InputError

#: Sweep -> the field of its options that it runs along.
AXES = {"budget": "rbs_per_user", "scaling": "users"}


def slices(
    config: EnvironmentConfig, sweep: str, options: Mapping[str, Any]
) -> list[EnvironmentConfig]:
    """Return every slice of a sweep of one configuration, as its profile's options ask."""
    if sweep == "budget":
        budgets = [round(rbs * config.N_user) for rbs in options["rbs_per_user"]]
        return [resize(config, config.N_user, budget) for budget in budgets]
    return [resize(config, n, n * config.B // config.N_user) for n in options["users"]]


def resize(config: EnvironmentConfig, users: int, budget: int) -> EnvironmentConfig:
    """Return the slice with other numbers of users and RBs; groups of users follow.

    Raises
    ------
    InputError
        If a number is not allowed, or packets are sent again: then a bound for every window is
        none for all of them together.
    """
    if config.retransmit:
        raise InputError(f"retransmit = {config.retransmit}: must be 0 in a sweep")
    return config.changed({"N_user": users, "B": budget})
