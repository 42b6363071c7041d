"""Rows of the datasets, from their cards, with what no learning reaches on their configurations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from difsched.baselines.references import reference_methods
from difsched.baselines.registry import methods
from difsched.config import EnvironmentConfig
from experiments.aggregate.records import read_record
from experiments.aggregate.results import Run, read_run
from experiments.aggregate.rows import Bounds, DatasetRow, FamilyDatasetRow
from experiments.products import BOUNDS, bounding
from experiments.runs.workspace import Workspace


@dataclass(frozen=True)
class Slice:
    """What a card says of its slice."""

    N_user: int
    B: int
    dataflow: str
    sigmoid_k_list: tuple[float, ...]


@dataclass(frozen=True)
class Card:
    """What the card of a slice's dataset says, with the mean losses of its parts by policy."""

    family: str
    config: int
    environment: Slice
    windows: int
    demand_mean: float
    kappa: float
    loss: Mapping[str, float]
    behaviour_loss: float
    traffic: str
    sha256: str


def dataset_row(path: Path) -> DatasetRow:
    """Return the row of ``datasets.csv`` on the dataset with this card, without ``BOUNDS``."""
    card = read_record(Card, path)
    return DatasetRow(
        family=card.family,
        config=card.config,
        N_user=card.environment.N_user,
        B=card.environment.B,
        dataflow=card.environment.dataflow,
        traffic=card.traffic,
        channel_classes=len(card.environment.sigmoid_k_list),
        windows=card.windows,
        demand_mean=card.demand_mean,
        kappa=card.kappa,
        loss_sub_agents=card.loss.get("sub_agents"),
        loss_random=card.loss.get("random"),
        loss_behaviour=card.behaviour_loss,
        bounds=Bounds(),
        sha256=card.sha256,
    )


@dataclass(frozen=True)
class Recipe:
    """What a card says of how its data were collected."""

    behaviour: str


@dataclass(frozen=True)
class FamilyCard:
    """What the card of a dataset of any family says."""

    dataset: Recipe
    windows: int
    episode_length: int
    behaviour_loss: float
    sha256: str


def family_dataset_rows(
    workspace: Workspace, family: str, runs: Sequence[Run]
) -> list[FamilyDatasetRow]:
    """Return the datasets of a further family, each with what a score of 0 and of 100 stands for.

    Parameters
    ----------
    workspace : Workspace
    family : str
        Its name.
    runs : sequence of Run
        Of its main matrix.
    """
    known, problems = methods(family), workspace.problems(family)
    losses = {
        (run.key.method, run.key.config): run.result.means["loss"] for run in runs if run.result
    }
    rows = []
    for index in workspace.profile.part(family).configs:
        card = read_record(FamilyCard, workspace.card_path(family, problems.dataset(index)))
        references = problems.family.references(problems.config(index))
        seen = getattr(problems.config(index), "information", None)
        zero, hundred = (one.name for one in reference_methods(references, known, seen))
        rows.append(
            FamilyDatasetRow(
                family=family,
                config=index,
                name=problems.family.name_of(index),
                entities=problems.family.entities(problems.config(index)),
                windows=card.windows,
                episode_length=card.episode_length,
                behaviour=card.dataset.behaviour,
                loss_behaviour=card.behaviour_loss,
                zero=zero,
                loss_zero=losses.get((zero, index)),
                hundred=hundred,
                loss_hundred=losses.get((hundred, index)),
                certified=references.certified,
                sha256=card.sha256,
            )
        )
    return rows


def dataset_rows(workspace: Workspace) -> list[DatasetRow]:
    """Return the datasets, each with the losses of ``BOUNDS`` on the slice that it is for."""
    profile, problems = workspace.profile, workspace.problems(EnvironmentConfig.family)
    rows = []
    for index in profile.configs:
        number = problems.dataset(index)
        card = dataset_row(workspace.card_path(EnvironmentConfig.family, number))
        runs = [
            read_run(folder)
            for group in bounding(profile.groups)
            for folder in workspace.runs(
                workspace.manifest_path(group, EnvironmentConfig.family, index)
            )
        ]
        losses = {run.key.method: run.result.means["loss"] for run in runs if run.result}
        bounds = Bounds(**{name: losses.get(method) for name, method in BOUNDS.items()})
        rows.append(replace(card, bounds=bounds))
    return rows
