"""The slice's schedulers as they are, which know of no floor and are free to break it."""

from difsched.baselines.slice.chosen import chosen

#: Rules, estimates, and what learns a user's curve: those that need no sub-agents.
NAMES = (
    *("equal", "proportional", "proportional_fair", "max_weight", "top_m"),
    *("oracle_predicted", "oracle"),
    *("estimate_then_optimize", "neural_estimate"),
)
SCHEDULERS = chosen(NAMES)
