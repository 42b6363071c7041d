"""What an observation means: the fields of a slice on which it depends what a scheduler sees."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from difsched.config import EnvironmentConfig
from difsched.config.base import check_int
from difsched.env.slice.columns import Column, Past
from difsched.env.slice.traffic.generator import Traffic
from difsched.errors import InputError

#: The fields that change the meaning of an observation, beside what its shape says.
VIEW = ("information", "channel_information", "forecast", "history", "debt_information")
_DEFAULTS = {field.name: field.default for field in fields(EnvironmentConfig)}


def seen_traffic(config: EnvironmentConfig, traffic: Traffic) -> Traffic:
    """Return traffic with the forecasts that a slice shows; the same for what is so already."""
    return traffic.by_counts() if config.forecast == "counts" else traffic


def features_of(config: EnvironmentConfig) -> int:
    """Return the features of an observation, F.

    Four, one for each age of waiting packets, the debt where it is seen, and three for each window
    of the history.
    """
    return len(Column) + config.retransmit + config.debt_information + len(Past) * config.history


def view_of(config: EnvironmentConfig) -> dict[str, Any]:
    """Return the fields of ``VIEW`` that are not at their defaults."""
    own = {name: getattr(config, name) for name in VIEW}
    return {name: value for name, value in own.items() if value != _DEFAULTS[name]}


def check_view(features: int, view: Mapping[str, Any], config: EnvironmentConfig) -> None:
    """Raise InputError unless a slice shows what a policy was trained to see.

    Parameters
    ----------
    features : int
        Features of the observations that it was trained on.
    view : mapping
        What `view_of` said of the slice that it was trained on.
    config : EnvironmentConfig
        The slice in which it shall decide.
    """
    trained = {name: view.get(name, _DEFAULTS[name]) for name in VIEW}
    check_int("history", trained["history"], 0)
    beside = len(Past) * trained["history"] + bool(trained["debt_information"])
    trained["retransmit"] = features - len(Column) - beside
    for name, value in trained.items():
        wanted = getattr(config, name)
        if value != wanted:
            raise InputError(
                f"trained on observations with {name} = {value}: must be {wanted}, as in the "
                "configuration; train on it"
            )


def full_view(config: EnvironmentConfig) -> EnvironmentConfig:
    """Return the slice that shows every user's channel, and of the demand what it shows."""
    return replace(config, channel_information=True)
