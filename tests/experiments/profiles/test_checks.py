"""Whatever a call will read is checked before its first job, and a fault is named where it is."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from difsched.config import ConfigManager, manager
from difsched.errors import InputError
from experiments.paths import PROFILES
from experiments.profiles.checks import check_configurations, check_plan
from experiments.profiles.read import read_profile
from experiments.studies import variants as studies

YAML = {
    path: yaml.safe_load(path.read_text(encoding="utf-8"))
    for folder in (manager.PACKAGED, PROFILES, studies.FOLDER)
    for path in sorted(folder.glob("**/*.yaml"))
}
Place = tuple[str | int, ...]


def places(value: Any, before: Place = ()) -> Iterator[Place]:
    """Yield the place of every key, and of every entry of a list."""
    items: Any = value.items() if isinstance(value, dict) else ()
    items = enumerate(value) if isinstance(value, list) else items
    for key, inner in items:
        yield (*before, key)
        yield from places(inner, (*before, key))


def is_free(path: Path, place: Place) -> bool:
    """Return whether the last key of a place is a name that a user chooses."""
    if path.is_relative_to(studies.FOLDER):
        word = len(place) == 3 and place[1] == "tested"
        point = len(place) in (4, 5) and place[0] == "grids" and place[2] == "axes"
        return word or point or (len(place) == 1 and place[0] != "grids")
    return path.parent.name == "link" and len(place) == 2


#: Without shrinking: a case is as small as can be.
many = settings(max_examples=40, deadline=None, phases=[Phase.explicit, Phase.generate])
ALL = [(path, place) for path, value in YAML.items() for place in places(value)]
KEYS = [(p, place) for p, place in ALL if isinstance(place[-1], str) and not is_free(p, place)]


def at(value: Any, place: Place) -> Any:
    for key in place:
        value = value[key]
    return value


def misspelt(word: str, seed: int) -> str:
    """Return a word with a letter left out, doubled or changed."""
    draw = random.Random(seed)
    i = draw.randrange(len(word))
    return word[:i] + draw.choice(["", word[i] * 2, "q"]) + word[i + 1 :] or "q"


@pytest.fixture(scope="module")
def check(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path, Any], None]]:
    """Return a check of all YAML with another value in one file; the others are the package's."""
    profile_folder = PROFILES
    root = tmp_path_factory.mktemp("yaml")
    folders = {
        manager.PACKAGED: "config",
        PROFILES: "profiles",
        studies.FOLDER: "studies",
    }

    def copied(path: Path) -> Path:
        folder = next(folder for folder in folders if path.is_relative_to(folder))
        return root / folders[folder] / path.relative_to(folder)

    def write(path: Path, value: Any) -> None:
        copied(path).parent.mkdir(parents=True, exist_ok=True)
        copied(path).write_text(yaml.safe_dump(value, sort_keys=False), encoding="utf-8")

    def run(path: Path, value: Any) -> None:
        write(path, value)
        try:
            check_configurations(ConfigManager())
            for name in [path.stem] if path.parent == profile_folder else ["smoke"]:
                check_plan(name, read_profile(name), ConfigManager())
        finally:
            write(path, YAML[path])

    for path, value in YAML.items():
        write(path, value)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manager, "PACKAGED", root / "config")
        for module in ("experiments.profiles.read", "experiments.profiles.checks"):
            patch.setattr(f"{module}.PROFILES", root / "profiles")
        patch.setattr(studies, "FOLDER", root / "studies")
        yield run


def test_what_the_package_has_passes(check: Callable[[Path, Any], None]) -> None:
    path = next(iter(YAML))
    check(path, YAML[path])


@many
@given(case=st.sampled_from(KEYS), seed=st.integers(0, 10**6))
def test_a_misspelt_key_is_refused_by_name_and_file(
    case: tuple[Path, Place], seed: int, check: Callable[[Path, Any], None]
) -> None:
    path, place = case
    value = yaml.safe_load(yaml.safe_dump(YAML[path]))
    mapping, key = at(value, place[:-1]), str(place[-1])
    wrong = misspelt(key, seed)
    if wrong in mapping:
        return
    entries = [(wrong if name == key else name, inner) for name, inner in mapping.items()]
    mapping.clear()
    mapping.update(entries)
    with pytest.raises(InputError) as caught:
        check(path, value)
    line = str(caught.value)
    assert path.name in line and wrong in line, line


@many
@given(case=st.sampled_from(ALL), wrong=st.sampled_from([{"q": []}, [{}], [[]], -7.5, True]))
def test_a_value_of_another_kind_is_refused_by_field_and_file(
    case: tuple[Path, Place], wrong: Any, check: Callable[[Path, Any], None]
) -> None:
    path, place = case
    value = yaml.safe_load(yaml.safe_dump(YAML[path]))
    kept = at(value, place)
    if isinstance(kept, bool) and wrong is True:
        return
    if place[-1] == "x" and wrong == -7.5:  # a place on an axis is any number
        return
    at(value, place[:-1])[place[-1]] = wrong
    with pytest.raises(InputError) as caught:
        check(path, value)
    line = str(caught.value)
    named = [key for key in place if isinstance(key, str)] or [place[0]]
    assert path.name in line and str(named[-1]) in line, line


