"""Schedulers that learn, and what every scheduler is: a :class:`Policy`."""

from difsched.agents.offline.agent import OfflineAgent
from difsched.agents.offline.policy import OfflinePolicy, load_agent, save_agent
from difsched.policy import Policy

__all__ = ["OfflineAgent", "OfflinePolicy", "Policy", "load_agent", "save_agent"]
