"""Agents that learn offline: an actor that proposes grants, and a critic that judges them."""
