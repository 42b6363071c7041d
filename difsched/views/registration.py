"""Families by Gymnasium's ids, and their configurations by name."""

import re
from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any

from gymnasium.envs.registration import register

from difsched.errors import InputError
from difsched.family import family_named


def identifier(family: str) -> str:
    """Return Gymnasium's id of a family: ``difsched/Slice-v0``."""
    return f"difsched/{family.capitalize()}-v0"


def family_behind(identifier: str) -> str | None:
    """Return the name of the family whose id this would be; None if it is another's."""
    found = re.fullmatch(r"difsched/(\w+)-v0", identifier)
    return found and found[1].lower()


def register_family(name: str) -> None:
    """Give a family its Gymnasium id; its configurations are loaded when one is made."""
    register(
        identifier(name),
        entry_point="difsched.views.gymnasium_view:make",
        vector_entry_point="difsched.views.vector_view:make_vec",
        kwargs={"family": name},
    )


def select(family: str, config: Any = None, **fields: Any) -> Any:
    """Return a configuration of a family.

    Parameters
    ----------
    family : str
    config : int, str, mapping or configuration, optional
        Number, name, path of a YAML file, fields, or the configuration itself; the family's first
        when left out.
    **fields
        Fields that replace the configuration's.

    Raises
    ------
    InputError
        If there is no such family or configuration, or a field is not allowed.
    """
    known = family_named(family)
    if config is None:
        chosen = known.load(known.configurations()[0])
    elif isinstance(config, Mapping):
        chosen = known.parse(config)
    elif is_dataclass(config):
        if (own := getattr(config, "family", None)) != family:
            raise InputError(f"config is of the family {own!r}: must be of {family}")
        chosen = config
    else:
        chosen = known.load(config)
    return chosen.changed(fields) if fields else chosen
