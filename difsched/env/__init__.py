"""Environments; the slice's public names, and its Gymnasium id ``difsched/Slice-v0``."""

from typing import Any

from gymnasium.envs.registration import register
from gymnasium.vector import AutoresetMode

from difsched.env.slice.environment import Environment, slice_fields
from difsched.env.slice.simulator import Simulator
from difsched.env.slice.traffic.generator import Traffic, TrafficGenerator, load_traffic
from difsched.env.slice.vector_environment import VectorEnvironment

__all__ = [
    "Environment",
    "Simulator",
    "Traffic",
    "TrafficGenerator",
    "VectorEnvironment",
    "load_traffic",
    "slice_fields",
]


def make_slice(config: int | str = "default", **fields: Any) -> Environment:
    """Return configuration ``config`` (``"default"``, 0..7) with some fields replaced.

    Groups of users and their sub-agents follow ``N_user``; the budget ``B`` does not.
    """
    return Environment(slice_fields(config, **fields))


def make_slices(
    num_envs: int = 1,
    config: int | str = "default",
    autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
    **fields: Any,
) -> VectorEnvironment:
    """Return ``num_envs`` copies of a configuration as one vector environment."""
    return VectorEnvironment(
        slice_fields(config, **fields), num_envs=num_envs, autoreset_mode=autoreset_mode
    )


register(
    "difsched/Slice-v0",
    entry_point="difsched.env:make_slice",
    vector_entry_point="difsched.env:make_slices",
)
