"""What is drawn of load balancing: its animations, and what counterfactual states cover."""
