"""Environments: the slice's public names, and a Gymnasium id for every family.

``difsched/Slice-v0``, and ``difsched/Alloc-v0`` and so on by the families' folders.
"""

from pkgutil import iter_modules
from typing import Any

from gymnasium.envs.registration import register
from gymnasium.vector import AutoresetMode

from difsched.env.slice.environment import Environment, VectorEnvironment, slice_fields
from difsched.env.slice.simulator import Simulator
from difsched.env.slice.traffic.generator import Traffic, TrafficGenerator, load_traffic
from difsched.views.registration import register_family

__all__ = [
    "Environment",
    "Simulator",
    "Traffic",
    "TrafficGenerator",
    "VectorEnvironment",
    "load_traffic",
    "slice_fields",
]


def make_slice(config: Any = "default", **fields: Any) -> Environment:
    """Return configuration ``config`` (``"default"``, 0..7) with some fields replaced.

    ``config`` may be a configuration itself, or its fields, too. Groups of users and their
    sub-agents follow ``N_user``; the budget ``B`` does not.
    """
    return Environment(slice_fields(config, **fields))


def make_slices(
    num_envs: int = 1,
    config: Any = "default",
    autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
    **fields: Any,
) -> VectorEnvironment:
    """Return ``num_envs`` copies of a configuration as one vector environment."""
    return VectorEnvironment(
        slice_fields(config, **fields), num_envs=num_envs, autoreset_mode=autoreset_mode
    )


for _folder in iter_modules(__path__):
    if _folder.ispkg and _folder.name != "slice":
        register_family(_folder.name)
register(
    "difsched/Slice-v0",
    entry_point="difsched.env:make_slice",
    vector_entry_point="difsched.env:make_slices",
    kwargs={"config": "default"},
)
