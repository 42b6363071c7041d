"""One run of the committed reference, made again from nothing: ``./run_all.sh check dql_set 0 0``.

Traffic, sub-agents, dataset, training and evaluation are made in a folder of their own; then result
and weights are compared with the committed checksums, byte by byte. ``./run_all.sh check`` alone
does so for one run of each kind.
"""

import math
import shutil
import tempfile
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sacred.host_info import get_host_info

from difsched.baselines.offline import LEARNERS
from difsched.baselines.registry import find
from difsched.errors import InputError
from difsched.run_ids import dataset_run, experiment_of, family_and_number, main_run
from difsched.utils.files import read_json, refusing, sha256
from difsched.utils.terminal import OneLineParser
from experiments.aggregate.records import read_record
from experiments.aggregate.results import Made
from experiments.claims.weights import same_weights
from experiments.paths import LOGS, Layout, shown
from experiments.phrases import duration
from experiments.products import SWEEPS
from experiments.runs.run import RECORD, WEIGHTS, checksums, is_complete
from experiments.runs.workspace import Workspace
from experiments.stages import multimodal, study, sweep, train, transfer
from experiments.stages.prepare import collect, prepare
from experiments.stages.trained import trainings
from experiments.studies import variants

#: One run of each kind: what plans, what is fitted, what is trained and how, what only evaluates.
KINDS = (
    "dataset-slice0",
    "main-mdp-slice0-s0",
    "main-oracle-slice0-s0",
    "main-estimate_then_optimize-slice0-s0",
    "main-bc-slice0-s0",
    "main-sac-slice0-s0",
    "main-dql_set-slice0-s0",
    "budget-slice0",
    "ablation-bc_only-dql_set-slice0-s0",
    "multimodal-mixtures-s0",
    "dataset-alloc2",
    "main-oracle-alloc2-s0",
    "main-det_set-alloc2-s0",
    "alloc_robustness-stochastic-stochastic-alloc6-s0",
    "dataset-mec3",
    "main-optimum-mec3-s0",
    "main-ppo_shared-mec3-s0",
    "mec_proposals-det_set-det_set-mec3-s0",
    "dataset-mlb1",
    "main-one_step-mlb1-s0",
    "main-gaussian_set-mlb1-s0",
    "mlb_augmentation-user_cf-det_set_cf-mlb1-s0",
)
#: What is compared of a run's folder.
COMPARED = ("result.json", WEIGHTS)
#: Libraries of linear algebra add in another order on another processor: so many digits of a number
#: that nothing was trained for are the same.
DIGITS = 9
#: Another processor rounds otherwise, and a training then takes another way: losses that are no
#: further apart say the same.
TOLERANCE = 0.005
#: Packets by which forecasts of the same traffic differ at most from processor to processor. Not
#: every processor has a name of its own: these tell that two of one name round otherwise.
FORECASTS = 1e-6
#: The part of a card that a network was trained for: how states that it makes up look.
TRAINED = "states"
#: And the checksum of its arrays.
DIGEST = "sha256"
SAME, CLOSE, OTHER = "bitwise equal", "equal but for rounding", "DIFFERENT"


@dataclass(frozen=True)
class Outcome:
    """How a run that was made again compares with the committed one.

    Attributes
    ----------
    verdict : str
        ``SAME``, ``CLOSE`` or ``OTHER``.
    text : str
        What was compared, or what differs.
    """

    verdict: str
    text: str


def main(argv: list[str]) -> int:
    """Make runs again and compare them; return 0 if all agree, else 1."""
    parser = OneLineParser(
        prog="./run_all.sh check",
        description="Make one run of the committed reference again, from nothing, and compare "
        "result and weights; without a run, one of each kind.",
        epilog="exit status: 0 all agree, 1 one differs, 2 wrong argument",
    )
    parser.add_argument(
        "run",
        nargs="*",
        metavar="METHOD CONFIG SEED",
        help="such as dql_set 0 0, or of another family dql_set alloc0 0; or a run's id, such as "
        "ablation-base-dql_set-slice0-s0",
    )
    words = parser.parse_args(argv).run
    runs = [_run_id(words)] if words else list(KINDS)
    verdicts = []
    with tempfile.TemporaryDirectory(prefix="difsched-check-") as temporary:
        shutil.copyfile(Layout(LOGS).spec_path, Layout(Path(temporary)).spec_path)
        workspace = Workspace(Path(temporary))
        for run in runs:
            started = time.monotonic()
            outcome = compare(make(workspace, run), Layout(LOGS).run_path(run))
            verdicts.append(outcome.verdict)
            taken = duration(time.monotonic() - started)
            print(f"  {run}: {outcome.verdict} ({outcome.text}; {taken})", flush=True)
    same = verdicts.count(SAME)
    print(f"{same} of {len(runs)} bitwise equal to {shown(LOGS)}")
    return 1 if OTHER in verdicts else 0


