"""Mobility load balancing: rules, searches, the exact one-step optimum, planners and bounds."""
