"""YAML of a stranger's that the suite reads: configurations, profiles, studies, claims."""

from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import yaml

from difsched.config import ConfigManager
from difsched.config.manager import PACKAGED
from difsched.env.slice.link.calibration import load_conditions
from difsched.env.slice.traffic.presets import TrafficPreset
from experiments.claims.check import check, load
from experiments.paths import PROFILES
from experiments.profiles import read
from experiments.profiles.checks import Usual, check_plan, check_study
from experiments.profiles.profile import Profile
from experiments.studies import FOLDER
from experiments.studies import variants as studies
from tests.fuzz.engine import Files, Surface, distort_value, encode

CLAIMS = """\
costs:
  ./run_all.sh table2: {minutes: 65, memory: 2000, disk: 200}
claims:
  - id: score
    statement: dql_set scores at least 95.
    command: ./run_all.sh table2
    paper: [sec:main, tab:table3]
    file: summary.csv
    select: {method: dql_set, config: [0, 1]}
    minus: {select: {method: equal, config: [0, 1]}}
    column: score
    per: [config]
    at_least: 95
    profile: any
"""
SUMMARY = """\
method,config,score
dql_set,0,97.5
dql_set,1,96.0
equal,0,0.0
equal,1,
"""


def texts() -> list[Surface]:
    """Return all of them, each with small good files to damage."""

    def room(name: str) -> Callable[[Path], Any]:
        def read(folder: Path) -> None:
            load = getattr(ConfigManager(folder), f"load_{name}_config")
            load(1)

        return read

    def model(name: str) -> Callable[[Path], Any]:
        return lambda folder: ConfigManager(folder).load_model_config(name)

    def training(name: str) -> Callable[[Path], Any]:
        return lambda folder: ConfigManager(folder).load_training_config(name)

    def profile(folder: Path) -> None:
        with patch.object(read, "PROFILES", folder):
            check_plan("smoke", read.read_profile("smoke"), ConfigManager())

    usual = Usual.of(Profile(configs=[0]), ConfigManager())

    def study(folder: Path) -> None:
        with patch.object(studies, "FOLDER", folder):
            check_study("ablation", [0], usual)

    rooms = ("env", "agent", "dataset", "experiment")
    readers: list[tuple[list[Path], Callable[[Path], Any]]] = [
        *(([PACKAGED / n / "default.yaml", PACKAGED / n / "matrix.yaml"], room(n)) for n in rooms),
        *(([PACKAGED / "models" / f"{n}.yaml"], model(n)) for n in ("dql_set", "sac")),
        *(([PACKAGED / "training" / f"{n}.yaml"], training(n)) for n in ("offline", "online")),
    ]
    found = [_yaml({str(p.relative_to(PACKAGED)): p for p in ps}, read) for ps, read in readers]
    return [
        *found,
        _yaml(
            {"t.yaml": PACKAGED / "traffic" / "thumb_fr.yaml"},
            lambda folder: TrafficPreset.from_yaml(folder / "t.yaml"),
        ),
        _yaml(
            {"l.yaml": PACKAGED / "link" / "default.yaml"},
            lambda folder: load_conditions(folder / "l.yaml"),
        ),
        _yaml({"smoke.yaml": PROFILES / "smoke.yaml"}, profile),
        _yaml({"ablation.yaml": FOLDER / "ablation.yaml"}, study),
        _claims(),
    ]


def _yaml(paths: Mapping[str, Path], read: Callable[[Path], Any]) -> Surface:
    files = {name: path.read_bytes() for name, path in paths.items()}
    return _surface("configuration YAML", files, read)


def _claims() -> Surface:
    files = {
        "claims.yml": encode(CLAIMS),
        "summary.csv": encode(SUMMARY),
        "spec.json": b'{"profile": {}}',
    }

    def read(folder: Path) -> None:
        check(load(folder / "claims.yml"), folder, folder, reference=folder)

    return _surface("claims and aggregates", files, read)


def _surface(name: str, files: Files, read: Callable[[Path], Any]) -> Surface:
    """Return files as a surface: one of those that are YAML has another value somewhere."""

    def distort(random: Random) -> Files:
        path = random.choice([path for path in sorted(files) if path.endswith(("yaml", "yml"))])
        value = distort_value(yaml.safe_load(files[path]), random)
        return {**files, path: encode(yaml.safe_dump(value))}

    return Surface(name, files, read, distort)
