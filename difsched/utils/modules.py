"""The modules in folders, which families and methods are found by."""

from functools import cache
from pkgutil import ModuleInfo, iter_modules


@cache
def modules_in(*folders: str) -> tuple[ModuleInfo, ...]:
    """Return the modules and packages in some folders, each folder looked through once."""
    return tuple(iter_modules(folders))
