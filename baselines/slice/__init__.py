"""The slice's rules, planners and oracles."""
