"""The published models, made of runs' weights: ``./run_all.sh models``.

What is there and right is left as it is. A model that is missing is taken from the last full run,
or from another workspace (``--from``), where its weights are those that the reference has on
record; else its run is made again, in a workspace of its own, from which an interrupted call goes
on.
"""

import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from difsched.errors import InputError
from difsched.published import Card, models_folder, read_card
from difsched.run_ids import family_of
from difsched.utils.files import atomic, check_output, write_json
from difsched.utils.terminal import OneLineParser
from experiments.aggregate.query import Aggregates
from experiments.claims.models import card_of, is_of, models
from experiments.claims.rerun import make
from experiments.claims.weights import rewrite
from experiments.paths import FULL, LOGS, REFERENCE, WORK, Layout, shown
from experiments.phrases import counted, duration
from experiments.runs.run import WEIGHTS
from experiments.runs.workspace import Workspace

#: Where runs are made again.
PLACE = WORK / "models"


def main(argv: list[str]) -> int:
    """Make the models that are missing, or some; return the exit status.

    Raises
    ------
    InputError
        If a name is none of a model, or a run that was made again has other weights.
    """
    parser = OneLineParser(
        prog="./run_all.sh models",
        description="Make the published models that are missing, from the weights of runs.",
    )
    parser.add_argument("name", nargs="*", metavar="MODEL", help="such as dql_set-slice3")
    parser.add_argument(
        "--from",
        dest="places",
        action="append",
        type=Path,
        default=[],
        metavar="DIR",
        help="another workspace with weights, such as a finished artifacts/work/full-builtin",
    )
    options = parser.parse_args(argv)
    check_output("folder", models_folder(), "folder")
    write_models(options.name, [FULL, *options.places])
    return 0


def write_models(only: Sequence[str] = (), places: Sequence[Path] = (FULL,)) -> None:
    """Make the models that are missing or not those of the reference; see `main`."""
    wanted = models()
    for name in only:
        if name not in wanted:
            raise InputError(f"model {name!r}: must be one of {', '.join(wanted)}")
    aggregates = Aggregates(REFERENCE / "aggregates")
    made = 0
    for name in only or wanted:
        started = time.monotonic()
        if (how := _write(name, wanted[name], places, aggregates)) is not None:
            made += 1
            taken = duration(time.monotonic() - started)
            print(f"  {name:<20} {how} ({taken})", flush=True)
    print(f"{counted(made, 'model')} made, {len(wanted)} in all in {shown(models_folder())}")


def _write(name: str, run: Path, places: Sequence[Path], aggregates: Aggregates) -> str | None:
    """Make a model; return how, None where it is there and right."""
    target = models_folder() / f"{name}.safetensors"
    if target.is_file() and is_of(target, run):
        how = None
    else:
        source, how = _source(run, places)
        _publish(source, run, target)
    card = card_of(run, target, aggregates)
    if how is None and _card(name) == card:
        return None
    write_json(target.with_suffix(".json"), card.to_dict())
    return how or "its card alone"


def _card(name: str) -> Card | None:
    try:
        return read_card(name)
    except InputError:
        return None


def _source(run: Path, places: Sequence[Path]) -> tuple[Path, str]:
    """Return a file with a run's weights, and in words how it came to be."""
    for place in places:
        weights = Layout(place).run_path(run.name) / WEIGHTS
        if weights.is_file() and is_of(weights, run):
            return weights, f"from {shown(place)}"
    if not Layout(PLACE).spec_path.is_file():
        PLACE.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(Layout(LOGS).spec_path, Layout(PLACE).spec_path)
    weights = make(Workspace(PLACE), run.name) / WEIGHTS
    if not is_of(weights, run):
        raise InputError(
            f"{shown(weights)}: made again, and other weights than {run.name} has on record: "
            "another processor rounds otherwise, and publishes no models of this reference"
        )
    return weights, "its run made again"


def _publish(source: Path, run: Path, target: Path) -> None:
    """Copy weights; where today's reader takes them, with the bytes that are on record."""
    with atomic(target) as temporary:
        shutil.copyfile(source, temporary)
        if family_of(run.name) != "slice":
            rewrite(source, run, temporary)
