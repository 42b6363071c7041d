"""The slice's schedulers that meet sequential slices, too, each as it is."""

from difsched.baselines.slice.chosen import chosen

#: Rules and planners, estimates, and what learns a user's curve: those that need no sub-agents.
NAMES = (
    *("equal", "proportional", "max_weight", "top_m"),
    *("oracle_predicted", "oracle"),
    *("estimate_then_optimize", "estimate_isotonic", "neural_estimate", "critic_exact"),
)
SCHEDULERS = chosen(NAMES)
