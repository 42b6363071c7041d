"""Every scheduler of the suite by name.

A family of methods is a module here that lists them as ``SCHEDULERS``; to add one, write the
module and name it below.
"""

from baselines import bayes, dql, heuristics, mdp, oracle_policies, sac
from baselines.method import Method
from difsched.errors import InputError

FAMILIES = (heuristics, mdp, sac, dql, bayes, oracle_policies)
#: Every method by name, in the order of the tables.
METHODS: dict[str, Method] = {
    method.name: method for family in FAMILIES for method in family.SCHEDULERS
}


def find(name: str) -> Method:
    """Return a method by name.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    if name not in METHODS:
        raise InputError(f"method = {name!r}: must be one of {', '.join(METHODS)}")
    return METHODS[name]
