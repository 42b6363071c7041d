"""Offline datasets of any family, and by name what users of the slice need of its own."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from difsched.env.slice.dataset import OfflineDataset as OfflineDataset
    from difsched.env.slice.dataset import collect as collect
    from difsched.env.slice.minari_io import from_minari as from_minari
    from difsched.env.slice.minari_io import to_minari as to_minari

#: Names that stand in the slice's folder, and in which module of it.
SLICE = {
    "OfflineDataset": "dataset",
    "collect": "dataset",
    "from_minari": "minari_io",
    "to_minari": "minari_io",
}


def __getattr__(name: str) -> Any:
    """Return a name of the slice when it is first asked for: the slice needs this package."""
    if name not in SLICE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"difsched.env.slice.{SLICE[name]}"), name)
