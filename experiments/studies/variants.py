"""Studies: variants of a method, each changing a few settings, everything else equal.

A study is ``experiments/studies/NAME.yaml``, or ``experiments/studies/FAMILY/NAME.yaml`` of a
further family, which is called ``FAMILY_NAME`` elsewhere. It lists its variants by name, or spans
them by ``grids``: the points of each of a grid's ``axes`` say what they change, a variant is made
of one point of every axis and of what the grid changes in ``every`` variant, and its name joins
those of its points.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any, TypeVar

from difsched.config import DatasetConfig
from difsched.config.base import (
    check_choice,
    check_distinct,
    check_flag,
    check_list,
    check_mapping,
    check_names,
    check_number,
    check_text,
    read_yaml,
)
from difsched.config.learner import PROPOSALS
from difsched.data.recipe import Recipe
from difsched.errors import InputError, choices, within
from experiments.studies import FAMILY_STUDIES, FOLDER, STUDIES, own_name

#: What a variant in a file may change, and say.
CHANGES = ("model", "training", "environment", "dataset", "decide", "tested")
FIELDS = ("method", *CHANGES, "own_data", "group", "label", "x")
#: What a run fixes itself, or has one input of: no variant or profile changes it.
FIXED = {
    "training": ("model", "seed", "dataset"),
    "dataset": ("env",),
    "environment": ("dataflow", "LEN_window", "traces", "sub_agents_idx"),
}


#: How a dataset is collected, whose ``n_windows`` say how long: of the slice, or a recipe.
Collected = TypeVar("Collected", bound=DatasetConfig | Recipe)


@dataclass(frozen=True)
class Variant:
    """What a variant runs.

    Attributes
    ----------
    name : str
        As in run ids: letters, digits and ``_``.
    methods : tuple of str
        Methods of the registry: one run each, seed by seed.
    model, training, environment, dataset : mapping
        Fields that replace those of the method, training and configuration.
    decide : mapping
        Field of the model -> values: the same weights scored again with each.
    tested : mapping
        Word -> fields of the environment: the same weights, which nobody tells of it, scored again
        where these are others than in training.
    own_data : bool
        Whether each seed has data of its own: `Problems.redrawn` and `Problems.stream`.
    group, label : str
        Plain text, of which tables make what they print.
    x : float or None
        Its place on the axis of a sweep.
    """

    name: str
    methods: tuple[str, ...] = ("dql_set",)
    model: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
    dataset: Mapping[str, Any] = field(default_factory=dict)
    decide: Mapping[str, list[Any]] = field(default_factory=dict)
    tested: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    own_data: bool = False
    group: str = ""
    label: str = ""
    x: float | None = None

    def __post_init__(self) -> None:
        """Check the kind of every field; raise InputError at the first that is not allowed."""
        for name in CHANGES:
            if not isinstance(getattr(self, name), Mapping):
                raise InputError(f"{name} = {getattr(self, name)!r}: must be a mapping of fields")
        for name in FIXED:
            check_free(name, getattr(self, name), name)
        for name, values in self.decide.items():
            check_choice("decide", name, PROPOSALS)
            check_distinct(f"decide.{name}", values, lambda _, value: value)
        for name, changes in self.tested.items():
            check_free("environment", check_mapping(f"tested.{name}", changes), "environment")
        check_flag("own_data", self.own_data)
        for name in ("group", "label"):
            check_text(name, getattr(self, name))
        if self.x is not None:
            check_number("x", self.x, float("-inf"))

    def where(self, changes: Mapping[str, Any]) -> "Variant":
        """Return it with more fields of the environment replaced, and tested nowhere else."""
        return replace(self, environment={**self.environment, **changes}, tested={})

    def settings(self, usual: Mapping[str, Any], shorter: Mapping[str, Any]) -> dict[str, Any]:
        """Return the ``model`` and ``training`` of its runs.

        Parameters
        ----------
        usual : mapping
            Those of the method, none where it does not learn; see
            `difsched.baselines.method.Method.settings`.
        shorter : mapping
            Fields of the training that the profile fixes: what it shortens stays short.

        Raises
        ------
        InputError
            If a field is unknown or its value is not allowed.
        """
        if not usual:
            return {}
        with within("model."):
            model = usual["model"].changed(self.model)
        with within("training."):
            own = usual["training"].changed(self.training)
            training = own.changed({**shorter, "curve_points": 0})
        with within("decide."):
            for name, values in self.decide.items():
                for value in values:
                    model.changed({name: value})
        return {"model": model, "training": training}

    def data(self, usual: Collected, shorter: Mapping[str, Any]) -> Collected:
        """Return how its data are collected; a profile that shortens datasets shortens longer ones.

        Raises
        ------
        InputError
            If a field is unknown or its value is not allowed.
        """
        short = usual.changed(shorter)
        with within("dataset."):
            own: Any = short.changed(self.dataset)
            cut: Collected = replace(own, n_windows=min(own.n_windows, short.n_windows))
            return cut


def check_free(place: str, values: Mapping[str, Any], kind: str) -> None:
    """Raise InputError if fields of a kind, such as ``training``, are among ``FIXED``."""
    for name in values:
        if name in FIXED[kind]:
            raise InputError(f"{place}.{name} must be left out: a run fixes it itself")


def study_path(study: str) -> Path:
    """Return the file of a study."""
    family = FAMILY_STUDIES.get(study)
    if family is None:
        return FOLDER / f"{study}.yaml"
    return FOLDER / family / f"{own_name(study)}.yaml"


def variants(study: str) -> dict[str, Variant]:
    """Return a study's variants by name, in the order of its file.

    Raises
    ------
    InputError
        If there is no such study, or its file is not one.
    """
    check_choice("study", study, (*STUDIES, *FAMILY_STUDIES))
    path = study_path(study)
    values = read_yaml(path)
    with within(f"{path}: "):
        if not isinstance(values, Mapping) or not values:
            raise InputError("must map names to variants")
        if "grids" in values:
            check_names("a study of grids", values, ("grids",))
            grids = enumerate(check_list("grids", values["grids"]))
            spanned = [one for place, grid in grids for one in _span(grid, f"grids[{place}].")]
            check_distinct("names of variants", [one.name for one in spanned], check_text)
            return {one.name: one for one in spanned}
        return {name: _variant(name, entry) for name, entry in values.items()}


def chosen(study: str, only: Sequence[str] | None = None) -> dict[str, Variant]:
    """Return the variants that a profile asks for: ``only`` those, or all.

    Raises
    ------
    InputError
        If one of them is not in the study.
    """
    found = variants(study)
    place = f"studies.{own_name(study)}.only"
    names = check_list(place, only or list(found))
    return {check_choice(place, name, found): found[name] for name in names}


def left_out(studies: Mapping[str, Sequence[str] | None]) -> list[str]:
    """Return a line on each study of which not all variants are run.

    Parameters
    ----------
    studies : mapping
        Study -> the variants that are run, None for all.
    """
    lines = []
    for study, only in studies.items():
        names = [name for name in variants(study) if name not in chosen(study, only)]
        if names and "grids" in read_yaml(study_path(study)):
            lines.append(f"{study}: {len(names)} points of its grids not in this profile")
        elif names:
            kind = "variant" if len(names) == 1 else "variants"
            lines.append(f"{study}: {len(names)} {kind} not in this profile: {', '.join(names)}")
    return lines


def _variant(name: Any, entry: Any) -> Variant:
    if not isinstance(name, str) or not name.replace("_", "").isalnum():
        raise InputError(f"variant {name!r}: must be a name of letters, digits and _")
    with within(f"variant {name!r}: "):
        if not isinstance(entry, Mapping):
            raise InputError("must be a mapping of fields")
        check_names("a variant", entry, FIELDS)
        fields = {key: value for key, value in entry.items() if key != "method"}
        if "method" in entry:
            given = entry["method"]
            listed = given if isinstance(given, list) else [given]
            fields["methods"] = tuple(check_distinct("method", listed, check_text))
        return Variant(name=name, **fields)


def _span(grid: Any, place: str) -> list[Variant]:
    """Return the variants of a grid, the points of its last axis next to each other."""
    with within(place):
        check_names("a grid", check_mapping("grid", grid), ("axes", "every", "name"), ("axes",))
        axes = {
            axis: [
                (point, check_mapping(f"axes.{axis}.{point}", entry))
                for point, entry in _entries(f"axes.{axis}", points).items()
            ]
            for axis, points in _entries("axes", grid["axes"]).items()
        }
        every = check_mapping("every", grid.get("every", {}))
        name = check_text("name", grid.get("name", "_".join(f"{{{axis}}}" for axis in axes)))
        spanned = []
        for points in product(*axes.values()):
            words = dict(zip(axes, (point for point, _ in points), strict=True))
            try:
                of_points = name.format(**words)
            except (KeyError, IndexError, ValueError):
                raise InputError(f"name = {name!r}: {choices('axis', words)}") from None
            spanned.append(_variant(of_points, _joined([every, *(entry for _, entry in points)])))
        return spanned


def _entries(name: str, values: Any) -> dict[str, Any]:
    """Return a mapping that is not empty, its keys as words."""
    entries = {str(key): entry for key, entry in check_mapping(name, values).items()}
    if not entries:
        raise InputError(f"{name}: must map at least one name to what it is")
    return entries


def _joined(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the fields of several entries; those that are mappings themselves are joined, too.

    Raises
    ------
    InputError
        If two of them give the same field.
    """
    joined: dict[str, Any] = {}
    for part in parts:
        for name, value in part.items():
            if isinstance(value, Mapping) and isinstance(joined.get(name), Mapping):
                with within(f"{name}."):
                    joined[name] = _joined([joined[name], value])
            elif name in joined:
                raise InputError(f"{name} is given by two points: one of them must leave it out")
            else:
                joined[name] = value
    return joined
