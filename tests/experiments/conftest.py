"""A copy of the suite in which every stage only sleeps and writes its files."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from experiments.products import PRODUCTS

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("difsched", "baselines", "experiments", "snakemake_logger_plugin_difsched")
STAGES = (
    *("traffic", "sub_agents", "dataset", "train", "sweep", "study"),
    *("transfer", "multimodal"),
)
#: Folder -> modules that are replaced by the fake stage.
FAKED = {
    "experiments/stages": STAGES,
    "experiments/aggregate": ("tables",),
    **{
        room.replace(".", "/"): tuple(n for n, one in PRODUCTS.items() if one.room == room)
        for room in {one.room for one in PRODUCTS.values()}
    },
}

FAKE_STAGE = """
import argparse, os, sys, time
from pathlib import Path
from experiments.paths import Layout
from experiments.products import PRODUCTS, tables_of
parser = argparse.ArgumentParser()
inputs = ("workspace", "dataflow", "agent", "family", "config", "group", "sweep", "study")
for name in (*inputs, "variant", "part", "out", "aggregates"):
    parser.add_argument("--" + name, default="")
args = parser.parse_args()
stage, space = Path(sys.argv[0]).stem, Path(args.workspace)
made = Layout(space)
files = {
    "traffic": [made.traffic_path(args.dataflow)],
    "sub_agents": [made.agent_path(args.agent)],
    "dataset": [path(args.family, args.config) for path in (made.dataset_path, made.card_path)],
    "train": [made.manifest_path(args.group, args.family, args.config)],
    "sweep": [made.sweep_path(args.sweep)],
    "study": [made.study_path(args.study, args.variant)],
    "transfer": [made.transfer_path(args.family, args.config)],
    "multimodal": [made.multimodal_path],
    "tables": [Path(args.out) / f"{name}.csv" for name in tables_of(args.part)],
}
files |= {name: [Path(file) for file in product.files] for name, product in PRODUCTS.items()}
files = files[stage]
print("working in", space.name, flush=True)
if os.environ.get("FAKE_FAILS") == stage:
    sys.exit("the stage broke here")
time.sleep(float(os.environ.get("FAKE_SECONDS", "0")))
for file in files:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(space.name)
"""

FAKE_STORE = """
RECORD = "complete.json"
def prune(workspace):
    return []
def named(manifest):
    return []
"""

TINY = """# one config
configs: [0]
methods: {only: [equal, bc], seeds: [0], jobs: each}
studies: {truth: {configs: [0], seeds: [0], only: [det_set]}}
main: {evaluation: {n_windows: 40}}
multimodal:
  seeds: [0]
  mixtures: {gradient_steps: 1, batch_size: 1}
  ties: {configs: [0], gradient_steps: 1, batch_size: 1}
sweeps:
  budget: {configs: [0], methods: [equal], rbs_per_user: [5], n_windows: 40}
  scaling: {configs: [0], methods: [equal], users: [8], n_windows: 40}
expected_seconds: {traffic: 1, main_bc: 2}
"""


@dataclass(frozen=True)
class Tree:
    """A copy of the suite."""

    root: Path

    def environment(self, **more: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "CONDA_PREFIX")}
        path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
        return kept | {"PATH": path, "PYTHONPATH": str(self.root)} | more

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-P", "-m", "experiments", *arguments]

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run the command in this Python."""
        return self._run(self.command(*arguments), more)

    def run_all(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run ``run_all.sh``, which has no environment here."""
        return self._run([str(self.root / "run_all.sh"), *arguments], more)

    def _run(self, command: list[str], more: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.root.parent,
            env=self.environment(**more),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def files(self) -> dict[str, int]:
        """Return every file with its time of change, byte code aside."""
        paths = [path for path in self.root.rglob("*") if "__pycache__" not in path.parts]
        return {str(p.relative_to(self.root)): p.lstat().st_mtime_ns for p in paths if p.is_file()}


@pytest.fixture(scope="session")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Tree]:
    """Return a function that makes a fresh copy."""

    def make() -> Tree:
        root = tmp_path_factory.mktemp("tree") / "a folder {with} 'odd' signs"
        root.mkdir()
        shutil.copy(ROOT / "run_all.sh", root)
        shutil.copy(ROOT / "requirements.lock", root)
        for part in PARTS:
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / part, root / part, symlinks=True, ignore=ignored)
        (root / "paper").mkdir(exist_ok=True)
        shutil.copy(ROOT / "paper" / "main.tex", root / "paper")
        (root / "artifacts").mkdir()
        shutil.copy(ROOT / "artifacts" / "claims.yml", root / "artifacts")
        for folder, names in FAKED.items():
            (root / folder).mkdir(parents=True, exist_ok=True)
            for name in names:
                (root / folder / f"{name}.py").write_text(FAKE_STAGE)
        (root / "experiments" / "runs" / "run.py").write_text(FAKE_STORE)
        (root / "experiments" / "profiles" / "tiny.yaml").write_text(TINY)
        return Tree(root)

    return make
