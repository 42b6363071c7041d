"""What an installation brings: built, and tried in an environment with its core alone."""

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement

from difsched import __version__
from experiments.paths import ROOT

#: What a build reads.
PARTS = ("difsched", "baselines", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE")
BUILD = "import sys; from setuptools import build_meta; build_meta.build_{}(sys.argv[1])"
pytestmark = pytest.mark.slow


def run(command: list[str], folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, without what the suite's own environment says of Python."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        command, cwd=folder, env=clean | more, capture_output=True, text=True, check=False
    )


def build(kind: str, source: Path, out: Path) -> Path:
    """Build a wheel or an sdist without any network."""
    out.mkdir()
    made = run([sys.executable, "-c", BUILD.format(kind), str(out)], source)
    assert made.returncode == 0, made.stderr
    (built,) = out.iterdir()
    return built


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return the wheel of the checkout, and the one of its sdist."""
    folder = tmp_path_factory.mktemp("build")
    source = folder / "checkout"
    source.mkdir()
    for part in PARTS:
        if (ROOT / part).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / part, source / part, symlinks=True, ignore=ignored)
        else:
            shutil.copy(ROOT / part, source)
    shutil.unpack_archive(build("sdist", source, folder / "sdist"), folder)
    unpacked = folder / f"difsched-{__version__}"
    return [
        build("wheel", source, folder / "wheel"),
        build("wheel", unpacked, folder / "wheel of sdist"),
    ]


def content(wheel: Path) -> dict[str, bytes]:
    """Return name -> bytes of a wheel's files, but for its own list of them."""
    with ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/RECORD")]
        return {name: archive.read(name) for name in names}


def test_the_wheel_has_every_module_and_yaml_of_the_library_and_nothing_else(
    wheels: list[Path],
) -> None:
    found = content(wheels[0])
    assert found == content(wheels[1])
    library = {
        str(path.relative_to(ROOT))
        for top in ("difsched", "difsched/baselines")  # the second is a link
        for path in (ROOT / top).rglob("*")
        if path.suffix in (".py", ".yaml", ".typed")
    }
    assert {"difsched/baselines/slice/oracle.py", "difsched/config/env/matrix.yaml"} <= library
    assert {name for name in found if ".dist-info/" not in name} == library
    assert {name.partition("/")[0] for name in found} == {
        "difsched",
        f"difsched-{__version__}.dist-info",
    }


def link_core(names: list[str], site: Path) -> set[str]:
    """Link packages, with all that they need, from this environment; return their names."""
    linked: set[str] = set()
    while names:
        found = distribution(names.pop())
        if found.name in linked:
            continue
        linked.add(found.name)
        for top in {file.parts[0] for file in found.files or [] if file.parts[0] != ".."}:
            if not (site / top).exists():
                (site / top).symlink_to(found.locate_file(top))
        needed = map(Requirement, found.requires or [])
        names += [one.name for one in needed if not one.marker or one.marker.evaluate()]
    return linked


@pytest.fixture(scope="module")
def installed(wheels: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the `bin` of an environment with the wheel of the sdist and its core dependencies."""
    folder = tmp_path_factory.mktemp("installed")
    made = run([sys.executable, "-m", "venv", "--without-pip", "env"], folder)
    assert made.returncode == 0, made.stderr
    (site,) = (folder / "env").glob("lib/python*/site-packages")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", "env/bin/python"]
    made = run([*pip, "install", "--no-index", "--no-deps", str(wheels[1])], folder)
    assert made.returncode == 0, made.stderr
    told = (site / f"difsched-{__version__}.dist-info" / "METADATA").read_text(encoding="utf-8")
    lines = [line for line in told.splitlines() if line.startswith("Requires-Dist: ")]
    needed = [Requirement(line.partition(": ")[2]) for line in lines]
    core = [one.name for one in needed if not one.marker]
    linked = link_core(core, site)
    assert {"torch", "gymnasium"} <= linked
    assert linked.isdisjoint({"snakemake", "sacred", "stable_baselines3", "pandas", "matplotlib"})
    return folder / "env" / "bin"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """Return a folder in which a package of other people is called ``baselines``."""
    for name in ("baselines", "experiments"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(f"raise ImportError('the wrong {name}')\n")
    return tmp_path


def test_the_command_works_in_any_folder(installed: Path, elsewhere: Path) -> None:
    def difsched(words: str) -> subprocess.CompletedProcess[str]:
        command = [str(installed / "difsched"), *words.split()]
        return run(command, elsewhere, PYTHONPATH=str(elsewhere))

    def answer(words: str) -> dict[str, object]:
        done = difsched(f"{words} --json")
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        found: dict[str, object] = json.loads(done.stdout)
        return found

    log = "\n".join(f"{slot / 1000:.3f}" for slot in range(0, 400_000, 7))
    (elsewhere / "log.txt").write_text(log)
    assert difsched("--version").stdout == f"difsched {__version__}\n"
    assert answer("oracle 80 60 20 --budget 30")["allocation"] == [16, 14, 0]
    assert answer("traffic thumb_fr=log.txt --out traces")
    assert answer("sanity --traces traces --windows 40")["configurations"]
    assert answer("collect --windows 200 --out d.npz")["behaviour_loss"]
    assert answer("train bc --data d.npz --steps 2 --out w.safetensors")["parameters"]
    assert answer("evaluate --weights w.safetensors --windows 40")["loss"]
    assert answer("evaluate equal --windows 40")["score"] == 0
    for words, said in {
        "train sac_offline --out s.safetensors": "pip install 'difsched[sac]'",
        "show table2": "show needs a checkout of the repository",
        "bench oracle": "bench needs a checkout of the repository",
    }.items():
        done = difsched(words)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert said in done.stderr


def test_the_library_is_imported_under_its_own_name_alone(installed: Path, elsewhere: Path) -> None:
    python = str(installed / "python")
    text = """
import gymnasium
from difsched.baselines.slice.oracle import maximize_sigmoids
best = maximize_sigmoids(demand=[[80, 60, 20]], slope=0.3, midpoint=10, budget=30)
print(best.allocation.tolist(), gymnasium.make("difsched.env:difsched/Slice-v0", config=2).spec.id)
"""
    done = run([python, "-c", text], elsewhere, PYTHONPATH=str(elsewhere))
    assert done.stdout == "[[16, 14, 0]] difsched/Slice-v0\n", done.stderr
    for name in ("baselines", "experiments", "paper", "benchmarks", "tests"):
        done = run([python, "-P", "-c", f"import {name}"], elsewhere)
        assert f"No module named '{name}'" in done.stderr
