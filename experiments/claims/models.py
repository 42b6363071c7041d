"""The published models, held against the runs of the reference whose weights they are."""

from collections.abc import Iterator
from pathlib import Path

from difsched.errors import InputError
from difsched.family import family_named
from difsched.published import Card, model_name, model_weights, names, read_card
from difsched.run_ids import main_run
from difsched.utils.files import read_json, refusing, sha256
from experiments.aggregate.query import Aggregates
from experiments.claims.weights import same_weights
from experiments.paths import LOGS, Layout
from experiments.runs.run import RECORD, WEIGHTS, is_complete

#: Whose weights are published: ours, and the two rivals on the same networks that decide at once.
METHODS = ("dql_set", "det_set", "flow_set")
SEED = 0


def models(logs: Path = LOGS) -> dict[str, Path]:
    """Return the name of every model that logs are to have -> the folder of its run."""
    return {name: path for name, path in _runs(Layout(logs)) if path.is_dir()}


def _runs(layout: Layout) -> Iterator[tuple[str, Path]]:
    for card in sorted(layout.datasets_folder.glob("*.json")):
        about = read_json(card)
        for method in METHODS:
            family, config = about["family"], about["config"]
            run = layout.run_path(main_run(method, family, config, SEED))
            yield model_name(method, family, config), run


def card_of(run: Path, weights: Path, aggregates: Aggregates) -> Card:
    """Return the card of a model.

    Parameters
    ----------
    run : Path
        Folder of the run, in the reference.
    weights : Path
        The model's file.
    aggregates : Aggregates
        Made of the reference, for the score.

    Raises
    ------
    InputError
        If the run is not whole.
    """
    if not is_complete(run):
        raise InputError(f"{run} is incomplete, or a file of it was changed")
    record, settings = read_json(run / RECORD), read_json(run / "config.json")
    with refusing(run, "a run"):
        family = family_named(settings["family"])
        config = family.parse(settings["environment"])
        file = "main.csv" if family.name == "slice" else f"{family.name}_main.csv"
        table = aggregates.table(file)
        (row,) = table[table["run"] == run.name].to_dict("records")
        return Card(
            run=run.name,
            method=settings["method"],
            family=family.name,
            config=settings["config"],
            configuration=family.name_of(settings["config"]),
            seed=settings["seed"],
            entities=family.entities(config),
            parameters=read_json(run / "cost.json")["parameters"],
            loss=read_json(run / "result.json")["loss"],
            score=None if row["score"] != row["score"] else row["score"],
            windows=settings["n_windows"],
            environment=settings["environment"],
            settings=settings["settings"],
            data=settings["inputs"],
            weights=sha256(weights),
            recorded=record["omitted"][WEIGHTS],
            code=record["code"],
            revision=record["revision"],
        )


def is_of(weights: Path, run: Path) -> bool:
    """Return whether a file holds the weights that a run of the reference has on record."""
    return same_weights(weights, run, read_json(run / RECORD)["omitted"][WEIGHTS])


def faults(aggregates: Aggregates, logs: Path = LOGS) -> dict[str, str]:
    """Return the published models that are not those of the reference, each with what is wrong."""
    found, wanted = {}, models(logs)
    for name in names():
        try:
            fault = _fault(name, wanted.get(name), aggregates)
        except InputError as error:
            fault = str(error)
        if fault is not None:
            found[name] = fault
    return found


def missing(logs: Path = LOGS) -> list[str]:
    """Return the names of the models that are not published yet."""
    return [name for name in models(logs) if name not in names()]


def _fault(name: str, run: Path | None, aggregates: Aggregates) -> str | None:
    if run is None:
        return "is of no run of the reference"
    weights = model_weights(name)
    if not is_of(weights, run):
        return f"holds other weights than {run.name} has on record"
    if card_of(run, weights, aggregates) != read_card(name):
        return "has a card that says other things than its run"
    return None
