"""Rows of a study's CSV file: one a run, and one a further setting of its decisions or its test."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from difsched.baselines.registry import find
from difsched.errors import within
from difsched.evaluation.scoring import score
from difsched.family import family_named
from difsched.utils.files import read_json
from experiments.aggregate.records import mapping, read_record, take
from experiments.aggregate.results import MethodSetting, Result, unit_of
from experiments.aggregate.rows import FamilyStudyRow, StudyRow
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
class Shift:
    """What a policy loses where conditions are others, and what the references lose there."""

    tested: str
    loss: float
    levels: Mapping[str, float]


@dataclass(frozen=True)
class FamilyStudyResult:
    """What ``result.json`` of a run of a further family's study says, beside its `Result`."""

    levels: Mapping[str, float]
    decisions: tuple[Decision, ...] = ()
    tested: tuple[Shift, ...] = ()


@dataclass(frozen=True)
class FamilyStudySetting(MethodSetting):
    """What ``config.json`` of such a run says."""

    settings: Mapping[str, Mapping[str, object]]

    def amount(self) -> int | None:
        """Return how long was trained, in the method's unit; None where nothing learns."""
        training = self.settings.get("training", {})
        if not training:
            return None
        return take(training, "windows" if "windows" in training else "gradient_steps", int)


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
    return [
        row for variant, folder in _runs(workspace, study) for row in _rows(folder, study, variant)
    ]


def family_study_rows(workspace: Workspace, study: str) -> list[FamilyStudyRow]:
    """Return the rows of a further family's study; none if the profile leaves it out."""
    return [
        row
        for variant, folder in _runs(workspace, study)
        for row in _family_rows(folder, study, variant)
    ]


def _runs(workspace: Workspace, study: str) -> Iterator[tuple[Variant, Path]]:
    """Yield the variants that a profile runs, each with the folder of each of its runs."""
    options = workspace.profile.every_study().get(study)
    for variant in ({} if options is None else chosen(study, options.only)).values():
        for folder in workspace.runs(workspace.study_path(study, variant.name)):
            yield variant, folder


def _family_rows(folder: Path, study: str, variant: Variant) -> list[FamilyStudyRow]:
    path = folder / "result.json"
    setting = read_record(FamilyStudySetting, folder / "config.json")
    references, family = setting.references, family_named(setting.family)
    told = read_record(FamilyStudyResult, path)
    with within(f"{path}: "):
        means = Result.of(mapping(read_json(path)), family).means
    training = find(setting.method, family.name).training

    own = FamilyStudyRow(
        run=setting.key(folder),
        study=study,
        variant=variant.name,
        group=variant.group,
        label=variant.label,
        x=variant.x,
        amount=setting.amount(),
        unit=unit_of(training) if training else None,
        tested=None,
        setting=None,
        setting_value=None,
        measures=means,
        score=score(means["loss"], told.levels, references),
    )

    def losing(row: FamilyStudyRow, loss: float, levels: Mapping[str, float]) -> FamilyStudyRow:
        return replace(row, measures={"loss": loss}, score=score(loss, levels, references))

    decided = [
        losing(replace(own, setting=one.field, setting_value=one.value), one.loss, told.levels)
        for one in told.decisions
    ]
    shifted = [losing(replace(own, tested=one.tested), one.loss, one.levels) for one in told.tested]
    return [own, *decided, *shifted]


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
