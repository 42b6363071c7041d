"""Offline datasets: what was seen, granted and delivered, window by window."""

from difsched.data.dataset import OfflineDataset, collect
from difsched.data.minari_io import from_minari, to_minari

__all__ = ["OfflineDataset", "collect", "from_minari", "to_minari"]
