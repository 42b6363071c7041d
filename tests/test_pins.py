"""One set of versions: the lock, conda's file and the ranges of pyproject.toml agree; licences."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

from experiments.cli import pins

ROOT = Path(__file__).resolve().parents[1]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
PINS = [line for line in LOCK if not line.startswith("#")]
#: The demo's own, installed when it is first called.
DEMO = (ROOT / "experiments/demo/requirements.txt").read_text(encoding="utf-8").splitlines()
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
#: For mypy alone: nothing to import.
STUBS = {"pandas-stubs", "types-pyyaml"}
TOML = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT, TOOLS = TOML["project"], TOML["tool"]


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


EXTRAS = {line for lines in PROJECT["optional-dependencies"].values() for line in lines}
OTHERS = sorted(line for line in EXTRAS if Requirement(line).name != PROJECT["name"])


@pytest.mark.parametrize("line", [*PROJECT["dependencies"], *OTHERS])
def test_a_direct_dependency_is_pinned_inside_its_range(line: str) -> None:
    requirement = Requirement(line)
    pinned = pins.read_pins([*PINS, *DEMO])[requirement.name.lower()]
    assert requirement.specifier.contains(Version(pinned))


def test_the_demo_pins_what_the_lock_does_not() -> None:
    assert not pins.read_pins(PINS).keys() & pins.read_pins(DEMO).keys()


def test_an_environment_that_satisfies_the_pins_differs_nowhere() -> None:
    assert pins.first_difference({"pytest": pytest.__version__}) is None


def test_a_local_build_of_the_pinned_version_satisfies_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pins, "version", lambda name: "2.13.0+cpu")
    assert pins.first_difference({"torch": "2.13.0"}) is None


def test_another_version_and_a_missing_package_are_named() -> None:
    assert "the pin is 0.0" in str(pins.first_difference({"pytest": "0.0"}))
    missing = pins.first_difference({"no-such-package": "1.0"})
    assert missing == "it has no no-such-package (the pin is 1.0)"


def test_the_running_environment_is_the_pinned_one() -> None:
    assert pins.first_difference(pins.read_pins(PINS)) is None


def test_no_package_lacks_or_contradicts_another() -> None:
    command = [sys.executable, "-m", "pip", "check", "--disable-pip-version-check"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, ""), result.stdout


def test_every_pinned_package_can_be_imported() -> None:
    owned: dict[str, list[str]] = {}
    for module, owners in packages_distributions().items():
        for owner in owners:
            owned.setdefault(re.sub(r"[-_.]+", "-", owner).lower(), []).append(module)
    lines = []
    for name in set(pins.read_pins(PINS)) - STUBS:
        found = [m for m in owned[name] if m.isidentifier() and not m.startswith("_")]
        namesakes = [m for m in found if m.lower() == name.replace("-", "_")]
        lines.append(f"import {[*namesakes, *found][0]}")
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", "\n".join(sorted(lines))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr


def licences(*options: str) -> subprocess.CompletedProcess[str]:
    """Run pip-licenses with the settings of pyproject.toml."""
    command = [sys.executable, "-m", "piplicenses", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_committed_licences_are_those_of_the_lock() -> None:
    done = licences("--packages", *pins.read_pins(PINS))
    assert (done.returncode, done.stderr) == (0, "")
    page = (ROOT / "artifacts" / "LICENCES.md").read_text(encoding="utf-8")
    assert page.endswith(f"\n\n{done.stdout}")
    listed = {name.strip() for name in re.findall(r"^\| ([\w.-]+)", done.stdout, re.MULTILINE)}
    by_hand = set(TOOLS["pip-licenses"]["ignore-packages"])
    assert all(name in page for name in by_hand - {"pip"})
    known = {re.sub(r"[-_.]+", "-", name).lower() for name in listed - {"Name"} | by_hand}
    assert known - {"difsched", "pip"} == set(pins.read_pins(PINS))


def test_the_review_of_advisories_is_of_this_lock() -> None:
    rows = (ROOT / "artifacts" / "ADVISORIES.md").read_text(encoding="utf-8").splitlines()
    reviewed = [row.split(" | ")[:2] for row in rows if row.startswith("| ")][2:]
    pinned = pins.read_pins(PINS)
    assert len(reviewed) > 10
    for name, version in reviewed:
        assert pinned[name.removeprefix("| ")] == version, name


def test_a_licence_that_nobody_has_read_is_refused() -> None:
    done = licences("--packages", "numpy", "certifi", "--allow-only", "MIT;BSD-3-Clause")
    assert done.returncode == 1 and "not in allow-only licenses" in done.stderr
