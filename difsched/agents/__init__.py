"""Schedulers that learn, and what every scheduler is: a :class:`Policy`."""

from difsched.agents.dql.agent import DQLAgent
from difsched.agents.dql.policy import DQLPolicy, load_agent, save_agent
from difsched.policy import Policy

__all__ = ["DQLAgent", "DQLPolicy", "Policy", "load_agent", "save_agent"]
