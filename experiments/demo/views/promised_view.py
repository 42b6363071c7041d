"""Slices with a promised floor: as the slice."""

from experiments.demo.views.slice_view import VIEW

__all__ = ["VIEW"]
