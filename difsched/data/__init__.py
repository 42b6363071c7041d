"""Offline datasets: what was seen, granted and delivered, window by window."""

from difsched.data.dataset import OfflineDataset, collect

__all__ = ["OfflineDataset", "collect"]
