"""``./run_all.sh list methods``: code name, printed label, section, what it is."""

from itertools import groupby

from baselines.method import SECTIONS
from baselines.registry import METHODS

#: What each method of the suite is; one that is added needs no entry.
ABOUT = {
    "random": "random splits of the budget",
    "equal": "the equal split",
    "best_constant": "the one grant vector of least expected loss, whatever is seen",
    "proportional": "in proportion to the forecast",
    "proportional_fair": "the largest sum over packets of log success probability",
    "max_weight": "RB by RB to the largest queue times rise of its service rate",
    "top_m": "serves the m users of largest demand, m by window",
    "mdp": "value iteration for sub-agents of four users, composed",
    "mdp_joint": "value iteration for all users at once, by symmetry",
    "sac": "soft actor-critic, 128,000 windows of interaction",
    "estimate_then_optimize": "curves and demand fitted to the log, then the oracle's solver",
    "estimate_isotonic": "the same, with curves that are only assumed to rise",
    "gaussian_bc": "a Gaussian that clones the data",
    "bc": "a diffusion policy that clones the data",
    "iql": "implicit Q-learning",
    "cql": "conservative Q-learning",
    "td3_bc": "a deterministic actor, Q and cloning",
    "dql": "diffusion Q-learning as published",
    "det_set": "a deterministic actor on the networks of dql_set",
    "gaussian_set": "a Gaussian actor on the networks of dql_set",
    "sac_offline": "soft actor-critic on the offline data alone",
    "dql_set": "diffusion Q-learning with set networks, projection and per-user critic",
    "oracle_bayes": "least expected loss given what is seen",
    "oracle_predicted": "the exact optimum of the forecast",
    "oracle": "the exact optimum of the truth",
}


def methods_listing() -> str:
    """Return every method, one a line below its section's heading."""
    width, room = (
        max(len(getattr(method, part)) for method in METHODS.values()) for part in ("name", "label")
    )
    lines = [f"  {'code name':<{width}}  {'label':<{room}}"]
    for section, group in groupby(METHODS.values(), key=lambda method: method.section):
        lines.append(f"{SECTIONS[section]}:")
        lines += [
            f"  {one.name:<{width}}  {one.label:<{room}}  {ABOUT.get(one.name, '')}".rstrip()
            for one in group
        ]
    return "\n".join([*lines, "", "Either name is understood, in capitals or not."])
