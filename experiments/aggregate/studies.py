"""Rows of a study's CSV file: one a run, and one a further setting of its decisions."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from difsched.evaluation.scoring import score
from experiments.aggregate.records import read_record, take
from experiments.aggregate.results import MethodSetting
from experiments.aggregate.rows import StudyRow
from experiments.runs.workspace import Workspace
from experiments.studies.variants import Variant, chosen


@dataclass(frozen=True)
class Data:
    """What a study's table tells of the data that were learned from."""

    n_windows: int
    random_share: float
    behaviour: str


@dataclass(frozen=True)
class Training:
    """How long it was learned."""

    gradient_steps: int


@dataclass(frozen=True)
class Settings:
    """How it was learned."""

    training: Training


@dataclass(frozen=True)
class StudySetting(MethodSetting):
    """What ``config.json`` of a run of a study says, besides."""

    dataset: Data
    settings: Settings


@dataclass(frozen=True)
class Decision:
    """What the same weights lose with a field of the model set to a value."""

    field: str
    value: float
    loss: float


@dataclass(frozen=True)
class StudyResult:
    """What ``result.json`` of a run of a study says.

    Attributes
    ----------
    information : str
        What the policy saw.
    loss : float
        Of the run itself.
    levels : mapping
        The losses of the references by name.
    decisions : tuple of Decision
    """

    information: str
    loss: float
    levels: Mapping[str, float]
    decisions: tuple[Decision, ...]


def study_rows(workspace: Workspace, study: str) -> list[StudyRow]:
    """Return the rows of a study in the order of its file; none if the profile leaves it out."""
    options = workspace.profile.studies.get(study)
    return [
        row
        for variant in ({} if options is None else chosen(study, options.only)).values()
        for folder in workspace.runs(workspace.study_path(study, variant.name))
        for row in _rows(folder, study, variant)
    ]


def _rows(folder: Path, study: str, variant: Variant) -> list[StudyRow]:
    setting = read_record(StudySetting, folder / "config.json")
    result = read_record(StudyResult, folder / "result.json")
    references, reference_losses = setting.references, result.levels

    def row(loss: float, field: str | None = None, value: float | None = None) -> StudyRow:
        return StudyRow(
            run=setting.key(folder),
            information=result.information,
            study=study,
            variant=variant.name,
            group=variant.group,
            label=variant.label,
            x=variant.x,
            retransmit=take(setting.environment, "retransmit", int),
            data_windows=setting.dataset.n_windows,
            random_share=setting.dataset.random_share,
            behaviour=setting.dataset.behaviour,
            gradient_steps=setting.settings.training.gradient_steps,
            field=field,
            value=value,
            loss=loss,
            score=score(loss, reference_losses, references),
        )

    return [row(result.loss), *(row(one.loss, one.field, one.value) for one in result.decisions)]
