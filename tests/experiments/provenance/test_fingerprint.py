"""The code behind a result: what counts as a change of it, and what does not."""

from pathlib import Path
from pkgutil import iter_modules

import pytest

from difsched.baselines import offline
from difsched.baselines.registry import METHODS, modules_of
from difsched.config import models
from difsched.errors import InputError
from experiments.provenance.fingerprint import Code, code_of, read_code
from experiments.provenance.imports import Sources

FILES = {
    "experiments/stage.py": "from difsched.tools import used\nfrom baselines.rule import act\n",
    "difsched/__init__.py": "",
    "difsched/tools/__init__.py": (
        '"""Tools."""\n'
        "from difsched.tools.one import used\n"
        "from difsched.tools.two import unused\n"
        '__all__ = ["unused", "used"]\n'
    ),
    "difsched/tools/one.py": "def used() -> int:\n    return 1\n",
    "difsched/tools/two.py": "def unused() -> int:\n    return 2\n",
    "difsched/late.py": "LATE = 3\n",
    "difsched/busy/__init__.py": "from difsched.busy.part import PART\nREGISTER = [PART]\n",
    "difsched/busy/part.py": "PART = 1\n",
    "baselines/rule.py": (
        "import numpy\n"
        "def act() -> int:\n"
        '    """Return a grant."""\n'
        "    from difsched.late import LATE\n"
        "    from difsched.busy import PART\n"
        "    from .near import NEAR\n"
        "    return LATE\n"
    ),
    "baselines/near.py": "NEAR = 1\n",
}
BEHIND = {name for name in FILES if "tools/__init__" not in name} - {
    *("difsched/__init__.py", "difsched/tools/two.py"),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def modules(code: Code) -> set[str]:
    return {name for name in code.parts if name.endswith(".py")}


def test_code_is_what_a_stage_imports_also_late_and_through_packages(root: Path) -> None:
    assert modules(code_of("experiments.stage", sources=Sources(root))) == BEHIND


@pytest.mark.parametrize("name", sorted(BEHIND))
def test_every_module_of_it_counts(root: Path, name: str) -> None:
    before = code_of("experiments.stage", sources=Sources(root))
    (root / name).write_text(FILES[name] + "CHANGED = True\n")
    assert code_of("experiments.stage", sources=Sources(root)).differs(before) == [name]


@pytest.mark.parametrize("name", sorted(FILES.keys() - BEHIND))
def test_no_other_module_counts(root: Path, name: str) -> None:
    before = code_of("experiments.stage", sources=Sources(root))
    (root / name).write_text(FILES[name] + "from difsched.tools.two import unused as more\n")
    assert code_of("experiments.stage", sources=Sources(root)).digest == before.digest


def test_comments_formatting_and_docstrings_do_not_count(root: Path) -> None:
    before = code_of("experiments.stage", sources=Sources(root))
    text = FILES["baselines/rule.py"].replace("Return a grant.", "Say something else.")
    (root / "baselines/rule.py").write_text(f"# A comment.\n\n{text}\n\n")
    (root / "difsched/tools/one.py").write_text("def used(\n) -> int:\n    return (1)  # one\n")
    assert code_of("experiments.stage", sources=Sources(root)) == before


def test_a_sign_counts(root: Path) -> None:
    before = code_of("experiments.stage", sources=Sources(root))
    (root / "difsched/tools/one.py").write_text("def used() -> int:\n    return -1\n")
    assert code_of("experiments.stage", sources=Sources(root)).digest != before.digest


def test_a_version_counts(root: Path) -> None:
    code = code_of("experiments.stage", sources=Sources(root))
    older = Code(code.roots, {**code.parts, "torch": "1.0"})
    assert code.differs(older) == ["torch"]
    assert code.digest != older.digest


def test_what_cannot_be_parsed_is_named(root: Path) -> None:
    (root / "difsched/late.py").write_text("def (:\n")
    with pytest.raises(InputError, match=r"late\.py cannot be parsed"):
        code_of("experiments.stage", sources=Sources(root))
    with pytest.raises(InputError, match=r"experiments\.gone is no module"):
        code_of("experiments.gone", sources=Sources(root))


def test_a_record_of_code_comes_back_and_vouches_for_itself(root: Path, tmp_path: Path) -> None:
    code = code_of("experiments.stage", sources=Sources(root))
    code.write(tmp_path)
    assert read_code(tmp_path, code.digest) == code
    path = tmp_path / "code" / f"{code.digest}.json"
    path.write_text(path.read_text().replace("near", "far"))
    with pytest.raises(InputError, match="is damaged"):
        read_code(tmp_path, code.digest)


def test_the_code_of_a_method_holds_no_other_method() -> None:
    """Editing a scheduler must not renew the others: each is behind its own module's methods."""
    apart = {
        "difsched.baselines.offline",
        "difsched.baselines.slice.estimate",
        "difsched.baselines.slice.heuristics",
        "difsched.baselines.sac",
        "difsched.baselines.ppo",
    }
    stage = modules(code_of("experiments.stages.train"))
    for module in apart:
        alone = modules(code_of("experiments.stages.train", module))
        others = {name.removeprefix("difsched.").replace(".", "/") for name in apart - {module}}
        found = {name for name in alone if any(name.startswith(other) for other in others)}
        assert found <= stage
        assert stage < alone


@pytest.mark.parametrize("name", METHODS)
def test_every_method_has_a_module(name: str) -> None:
    assert any(module.startswith("difsched.baselines.") for module in modules_of(name))


@pytest.mark.parametrize("name", [method.name for method in offline.SCHEDULERS])
def test_the_code_of_a_learner_holds_its_own_algorithm_alone(name: str) -> None:
    code = code_of("experiments.stages.train", *modules_of(name))
    own = METHODS[name].settings(0, {}, "slice")["model"].mark["algorithm"]
    for folder in ("difsched/agents", "difsched/config/models"):
        algorithms = {f"{folder}/{module.name}.py" for module in iter_modules(models.__path__)}
        assert algorithms & code.parts.keys() == {f"{folder}/{own}.py"}
    assert "difsched/agents/networks.py" in code.parts


def test_statistics_of_tables_are_not_behind_a_run() -> None:
    code = code_of("experiments.stages.train", "difsched.baselines.offline")
    assert "difsched/evaluation/windows.py" in code.parts
    assert "difsched/agents/agent.py" in code.parts
    tables = {"difsched/evaluation/across.py", "experiments/aggregate/tables.py"}
    assert not tables & code.parts.keys()


def test_soft_actor_critic_does_not_rest_on_the_offline_agents() -> None:
    code = code_of("experiments.stages.train", "difsched.baselines.sac")
    assert {"baselines/sac/training.py", "baselines/sb3/policy.py"} <= code.parts.keys()
    assert "baselines/ppo/training.py" not in code.parts
    assert not [part for part in code.parts if part.startswith("difsched/agents/")]
