"""A copy of the suite with a tiny profile, which `bench chaos` starts, disturbs and compares."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from difsched.utils.files import sha256
from experiments.cluster.compare import TIMES
from experiments.paths import ROOT
from experiments.workflow.lock import end_group

PARTS = ("difsched", "baselines", "experiments", "paper", "snakemake_logger_plugin_difsched")
FILES = ("run_all.sh", "requirements.lock", "artifacts/claims.yml")
MADE = shutil.ignore_patterns("__pycache__", "tables", "figures")
TARGETS = ("table2",)
#: One configuration, a scheduler without training, a learner with a handful of steps.
PROFILE = """# a suite of seconds, for the chaos test
note: "Chaos profile: no results."
configs: [0]
methods: {only: [equal, oracle, bc], seeds: [0], jobs: each}
datasets: {n_windows: 400}
main:
  evaluation: {n_windows: 40}
  offline: {gradient_steps: 3, curve_points: 1}
sweeps:
  budget: {configs: [0], methods: [equal, oracle], rbs_per_user: [10], n_windows: 40}
  scaling: {configs: [0], methods: [equal, oracle], users: [8], n_windows: 40}
studies: {}
multimodal:
  seeds: [0]
  mixtures: {gradient_steps: 1, batch_size: 8}
  ties: {configs: [0], gradient_steps: 1, batch_size: 8}
expected_seconds: {}
"""
#: What must not depend on anything that happens.
RESULTS = (
    *("artifacts/aggregates/*/*.csv", "paper/tables/*.tex"),
    *("artifacts/work/*/runs/*/result.json", "artifacts/work/*/runs/*/weights.*"),
)
#: Layers that a round may take away, so that the next call has something to do: its jobs then, and
#: the files.
LAYERS: dict[str, tuple[int, tuple[str, ...]]] = {
    "everything": (7, ("artifacts/work/*", "artifacts/aggregates/*", "paper/tables/*")),
    "runs": (4, ("artifacts/work/*/runs/main-*", "artifacts/work/*/manifests/*")),
    "learned": (3, ("artifacts/work/*/runs/main-bc-*", "artifacts/work/*/manifests/main-bc-*")),
    "tables": (2, ("artifacts/aggregates/*/*", "paper/tables/*")),
}
PATIENCE = 3600.0


class Call:
    """A running call of the suite.

    Parameters
    ----------
    suite : Suite
    before : sequence of str
        Words before the command, such as ``setpriv ...``.
    limit : callable, optional
        Runs in the new process before the command.
    """

    def __init__(
        self, suite: "Suite", before: Sequence[str] = (), limit: Callable[[], None] | None = None
    ) -> None:
        self.suite = suite
        suite.calls.append(self)
        self.path = suite.root / f"call{len(suite.calls)}.txt"
        with self.path.open("wb") as output:
            self.process = subprocess.Popen(
                [*before, *suite.command()],
                cwd=suite.root,
                env=suite.environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=limit,
            )

    def said(self) -> str:
        """Return what it has printed so far."""
        return self.path.read_text(encoding="utf-8", errors="replace")

    def finished(self) -> int:
        """Return how many jobs have finished so far."""
        return sum(line.startswith("[") for line in self.said().splitlines())

    def until(self, holds: Callable[[], bool]) -> bool:
        """Wait until something holds; return whether it did before the call ended."""
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < deadline:
            if holds():
                return True
            time.sleep(0.02)
        return False

    def wait(self) -> int:
        """Return the exit status; a call that hangs is killed, and its status tells so."""
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill_all()
            return self.process.wait()

    def group(self) -> int:
        """Return the process, and process group, of its Snakemake; 0 while there is none."""
        for process, parent, words in _processes():
            if parent == self.process.pid and "-m snakemake" in words:
                return process
        return 0

    def workers(self) -> list[int]:
        """Return the processes of its jobs."""
        job = f"-m experiments.workflow.job --folder {self.suite.work}"
        return [process for process, _, words in _processes() if job in words]

    def kill_all(self) -> None:
        """Kill the call and everything that it started."""
        end_group(self.group(), signal.SIGKILL)
        self.process.kill()


def _processes() -> list[tuple[int, int, str]]:
    """Return process, parent and command of all that runs."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    )
    rows = [line.split(None, 2) for line in listed.stdout.splitlines()]
    return [(int(row[0]), int(row[1]), row[2]) for row in rows if len(row) == 3]


class Suite:
    """The copy.

    Parameters
    ----------
    root : Path
        Its folder.
    jobs : int
        Jobs at a time.
    targets : sequence of str
        What its calls ask for.
    """

    def __init__(self, root: Path, jobs: int, targets: Sequence[str] = TARGETS) -> None:
        self.root, self.jobs, self.targets = root, jobs, targets
        self.work = root / "artifacts" / "work"
        self.calls: list[Call] = []
        (root / "artifacts").mkdir(parents=True, exist_ok=True)
        for part in PARTS:
            shutil.copytree(ROOT / part, root / part, symlinks=True, ignore=MADE)
        for file in FILES:
            shutil.copy(ROOT / file, root / file)
        profile = root / "experiments" / "profiles" / "chaos.yaml"
        profile.write_text(PROFILE, encoding="utf-8")

    def command(self) -> list[str]:
        """Return the command of a call."""
        return [str(self.root / "run_all.sh"), *self.arguments()]

    def arguments(self) -> list[str]:
        """Return the arguments of a call."""
        return [*self.targets, "--profile", "chaos", "--jobs", str(self.jobs)]

    def environment(self) -> dict[str, str]:
        """Return the environment of a call: this Python's packages."""
        return os.environ | {"VIRTUAL_ENV": sys.prefix}

    def call(
        self, before: Sequence[str] = (), limit: Callable[[], None] | None = None
    ) -> tuple[int, str]:
        """Make a call; return its exit status and what it printed."""
        call = Call(self, before, limit)
        return call.wait(), call.said()

    def stop(self) -> None:
        """Leave nothing running."""
        for call in self.calls:
            if call.process.poll() is None:
                call.kill_all()
                call.process.wait()

    def set_back(self, layer: str) -> None:
        """Take a layer away."""
        for pattern in LAYERS[layer][1]:
            for path in self.root.glob(pattern):
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def results(self) -> dict[str, str]:
        """Return file -> SHA-256 of ``RESULTS``."""
        paths = [path for pattern in RESULTS for path in self.root.glob(pattern)]
        return {
            str(path.relative_to(self.root)): sha256(path)
            for path in sorted(paths)
            if path.name not in TIMES
        }