def _run_id(words: Sequence[str]) -> str:
    """Return the id of the run that was asked for.

    Raises
    ------
    InputError
        If the reference has no such run, or its log is not whole.
    """
    run = words[0]
    if len(words) == 3:
        family, config = family_and_number(words[1])
        run = main_run(find(words[0], family).name, family, config, words[2])
    elif len(words) != 1:
        raise InputError(f"check {' '.join(words)}: must be METHOD CONFIG SEED, or the id of a run")
    known = [path.name for path in sorted(Layout(LOGS).runs_folder.glob("*"))]
    known += _datasets()
    if run not in known:
        near = ", ".join(get_close_matches(run, known, n=3)) or ", ".join(KINDS)
        raise InputError(f"check {run!r}: the reference has no such run; it has {near}, ...")
    return run


def make(workspace: Workspace, run: str) -> Path:
    """Make a run of the reference in a workspace, and all that it needs; return its folder."""
    if run in _datasets():
        collect(workspace, *_datasets()[run])
        return workspace.run_path(run)
    path = Layout(LOGS).run_path(run) / "config.json"
    config = read_json(path)
    with refusing(path, "the configuration of a run"):
        return _make(workspace, experiment_of(run), config)


def _make(workspace: Workspace, kind: str, config: Mapping[str, Any]) -> Path:
    seed = config["seed"]
    if kind == "multimodal":
        return multimodal.run_one(workspace, config["study"], seed)
    family, index = config["family"], config["config"]
    prepare(workspace, family, index)
    if kind == "main":
        collect(workspace, family, workspace.problems(family).dataset(index))
        return train.run_one(workspace, config["method"], family, index, seed)
    if kind in SWEEPS:
        options = workspace.profile.sweeps[kind]
        if wanted := getattr(options, "learned", ()):
            _train(workspace, family, index, wanted)
        return sweep.run_one(workspace, kind, index, options)
    if kind == "transfer":
        collect(workspace, family, index)
        _train(workspace, family, config["trained"], LEARNERS)
        return transfer.run_one(workspace, config["trained"], index)
    variant = variants.variants(kind)[config["variant"]]
    setting = study.Setting(workspace, variant, index, family)
    return study.run_one(kind, setting, config["method"], seed)


def _train(workspace: Workspace, family: str, index: int, methods: Collection[str]) -> None:
    """Make the main runs on a configuration whose weights are tested elsewhere."""
    collect(workspace, family, workspace.problems(family).dataset(index))
    for method, seed in trainings(workspace.profile, index, methods):
        train.run_one(workspace, method, family, index, seed)


def _datasets() -> dict[str, tuple[str, int]]:
    """Return the run of each dataset whose card is committed -> its family and number."""
    cards = map(read_json, Layout(LOGS).datasets_folder.glob("*.json"))
    numbers = sorted((card["family"], int(card["config"])) for card in cards)
    return {dataset_run(*number): number for number in numbers}


