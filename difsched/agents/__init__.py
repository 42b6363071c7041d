"""Schedulers that learn, and what every scheduler is: a :class:`Policy`."""

from difsched.agents.agent import OfflineAgent
from difsched.agents.policy import OfflinePolicy, load_agent, save_agent
from difsched.policy import Policy

__all__ = ["OfflineAgent", "OfflinePolicy", "Policy", "load_agent", "save_agent"]
