"""Schedulers other than the paper's, and the oracles; a module that lists ``SCHEDULERS`` is found.

The package is `difsched.baselines`. In a checkout its folder stands at the top, where it can be
imported as ``baselines``, too: another name of the same modules, not a second copy of them.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

SHORT, FULL = "baselines", "difsched.baselines"


class _OtherName(MetaPathFinder, Loader):
    """Finds ``baselines.x`` as the module `difsched.baselines.x`."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return how a module is loaded by its short name; None for other modules."""
        return ModuleSpec(name, self) if name.startswith(f"{SHORT}.") else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the module of the full name, with its own specification kept for `exec_module`."""
        module = import_module(FULL + spec.name.removeprefix(SHORT))
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Give the module, which has been executed, its own specification back."""
        assert module.__spec__ is not None
        module.__spec__ = module.__spec__.loader_state


if __name__ == SHORT:
    sys.meta_path.insert(0, _OtherName())
    sys.modules[SHORT] = import_module(FULL)
