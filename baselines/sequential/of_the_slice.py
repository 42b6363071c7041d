"""The slice's schedulers that meet sequential slices, too, each as it is."""

from difsched.baselines.slice import estimate, heuristics, oracle_policies, structured

#: Rules and planners, estimates, and what learns a user's curve: those that need no sub-agents.
NAMES = (
    *("equal", "proportional", "max_weight", "top_m"),
    *("oracle_predicted", "oracle"),
    *("estimate_then_optimize", "estimate_isotonic", "neural_estimate", "critic_exact"),
)
_MODULES = (heuristics, oracle_policies, estimate, structured)
SCHEDULERS = [method for module in _MODULES for method in module.SCHEDULERS if method.name in NAMES]
