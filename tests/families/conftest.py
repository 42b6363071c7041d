"""The toy family, in the folders beside this file."""

import sys
from collections.abc import Iterator
from pathlib import Path

import gymnasium
import pytest

import difsched.baselines
import difsched.env
from difsched.baselines import registry
from difsched.family import FAMILIES, Family
from difsched.views.registration import identifier, register_family

HERE = Path(__file__).parent


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Family]:
    """The family in the folders beside this file, as if they were the library's own."""
    for package in (difsched.env, difsched.baselines):
        folder = str(HERE / package.__name__.rpartition(".")[2])
        monkeypatch.setattr(package, "__path__", [*package.__path__, folder])
    monkeypatch.delitem(registry.KNOWN, "toy", raising=False)
    register_family("toy")
    yield FAMILIES["toy"]
    gymnasium.registry.pop(identifier("toy"))
    for name in [name for name in sys.modules if name.split(".")[2:3] == ["toy"]]:
        del sys.modules[name]
    for package in (difsched.env, difsched.baselines):
        vars(package).pop("toy", None)
