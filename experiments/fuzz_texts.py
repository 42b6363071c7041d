"""Texts of a stranger's that the suite reads: YAML, CSV, run logs, the command line."""

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

import yaml

from difsched.config import ConfigManager
from difsched.config.manager import PACKAGED
from difsched.env.slice.calibration import load_conditions
from difsched.env.slice.presets import TrafficPreset
from difsched.env.slice.traffic import load_traffic
from difsched.utils.files import read_json, read_json_lines
from difsched.utils.seeding import rng
from experiments import spec, studies
from experiments.arguments import parse
from experiments.fuzz import HOSTILE, ROOT_SEED, Files, Surface, distort_value, encode
from experiments.store import is_complete, prune, read_manifest
from experiments.targets import PRODUCTS

RUN = "main-equal-c0-s0"


def texts() -> list[Surface]:
    """Return all of them, each with small good files to damage."""
    return [*_configurations(), _csv(), _logs(), _command_line()]


def _configurations() -> list[Surface]:
    """Return a surface for each kind of YAML."""

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
        spec.PROFILES = folder
        try:
            spec.read_profile("smoke")
        finally:
            spec.PROFILES = own

    own, study_files = spec.PROFILES, studies.FOLDER

    def study(folder: Path) -> None:
        studies.FOLDER = folder
        try:
            studies.variants("ablation")
        finally:
            studies.FOLDER = study_files

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
        _yaml({"smoke.yaml": own / "smoke.yaml"}, profile),
        _yaml({"ablation.yaml": study_files / "ablation.yaml"}, study),
    ]


def _yaml(paths: Mapping[str, Path], read: Callable[[Path], Any]) -> Surface:
    files = {name: path.read_bytes() for name, path in paths.items()}

    def distort(random: Random) -> Files:
        name = random.choice(sorted(files))
        value = distort_value(yaml.safe_load(files[name]), random)
        return {**files, name: encode(yaml.safe_dump(value))}

    return Surface("configuration YAML", files, read, distort)


def _csv() -> Surface:
    counts = rng(ROOT_SEED, "fuzz", "csv").integers(0, 201, size=40)
    good = [["window", "packets", "packets_predicted"]]
    good += [[str(i), str(count), f"{count + 0.5}"] for i, count in enumerate(counts)]

    def join(rows: list[list[str]]) -> bytes:
        return encode("".join(",".join(row) + "\n" for row in rows))

    def distort(random: Random) -> Files:
        rows = [row.copy() for row in good]
        row = random.choice(rows if random.random() < 0.7 else rows[:1])
        place = random.randrange(len(row))
        kind = random.randrange(4)
        if kind == 0:
            del row[place]
        elif kind == 1:
            row.insert(place, row[place])
        else:
            row[place] = str(random.choice(HOSTILE))[:6000]
        return {**files, random.choice(sorted(files)): join(rows)}

    files = {f"x_{split}.csv": join(good) for split in ("train", "test")}
    return Surface("trace CSV", files, lambda folder: load_traffic("x", traces=folder), distort)


def _logs() -> Surface:
    plain = {
        "config.json": {"method": "equal", "config": 0, "seed": 0},
        "result.json": {"loss": 0.25, "loss_by_episode": [0.25, 0.25], "information": "predicted"},
        "cost.json": {"fit_cpu_seconds": 0.1},
        "metrics.jsonl": {"amount": 1, "loss": 0.3, "windows": 200, "losses": {"q": 1.0}},
    }

    def files(values: Mapping[str, Any], run: str = RUN, record: Any = None) -> Files:
        texts = {name: encode(json.dumps(value) + "\n") for name, value in values.items()}
        sums = {name: hashlib.sha256(text).hexdigest() for name, text in texts.items()}
        whole = {"run": RUN, "settings": "0" * 64, "files": sums} if record is None else record
        texts["complete.json"] = encode(json.dumps(whole))
        digest = hashlib.sha256(texts["complete.json"]).hexdigest()
        manifest = {"runs": [[run, digest]]}
        found = {f"runs/{RUN}/{name}": text for name, text in texts.items()}
        return {**found, "manifests/main-reference-c0.json": encode(json.dumps(manifest))}

    def read(folder: Path) -> None:
        manifest = folder / "manifests" / "main-reference-c0.json"
        is_complete(folder / "runs" / RUN, "0" * 64)
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
            return files({**plain, name: distort_value(plain[name], random)})
        record = json.loads(files(plain)[f"runs/{RUN}/complete.json"])
        if kind == 1:
            return files(plain, record=distort_value(record, random))
        return files(plain, run=random.choice(("..", "../x", "", ".", "/dev", "a\nb", "x" * 300)))

    return Surface("run logs and manifests", files(plain), read, distort)


def _command_line() -> Surface:
    words = (*PRODUCTS, "all", "list", "test", "bench", "oracle", "--profile", "smoke", "--jobs")
    words = (*words, "2", "--traces", ".", "--dry-run", "--help", "--profile=full", "--", "-j", "")

    def read(folder: Path) -> None:
        text = (folder / "argv").read_bytes().decode(errors="surrogateescape")
        with redirect_stdout(StringIO()):
            try:
                parse(text.split("\0")[:-1])
            except SystemExit as end:
                assert end.code == 0

    def distort(random: Random) -> Files:
        chosen: list[Any] = random.choices(words, k=random.randint(0, 5))
        if random.random() < 0.5:
            chosen.insert(random.randint(0, len(chosen)), str(random.choice(HOSTILE))[:6000])
        return {"argv": encode("".join(f"{word}\0" for word in chosen))}

    good = b"table2\0--profile\0smoke\0--jobs\0" + b"2\0--dry-run\0"
    return Surface("command line", {"argv": good}, read, distort)
