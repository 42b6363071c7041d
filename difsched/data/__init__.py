"""Offline datasets of any family, to Minari and back, and by name the slice's own."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from difsched.env.slice.dataset import OfflineDataset as OfflineDataset
    from difsched.env.slice.dataset import collect as collect
    from difsched.views.minari_io import from_minari as from_minari
    from difsched.views.minari_io import to_minari as to_minari

#: Names that are loaded when they are first asked for, and their modules.
LATER = {
    "OfflineDataset": "difsched.env.slice.dataset",
    "collect": "difsched.env.slice.dataset",
    "from_minari": "difsched.views.minari_io",
    "to_minari": "difsched.views.minari_io",
}


def __getattr__(name: str) -> Any:
    """Return a name of `LATER`: families need this package, and Minari takes its time."""
    if name not in LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(LATER[name]), name)
