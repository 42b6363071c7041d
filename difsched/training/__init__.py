"""Training of the learned schedulers."""

from difsched.training.offline import offline_training

__all__ = ["offline_training"]
