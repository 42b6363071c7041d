"""The slices of a sweep: a configuration with other budgets, or other numbers of users."""

from difsched.config import EnvironmentConfig
from difsched.errors import InputError
from experiments.profiles.profile import Budgets, Scaling, Sweep


def slices(config: EnvironmentConfig, sweep: Sweep) -> list[EnvironmentConfig]:
    """Return every slice of a sweep of one configuration."""
    users = config.N_user
    match sweep:
        case Budgets():
            return [resize(config, users, round(rbs * users)) for rbs in sweep.rbs_per_user]
        case Scaling():
            return [resize(config, n, n * config.B // users) for n in sweep.users]
    raise TypeError(f"no slices of {type(sweep).__name__}")


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
