"""Every scheduler of the suite by name.

A family of methods is a module of this package that lists them as ``SCHEDULERS``. Writing one is
all that it takes: it is found here, run by every profile and drawn in every table.
"""

from importlib import import_module
from pkgutil import iter_modules

import baselines
from baselines.method import SECTIONS, Method
from difsched.errors import InputError, choices


def discover() -> dict[str, Method]:
    """Return every method by name, in the order of the tables: by section, module and list.

    Raises
    ------
    InputError
        If two methods share a name.
    """
    found: list[Method] = []
    for module in sorted(iter_modules(baselines.__path__), key=lambda module: module.name):
        found += getattr(import_module(f"baselines.{module.name}"), "SCHEDULERS", [])
    methods: dict[str, Method] = {}
    for method in sorted(found, key=lambda method: list(SECTIONS).index(method.section)):
        if method.name in methods:
            raise InputError(f"method = {method.name!r}: two modules of baselines have one")
        methods[method.name] = method
    return methods


METHODS: dict[str, Method] = discover()


def find(name: str) -> Method:
    """Return a method by name.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    if name not in METHODS:
        raise InputError(f"method = {name!r}: {choices(name, METHODS)}")
    return METHODS[name]
