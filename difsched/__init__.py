"""difsched: diffusion Q-learning for radio-resource scheduling inside a 5G/6G slice."""

__version__ = "1.0.0"
