"""Schedulers that learn, and what every scheduler is: a :class:`Policy`."""

from difsched.agents.agent import Agent
from difsched.agents.policy import OfflinePolicy, load_agent, save_agent
from difsched.policy import Policy

__all__ = ["Agent", "OfflinePolicy", "Policy", "load_agent", "save_agent"]
