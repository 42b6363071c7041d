"""Every scheduler of the suite by name.

A family of methods is a module of this package that lists them as ``SCHEDULERS``. Writing one is
all that it takes: it is found here, run by every profile and drawn in every table.
"""

import re
from importlib import import_module
from pkgutil import iter_modules

import difsched.baselines
import difsched.env
from difsched.baselines.method import SECTIONS, Method
from difsched.errors import InputError, choices


def discover() -> dict[str, Method]:
    """Return every method by name, in the order of the tables: by section, module and list.

    Raises
    ------
    InputError
        If two methods share a name.
    """
    found = [method for module in _modules() for method in _listed(module)]
    methods: dict[str, Method] = {}
    for method in sorted(found, key=lambda method: list(SECTIONS).index(method.section)):
        if method.name in methods:
            raise InputError(f"method = {method.name!r}: two modules of baselines have one")
        methods[method.name] = method
    return methods


def modules_of(*names: str) -> list[str]:
    """Return the modules behind some methods: those that list them, and our own that they load.

    Raises
    ------
    InputError
        If no module lists one of them.
    """
    return sorted({module for name in names for module in _behind(name)})


def _behind(name: str) -> list[str]:
    for module in _modules():
        for method in _listed(module):
            if method.name == name:
                return [module, *(part for part in method.loads if part.startswith("difsched."))]
    raise InputError(f"method = {name!r}: no module of baselines lists it")


def _modules() -> list[str]:
    """Return the modules of this package and of its folders of a family, by their last names."""
    package = difsched.baselines.__name__
    names = [f"{package}.{module.name}" for module in iter_modules(difsched.baselines.__path__)]
    for family in iter_modules(difsched.env.__path__):
        folders = [f"{folder}/{family.name}" for folder in difsched.baselines.__path__]
        names += [f"{package}.{family.name}.{module.name}" for module in iter_modules(folders)]
    return sorted(names, key=lambda name: name.split(".")[::-1])


def _listed(module: str) -> list[Method]:
    return getattr(import_module(module), "SCHEDULERS", [])


METHODS: dict[str, Method] = discover()


def plain_words(text: str) -> str:
    """Return a name as it is compared: its words in lower case, whatever stands between them."""
    return re.sub(r"[\W_]+", "_", text.casefold()).strip("_")


def code_name(text: str) -> str | None:
    """Return the name of the method that a name or a label means; None if none."""
    word = plain_words(text)
    for name, method in METHODS.items():
        if word in (plain_words(name), plain_words(method.label)):
            return name
    return None


def find(name: str) -> Method:
    """Return a method by its name, or by its label in tables.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    known = code_name(name) if isinstance(name, str) else None
    if known is None:
        raise InputError(f"method = {name!r}: {choices(name, METHODS)}")
    return METHODS[known]
