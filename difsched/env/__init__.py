"""Environments; the slice's public names."""

from difsched.env.slice.environment import Environment
from difsched.env.slice.simulator import Simulator
from difsched.env.slice.traffic import Traffic, TrafficGenerator, load_traffic

__all__ = ["Environment", "Simulator", "Traffic", "TrafficGenerator", "load_traffic"]
