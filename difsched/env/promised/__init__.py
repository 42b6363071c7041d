"""Slices that promise each user a share of its packets over time: a long-run floor."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from difsched.env.promised.family import FAMILY as FAMILY


def __getattr__(name: str) -> Any:
    """Return the family when it is first asked for: it needs modules that need this package."""
    if name != "FAMILY":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from difsched.env.promised.family import FAMILY

    return FAMILY
