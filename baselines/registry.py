"""Every scheduler of the suite by name.

Methods stand in modules that list them as ``SCHEDULERS``: in this package those that problem
families share, in its folder of a family's name that family's own. Writing one is all that it
takes: it is found here, run by every profile and drawn in every table.
"""

import re
from importlib import import_module

import difsched.baselines
import difsched.env
from difsched.baselines.method import SECTIONS, Method
from difsched.errors import InputError, choices
from difsched.utils.modules import modules_in

SLICE = "slice"


def discover(family: str) -> dict[str, Method]:
    """Return a family's methods by name, in the order of the tables: by section, module and list.

    Its own, from the folder of its name, and those that families share, where they serve it.

    Raises
    ------
    InputError
        If two methods share a name.
    """
    found = [method for module in _modules(family) for method in _listed(module, family)]
    methods: dict[str, Method] = {}
    for method in sorted(found, key=lambda method: list(SECTIONS).index(method.section)):
        if method.name in methods:
            raise InputError(f"method = {method.name!r}: two modules of baselines have one")
        methods[method.name] = method
    return methods


def modules_of(*names: str, family: str = SLICE) -> list[str]:
    """Return the modules behind some methods of a family, and the family's own.

    Those that list the methods, and our own that they load.

    Raises
    ------
    InputError
        If no module lists one of them.
    """
    behind = {module for name in names for module in _behind(name, family)}
    return sorted({f"{difsched.env.__name__}.{family}", *behind})


def _behind(name: str, family: str) -> list[str]:
    for module in _modules(family):
        for method in _listed(module, family):
            if method.name == name:
                return [module, *(part for part in method.loads if part.startswith("difsched."))]
    raise InputError(f"method = {name!r}: no module of baselines lists it")


def _modules(family: str) -> list[str]:
    """Return the modules of this package and of its folder of a family, by their last names."""
    package = difsched.baselines.__name__
    families = {folder.name for folder in modules_in(*difsched.env.__path__)}
    shared = {module.name for module in modules_in(*difsched.baselines.__path__)} - families
    folders = [f"{folder}/{family}" for folder in difsched.baselines.__path__]
    names = [f"{package}.{name}" for name in shared]
    names += [f"{package}.{family}.{module.name}" for module in modules_in(*folders)]
    return sorted(names, key=lambda name: name.split(".")[::-1])


def _listed(module: str, family: str) -> list[Method]:
    """Return the methods of a module that serve a family."""
    listed: list[Method] = getattr(import_module(module), "SCHEDULERS", [])
    return [method for method in listed if method.serves(family)]


#: Family -> its methods, which are looked for once.
KNOWN: dict[str, dict[str, Method]] = {}


def methods(family: str) -> dict[str, Method]:
    """Return a family's methods by name, in the order of the tables; see `discover`."""
    if family not in KNOWN:
        KNOWN[family] = discover(family)
    return KNOWN[family]


#: Methods of the slice.
METHODS = methods(SLICE)


def plain_words(text: str) -> str:
    """Return a name as it is compared: its words in lower case, whatever stands between them."""
    return re.sub(r"[\W_]+", "_", text.casefold()).strip("_")


def code_name(text: str, family: str = SLICE) -> str | None:
    """Return the name of the family's method that a name or a label means; None if none."""
    word = plain_words(text)
    for name, method in methods(family).items():
        if word in (plain_words(name), plain_words(method.label)):
            return name
    return None


def find(name: str, family: str = SLICE) -> Method:
    """Return a family's method by its name, or by its label in tables.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    known = code_name(name, family) if isinstance(name, str) else None
    if known is None:
        raise InputError(f"method = {name!r}: {choices(name, methods(family))}")
    return methods(family)[known]
