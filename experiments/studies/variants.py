"""Studies: variants of a method, each changing a few settings, everything else equal.

A study is ``experiments/studies/NAME.yaml``, or ``experiments/studies/FAMILY/NAME.yaml`` of a
further family, which is called ``FAMILY_NAME`` elsewhere. It lists its variants by name, or spans
them by a ``grid`` of methods, datasets and information: one variant a dataset and information then,
with a run for each of the grid's methods.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
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
from difsched.errors import InputError, within
from experiments.studies import FAMILY_STUDIES, FOLDER, STUDIES

#: Fields of a dataset that a grid can span.
GRID = ("n_windows", "random_share", "behaviour")
#: Windows in an episode of a grid's datasets: short, so that few windows still hold many episodes.
GRID_EPISODE = 20
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
    return FOLDER / family / f"{study.removeprefix(f'{family}_')}.yaml"


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
        if "grid" in values:
            check_names("a study with a grid", values, ("grid",))
            return _span(values["grid"])
        return {name: _variant(name, entry) for name, entry in values.items()}


def chosen(study: str, only: Sequence[str] | None = None) -> dict[str, Variant]:
    """Return the variants that a profile asks for: ``only`` those, or all.

    Raises
    ------
    InputError
        If one of them is not in the study.
    """
    found = variants(study)
    names = check_list(f"studies.{study}.only", only or list(found))
    return {check_choice(f"studies.{study}.only", name, found): found[name] for name in names}


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
        if names and "grid" in read_yaml(study_path(study)):
            lines.append(f"{study}: {len(names)} points of its grid not in this profile")
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
            fields["methods"] = (check_text("method", entry["method"]),)
        return Variant(name=name, **fields)


def _span(grid: Any) -> dict[str, Variant]:
    if not isinstance(grid, Mapping):
        raise InputError(f"grid = {grid!r}: must be a mapping of fields")
    axes = ("method", *GRID, "information")
    with within("grid."):
        check_names("a grid", grid, (*axes, "training"), axes)
        methods, *spanned = [check_distinct(n, grid[n], lambda _, value: value) for n in axes]
        for method in methods:
            check_text("method", method)
        for share in spanned[GRID.index("random_share")]:
            check_number("random_share", share, 0, 1)
        found = {}
        for windows, share, behaviour, information in itertools.product(*spanned):
            name = f"{behaviour}_{windows}_{round(100 * share)}_{information}"
            data = dict(zip(GRID, (windows, share, behaviour), strict=True))
            found[name] = Variant(
                name,
                tuple(methods),
                training=grid.get("training", {}),
                environment={"information": information},
                dataset={**data, "episode_length": GRID_EPISODE},
            )
    return found
