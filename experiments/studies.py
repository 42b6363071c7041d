"""Studies: variants of a method, each changing a few settings, everything else equal.

A study is ``experiments/studies/NAME.yaml``. It lists its variants by name, or spans them by a
``grid`` of methods, datasets and information: one variant a dataset and information then, with a
run for each of the grid's methods.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from difsched.config.base import check_choice, check_list, read_yaml
from difsched.errors import InputError

FOLDER = Path(__file__).parent / "studies"
STUDIES = tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))
#: Fields of a dataset that a grid can span.
GRID = ("n_windows", "random_share", "behaviour")
#: Windows in an episode of a grid's datasets: short, so that few windows still hold many episodes.
GRID_EPISODE = 20


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
    group: str = ""
    label: str = ""
    x: float | None = None


def variants(study: str) -> dict[str, Variant]:
    """Return a study's variants by name, in the order of its file.

    Raises
    ------
    InputError
        If there is no such study, or its file is not one.
    """
    check_choice("study", study, STUDIES)
    path = FOLDER / f"{study}.yaml"
    values = read_yaml(path)
    if not isinstance(values, Mapping) or not values:
        raise InputError(f"{path}: must map names to variants")
    if "grid" in values:
        return _span(values["grid"])
    return {name: _variant(path, name, entry) for name, entry in values.items()}


def chosen(study: str, options: Mapping[str, Any]) -> dict[str, Variant]:
    """Return the variants that a profile's options ask for: ``only`` those, or all.

    Raises
    ------
    InputError
        If one of them is not in the study.
    """
    found = variants(study)
    names = check_list(f"studies.{study}.only", options.get("only", list(found)))
    return {check_choice(f"studies.{study}.only", name, found): found[name] for name in names}


def _variant(path: Path, name: Any, entry: Any) -> Variant:
    if not isinstance(name, str) or not name.replace("_", "").isalnum():
        raise InputError(f"{path}: variant {name!r}: must be a name of letters, digits and _")
    if not isinstance(entry, Mapping):
        raise InputError(f"{path}: variant {name!r}: must be a mapping")
    fields = {key: value for key, value in entry.items() if key != "method"}
    if "method" in entry:
        fields["methods"] = (entry["method"],)
    try:
        return Variant(name=name, **fields)
    except TypeError as error:
        raise InputError(f"{path}: variant {name!r}: {error}") from None


def _span(grid: Mapping[str, Any]) -> dict[str, Variant]:
    axes = [check_list(f"grid.{name}", grid.get(name)) for name in (*GRID, "information")]
    found = {}
    for windows, share, behaviour, information in itertools.product(*axes):
        name = f"{behaviour}_{windows}_{round(100 * share)}_{information}"
        data = dict(zip(GRID, (windows, share, behaviour), strict=True))
        found[name] = Variant(
            name,
            tuple(check_list("grid.method", grid.get("method"))),
            training=grid.get("training", {}),
            environment={"information": information},
            dataset={**data, "episode_length": GRID_EPISODE},
        )
    return found