def compare(made: Path, committed: Path) -> Outcome:
    """Compare a run that was made again with the committed one.

    Parameters
    ----------
    made, committed : Path
        Folders of the run; a dataset has none among the committed ones, but a card.

    Raises
    ------
    InputError
        If the committed log is not whole.
    """
    if made.name in _datasets():
        return _compare_card(made)
    if not is_complete(committed):
        raise InputError(f"{shown(committed)} is incomplete, or a file of it was changed")
    record = read_json(committed / RECORD)
    sums = checksums(record)
    files = [name for name in COMPARED if name in sums]
    different = [name for name in files if not _same(made / name, committed, sums[name])]
    if not different:
        return Outcome(SAME, " and ".join(files))
    here, there = (read_record(Made, folder / "run.json") for folder in (made, committed))
    inputs = read_json(committed / "config.json").get("inputs", {})
    text = f"{', '.join(different)} differ; figure {_figure(here)} against {_figure(there)}"
    if different == ["result.json"] and _rounded(made / "result.json", committed / "result.json"):
        return Outcome(CLOSE, f"{text}; every number to {DIGITS} digits")
    if here.result is None or there.result is None:
        return Outcome(OTHER, text)
    cpus = here.host.cpu, there.host.cpu
    reason = _elsewhere(*map(str, cpus)) if cpus[0] != cpus[1] else _rounding(made, inputs)
    if reason and abs(here.result - there.result) <= TOLERANCE:
        return Outcome(CLOSE, f"{text}; {reason}")
    return Outcome(OTHER, text)


def _figure(run: Made) -> str:
    """Return the figure of a run, which has none where its method cannot serve."""
    return "none" if run.result is None else f"{run.result:.6g}"


def _rounded(made: Path, committed: Path) -> bool:
    """Return whether two results are the same but for the last digits of their numbers."""
    return _alike(read_json(made), read_json(committed))


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=10.0**-DIGITS, abs_tol=10.0**-DIGITS)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_alike(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_alike, one, other))
    return bool(one == other)


def _same(path: Path, committed: Path, checksum: str) -> bool:
    """Return whether a file has the checksum of a committed run."""
    if path.suffix == ".safetensors":
        return same_weights(path, committed, checksum)
    return sha256(path) == checksum


def _compare_card(made: Path) -> Outcome:
    number = _datasets()[made.name]
    card = read_json(Layout(LOGS).card_path(*number))
    again = read_json(Layout(made.parents[1]).card_path(*number))
    different = sorted(name for name in card if card[name] != again.get(name))
    if not different:
        return Outcome(SAME, "every array, by the card's checksum")
    text = f"{', '.join(different)} of the card differ"
    here, there = get_host_info()["cpu"], _processors(*number)
    if different == [TRAINED] and here not in there:
        return Outcome(CLOSE, f"{text}, every array the same; {_elsewhere(here, ', '.join(there))}")
    reason = _rounding(made, {path.stem: sha256(path) for path in _traffic(LOGS)})
    if different == [DIGEST] and reason:
        return Outcome(CLOSE, f"{text}, every figure the same; {reason}")
    return Outcome(OTHER, text)


def _rounding(made: Path, inputs: Mapping[str, str]) -> str:
    """Return that traffic made here is the committed one but for rounding; empty if it is not so.

    Parameters
    ----------
    made : Path
        Folder of a run made here.
    inputs : mapping
        Name -> checksum of what the committed run read.
    """
    known = {path.stem: path for path in _traffic(LOGS)}
    here = _traffic(made.parents[1])
    other = [path for path in here if inputs.get(path.stem) not in (None, sha256(path))]
    if not other or not all(_near(path, known.get(path.stem)) for path in other):
        return ""
    return f"this processor rounds forecasts otherwise, by {FORECASTS:g} packets at most"


def _traffic(folder: Path) -> list[Path]:
    """Return the files of a workspace's traffic."""
    return sorted(Layout(folder).traffic_path("any").parent.glob("*.npz"))


def _near(made: Path, committed: Path | None) -> bool:
    """Return whether the arrays of two files differ by `FORECASTS` at most."""
    if committed is None:
        return False
    with (
        np.load(made, allow_pickle=False) as here,
        np.load(committed, allow_pickle=False) as there,
    ):
        return here.files == there.files and all(
            _within_rounding(here[name], there[name]) for name in here.files
        )


def _within_rounding(here: NDArray[Any], there: NDArray[Any]) -> bool:
    if here.shape != there.shape or here.dtype.kind != "f":
        return np.array_equal(here, there)
    return np.allclose(here, there, rtol=0, atol=FORECASTS)


def _elsewhere(here: str, there: str) -> str:
    return f"on {here}, the reference's were {there}"


def _processors(family: str, config: int) -> list[str]:
    """Return the processors that the committed runs on a configuration were made on."""
    runs = Layout(LOGS).runs_folder.glob(f"*-{family}{config}-*/run.json")
    return sorted({str(read_record(Made, path).host.cpu) for path in runs})
