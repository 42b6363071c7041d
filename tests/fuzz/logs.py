"""Workspaces of a stranger's that the suite reads: run logs, manifests, a whole reference."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

from difsched.config import ConfigManager
from difsched.evaluation.fairness import LOSS_LEVELS
from difsched.utils.files import read_json, read_json_lines
from difsched.utils.seeding import rng
from experiments.runs.reference import Salvage
from experiments.runs.run import is_complete, prune, read_manifest
from experiments.user_scheduler.comparison import reference_runs
from tests.fuzz.engine import ROOT_SEED, Files, Surface, distort_value, encode

#: Run id -> file -> what it holds.
Runs = Mapping[str, Mapping[str, Any]]

SETTINGS = "0" * 64
GROUP = "main-reference-slice0"
RUN = "main-equal-slice0-s0"
EPISODES = 3
WINDOWS = 20 * EPISODES


def logs() -> list[Surface]:
    """Return all of them, each with small good files to damage."""
    return [_run(), _reference()]


def _record(run: str, files: Files) -> dict[str, Any]:
    sums = {name: hashlib.sha256(text).hexdigest() for name, text in files.items()}
    return {"run": run, "settings": SETTINGS, "files": sums}


def _pack(runs: Runs, record: Any = None, names: list[str] | None = None) -> Files:
    """Return the files of runs with a manifest; all checksums hold.

    ``record`` takes the place of every completion record, ``names`` of the runs in the manifest.
    """
    found: Files = {}
    listed = []
    for place, (run, values) in enumerate(runs.items()):
        texts = {name: encode(json.dumps(value) + "\n") for name, value in values.items()}
        whole = encode(json.dumps(_record(run, texts) if record is None else record))
        texts["complete.json"] = whole
        found |= {f"runs/{run}/{name}": text for name, text in texts.items()}
        digest = hashlib.sha256(whole).hexdigest()
        listed.append([run if names is None else names[place], digest])
    return {**found, f"manifests/{GROUP}.json": encode(json.dumps({"runs": listed}))}


def _run() -> Surface:
    plain = {
        "config.json": {"method": "equal", "family": "slice", "config": 0, "seed": 0},
        "result.json": {"loss": 0.25, "loss_by_episode": [0.25, 0.25], "information": "predicted"},
        "cost.json": {"fit_cpu_seconds": 0.1},
        "metrics.jsonl": {"amount": 1, "loss": 0.3, "windows": 200, "losses": {"q": 1.0}},
    }
    good = _pack({RUN: plain})

    def read(folder: Path) -> None:
        manifest = folder / "manifests" / f"{GROUP}.json"
        is_complete(folder / "runs" / RUN, SETTINGS)
        try:
            for run in read_manifest(manifest):
                assert run.parent == folder / "runs"
                for name in ("config.json", "result.json", "cost.json"):
                    read_json(run / name)
                read_json_lines(run / "metrics.jsonl")
        finally:
            prune(folder)

    def distort(random: Random) -> Files:
        kind = random.randrange(3)
        if kind == 0:
            name = random.choice(sorted(plain))
            return _pack({RUN: {**plain, name: distort_value(plain[name], random)}})
        if kind == 1:
            record = json.loads(good[f"runs/{RUN}/complete.json"])
            return _pack({RUN: plain}, record=distort_value(record, random))
        name = random.choice(("..", "../x", "", ".", "/dev", "a\nb", "x" * 300))
        return _pack({RUN: plain}, names=[name])

    return Surface("run logs and manifests", good, read, distort)


def _reference() -> Surface:
    """Return a workspace that an own scheduler is compared with."""
    config = ConfigManager().load_env_config(0)
    spec = {"profile": {"groups": {"reference": ["equal", "oracle_predicted"]}, "configs": [0]}}
    runs: dict[str, dict[str, Any]] = {}
    for method, loss in (("equal", 0.4), ("oracle_predicted", 0.2)):
        around = rng(ROOT_SEED, "fuzz", method).normal(loss, 0.01, EPISODES)
        runs[f"main-{method}-slice0-s0"] = {
            "config.json": {
                **{
                    "method": method,
                    "family": "slice",
                    "config": 0,
                    "seed": 0,
                    "n_windows": WINDOWS,
                },
                "environment": config.to_dict(),
            },
            "result.json": {
                **{"information": "predicted", "loss": float(around.mean())},
                **{"qos_met": 0.3, "starved": 0.2, "jain": 0.9},
                "loss_by_episode": around.tolist(),
                "starved_by_episode": [0.2] * EPISODES,
                "jain_by_episode": [0.9] * EPISODES,
                "user_loss": (LOSS_LEVELS**loss).tolist(),
                "user_loss_error": [0.001] * len(LOSS_LEVELS),
            },
        }
    good = {"spec.json": encode(json.dumps(spec)), **_pack(runs)}

    def read(folder: Path) -> None:
        reference_runs(Salvage(folder), 0, config, WINDOWS)

    def distort(random: Random) -> Files:
        if random.random() < 0.2:
            return {**good, "spec.json": encode(json.dumps(distort_value(spec, random)))}
        run = random.choice(sorted(runs))
        name = random.choice(sorted(runs[run]))
        changed = {**runs[run], name: distort_value(runs[run][name], random)}
        return {**good, **_pack({**runs, run: changed})}

    return Surface("reference workspace", good, read, distort)
