"""The same call gives the same bytes, wherever and however it runs; times live in files apart."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from difsched.utils.files import sha256
from tests.chaos.suite import Suite

pytestmark = pytest.mark.slow

#: A table of runs, and a figure of sweeps.
TARGETS = ("table2", "fig7")
HERE = {"PYTHONHASHSEED": "1", "OMP_NUM_THREADS": "1", "LC_ALL": "C", "TZ": "Asia/Kathmandu"}
THERE = {"PYTHONHASHSEED": "77", "OMP_NUM_THREADS": "2", "LC_ALL": "C.UTF-8", "TZ": "America/Lima"}
#: Times and the machine; checksums of them; the figure that draws them.
#: Sacred notes when each point of a curve was told.
TIMES = {"cost.json", "resources.json", "run.json", "costs.csv", "scaling_time.csv", "metrics.json"}
CHECKSUMS = {"complete.json", "manifests", "records"}
DRAWN = {"fig7.pdf", "fig7.png"}
#: What is not a result: Snakemake's notes, the jobs' output, locks.
ASIDE = {".snakemake", "logs", "lock", "workers.lock"}


class Variant(Suite):
    """A suite called past run_all.sh, which would set the hash seed."""

    def __init__(self, root: Path, jobs: int, variables: dict[str, str]) -> None:
        super().__init__(root, jobs, TARGETS)
        self.variables = variables

    def command(self) -> list[str]:
        return [sys.executable, "-P", "-m", "experiments", *self.arguments()]

    def environment(self) -> dict[str, str]:
        fixed = {"PYTHONPATH": str(self.root), "MPLBACKEND": "Agg"}
        return os.environ | fixed | self.variables

    def files(self) -> dict[Path, str]:
        """Return file -> SHA-256 of all that a call leaves."""
        places = ("artifacts", "paper/tables", "paper/figures")
        paths = [path for place in places for path in (self.root / place).rglob("*")]
        inside = {path.relative_to(self.root): path for path in paths if path.is_file()}
        return {name: sha256(p) for name, p in inside.items() if ASIDE.isdisjoint(name.parts)}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[dict[Path, str]]:
    """Return what two calls leave, in different folders and surroundings."""
    here = Variant(tmp_path_factory.mktemp("here") / "suite", 1, HERE)
    there = Variant(tmp_path_factory.mktemp("there") / "a longer name", 2, THERE)
    with ThreadPoolExecutor() as pool:
        for status, said in pool.map(Suite.call, (here, there)):
            assert status == 0, said
    return [here.files(), there.files()]


def test_two_calls_leave_the_same_files(made: list[dict[Path, str]]) -> None:
    first, second = made
    assert set(first) == set(second)
    names = {path.name for path in first}
    assert {"main.csv", "budget.csv", "table2.tex", "weights.safetensors", "result.json"} <= names


def test_they_differ_in_times_and_what_is_made_from_times_alone(
    made: list[dict[Path, str]],
) -> None:
    first, second = made
    different = {path for path in first if first[path] != second[path]}
    assert different
    for path in different:
        assert path.name in TIMES | DRAWN or not CHECKSUMS.isdisjoint(path.parts), path
    assert {path.name for path in different} >= TIMES & {path.name for path in first}
