"""One set of versions: the lock, conda's file and the ranges of pyproject.toml agree."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

from experiments import pins

ROOT = Path(__file__).resolve().parents[1]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
PINS = [line for line in LOCK if not line.startswith("#")]
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_every_line_of_the_lock_is_one_version_of_the_registry_without_a_local_build() -> None:
    assert [line for line in PINS if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9a-z.]+", line)] == []


def test_the_lock_is_sorted_and_names_each_package_once() -> None:
    names = list(pins.read_pins(PINS))
    assert len(set(names)) == len(PINS)
    assert sorted(names) == sorted(set(names))


def test_conda_gets_the_same_pins() -> None:
    [pip] = [entry["pip"] for entry in CONDA["dependencies"] if isinstance(entry, dict)]
    assert pip == PINS


def test_conda_gets_a_python_that_the_project_allows() -> None:
    [python] = [e for e in CONDA["dependencies"] if isinstance(e, str) and e.startswith("python=")]
    requirement = Requirement(f"python{PROJECT['requires-python']}")
    assert requirement.specifier.contains(f"{python.split('=')[1]}.0")


@pytest.mark.parametrize(
    "line", [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]
)
def test_a_direct_dependency_is_pinned_inside_its_range(line: str) -> None:
    requirement = Requirement(line)
    pinned = pins.read_pins(PINS)[requirement.name.lower()]
    assert requirement.specifier.contains(Version(pinned))


def test_an_environment_that_satisfies_the_pins_differs_nowhere() -> None:
    assert pins.first_difference({"pytest": pytest.__version__}) is None


def test_a_local_build_of_the_pinned_version_satisfies_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pins, "version", lambda name: "2.13.0+cpu")
    assert pins.first_difference({"torch": "2.13.0"}) is None


def test_another_version_and_a_missing_package_are_named() -> None:
    assert "the pin is 0.0" in str(pins.first_difference({"pytest": "0.0"}))
    missing = pins.first_difference({"no-such-package": "1.0"})
    assert missing == "it has no no-such-package (the pin is 1.0)"
