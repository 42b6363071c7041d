"""What the demo shows of each family: a module each, and bars of the actions for any other."""

from importlib import import_module
from importlib.util import find_spec

from experiments.demo.views.view import Passed, Scene, View

__all__ = ["Passed", "Scene", "View", "view_of"]


def view_of(family: str) -> View:
    """Return the view of a family; one without a module of its own is shown by its actions."""
    own = f"{__name__}.{family}_view"
    return View() if find_spec(own) is None else import_module(own).VIEW