#: A file, a change of its text, and what the line says after the file's name.
FAULTS = [
    ("studies/ablation.yaml", "{eta: 1.0}", "{etaa: 1.0}", "variant 'eta_1': model.etaa is not"),
    ("studies/ablation.yaml", "{eta: 1.0}", "{etaa: 1.0}", "(did you mean eta?)"),
    ("studies/ablation.yaml", "eta_1: {group", "eta_1: {grup", "variant 'eta_1': grup is not a"),
    ("studies/truth.yaml", "perfect", "perfekt", "environment.information = 'perfekt': must be"),
    ("studies/truth.yaml", "method: det_set", "method: equal", "method = 'equal' does not learn"),
    ("studies/ablation.yaml", "n_windows: 1000,", "n_windows: 1010,", "dataset.n_windows = 1010"),
    ("studies/ablation.yaml", "steps: 6000", "steps: 0", "training.gradient_steps = 0: must be"),
    ("studies/ablation.yaml", "gradient_steps: 6000", "seed: 1", "training.seed must be left out"),
    ("studies/ablation.yaml", "{candidates: [1,", "{hidden: [1,", "decide = 'hidden': must be one"),
    ("studies/ablation.yaml", "retransmit: 2}}", "dataflow: x}}", "environment.dataflow must be"),
    ("studies/payoff.yaml", "method:", "methd:", "variant 'sub_agents_1000_0_predicted': methd is"),
    ("studies/payoff.yaml", "axes:", "axs:", "grids[0].axs is not a field of a grid"),
    ("studies/payoff.yaml", "{windows}", "{window}", "{behaviour}_{window}_{random}_{inform"),
    ("studies/payoff.yaml", "_{windows}", "", "names of variants = ['sub_agents_0_predicted'"),
    (
        "studies/payoff.yaml",
        "episode_length: 20",
        "n_windows: 20",
        "dataset.n_windows is given by two",
    ),
    (
        "studies/payoff.yaml",
        "{dataset: {n_windows: 1000}}",
        "[[]]",
        "axes.windows.1000 = [[]]: must be a map",
    ),
    ("config/models/dql_set.yaml", "eta: 10.0", "eta: ten", "eta = 'ten': must be a number >= 0"),
    ("config/models/dql_set.yaml", "algorithm:", "algoritm:", "(did you mean algorithm?)"),
    ("config/training/online.yaml", "kind: online", "kind: onlin", "(did you mean online?)"),
    ("config/env/matrix.yaml", "B: 200", "B: 0", "1: B = 0: must be a whole number in 1..32767"),
    ("config/dataset/matrix.yaml", "7: {env: 7}", "7: {env: 9}", "7: env: env configuration 9 doe"),
    ("profiles/smoke.yaml", "n_windows: 60 ", "n_window: 60 ", "main.evaluation.n_window is not"),
    ("profiles/smoke.yaml", "n_windows: 60 ", "n_windows: 59 ", "main.evaluation.n_windows = 59"),
    (
        "profiles/smoke.yaml",
        "gradient_steps: 10 ",
        "gradient_stps: 10 ",
        "main.offline.gradient_st",
    ),
    ("profiles/smoke.yaml", "  online:", "  onlin:", "main.onlin is not a field of main"),
    (
        "profiles/smoke.yaml",
        "n_windows: 2000 ",
        "n_windows: 2001 ",
        "datasets.n_windows = 2001: mu",
    ),
    ("profiles/smoke.yaml", "n_windows: 2000 ", "env: 3 ", "datasets.env must be left out"),
    ("profiles/smoke.yaml", "batch_size: 256", "batch_sise: 256", "multimodal.mixtures.batch_sise"),
    ("profiles/smoke.yaml", "ties: {configs: [0, 1]", "ties: {configs: [2]", "must be 1 for users"),
    ("profiles/smoke.yaml", "disk_mb: 80", "disk_gb: 80", "needs.disk_gb is not a field of Needs"),
    ("profiles/smoke.yaml", "  fig9: 5", "  fig99: 5", "expected_seconds.fig99 is not a field"),
    ("profiles/smoke.yaml", "  budget:", "  budgt:", "sweeps.budgt is not a field of the sweeps"),
    ("profiles/smoke.yaml", "users: [4,", "users: [4, 4,", "sweeps.scaling.users = [4, 4, 8"),
    (
        "profiles/smoke.yaml",
        "[equal, proportional, mdp, oracle_predicted,",
        "[equal, estimate_isotonic, mdp, oracle_predicted,",
        "sweeps.budget.methods = 'estimate_isotonic': must be one of",
    ),
    ("profiles/smoke.yaml", "jobs: together", "jobs: togehter", "(did you mean together?)"),
    ("profiles/smoke.yaml", "only: [dql_set]", "only: [dql_st]", "studies.truth.only = 'dql_st'"),
]


@pytest.mark.parametrize(("file", "old", "new", "words"), FAULTS)
def test_a_fault_is_told_with_file_place_and_what_is_allowed(
    file: str, old: str, new: str, words: str, check: Callable[[Path, Any], None]
) -> None:
    [path] = [path for path in YAML if str(path).endswith(file)]
    text = path.read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(InputError) as caught:
        check(path, yaml.safe_load(text.replace(old, new, 1)))
    line = str(caught.value)
    assert line.split(": ")[0].endswith(file) and words in line, line
