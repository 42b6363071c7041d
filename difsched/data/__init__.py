"""Offline datasets: what was seen, granted and delivered, window by window."""

from difsched.env.slice.dataset import OfflineDataset, collect
from difsched.env.slice.minari_io import from_minari, to_minari

__all__ = ["OfflineDataset", "collect", "from_minari", "to_minari"]
