"""Rules, planners and oracles of the edge-computing problem."""
