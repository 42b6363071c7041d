"""Schedulers from outside: what they are compared with, and what their faults do."""

import importlib
import json
import signal
import sys
import time
import types
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from difsched.baselines.method import Task
from difsched.baselines.registry import METHODS, find
from difsched.cli.main import main as difsched
from difsched.config import ConfigManager, EnvironmentConfig
from difsched.env.slice.traffic.generator import Trace, Traffic
from difsched.errors import InputError
from difsched.evaluation import evaluate
from difsched.user_scheduler import load
from difsched.user_scheduler.rules import Guard, RuleBroken, call_guarded
from difsched.user_scheduler.run import BESIDE
from difsched.utils.files import read_json, write_json
from experiments.paths import ROOT
from experiments.rendering.outside import Outside
from experiments.runs.run import track, write_manifest
from experiments.runs.workspace import Workspace
from experiments.user_scheduler import evaluate as own
from experiments.user_scheduler import report
from experiments.user_scheduler.place import sources
from experiments.user_scheduler.slices import read_configs

N_WINDOWS = 60
CONFIGS = (0, 2)
REFERENCE = ("equal", "oracle_predicted", "proportional")
#: A scheduler that breaks a rule on configuration 2, which has five channel classes.
FAULTY = """
import numpy as np
from difsched.env.slice.allocation import scale_to_budget

class Faulty:
    def __init__(self, config):
        self.config, self.calls = config, 0
    def act(self, observation):
        self.calls += 1
        grants = scale_to_budget(np.ones(observation.shape[:2]), self.config.B)
        if len(self.config.sigmoid_k_list) == 5 and self.calls == 3:
            {fault}
        return grants
"""


def trace(seed: int) -> Trace:
    packets = np.random.default_rng(seed).integers(0, 120, 500)
    return Trace(packets, np.asarray(0.7 * packets + 20, dtype=np.float64))


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace with three methods on two configurations."""
    folder = tmp_path_factory.mktemp("reference")
    profile = {
        "configs": list(CONFIGS),
        "groups": {"reference": REFERENCE},
        "main": {"evaluation": {"n_windows": N_WINDOWS}},
    }
    write_json(folder / "spec.json", {"traces": None, "traffic_id": "x", "profile": profile})
    workspace = Workspace(folder)
    traffic = Traffic("thumb_fr", "generated", trace(0), trace(1))
    traffic.save(workspace.traffic_path("thumb_fr"))
    for index in CONFIGS:
        config = workspace.manager.load_env_config(index)
        folders = []
        for name in REFERENCE:
            recorded = {
                "method": name,
                "family": "slice",
                "config": index,
                "seed": 0,
                "n_windows": N_WINDOWS,
            }
            recorded["environment"] = config.to_dict()
            code = workspace.code("difsched.errors")

            def body(run: Path, name: str = name, config: EnvironmentConfig = config) -> None:
                policy = find(name).fit(Task(config, traffic))
                scores = evaluate(policy, config, traffic.test, N_WINDOWS)
                write_json(run / "result.json", scores.summary("predicted"))

            folders.append(
                track("main", folder, f"main-{name}-slice{index}-s0", recorded, body, code)
            )
        write_manifest(workspace.manifest_path("reference", "slice", index), folders)
    return folder


@pytest.fixture
def run(reference: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that evaluates a scheduler on both configurations."""
    monkeypatch.setattr(own, "OWN", tmp_path / "own")
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "mine", raising=False)
    monkeypatch.chdir(tmp_path)

    def main(method: str, *more: str, figure: bool = False) -> int:
        if not figure:
            monkeypatch.setattr(report, "draw", lambda *_: None)
        words = ["--method", method, "--configs", "0,2", "--reference", str(reference)]
        # A minute: on a busy machine no honest scheduler must be too late.
        return own.main([*words, "--limit", "60000", *more])

    return main


def results(tmp_path: Path, name: str) -> tuple[Any, Any, Any]:
    (folder,) = (tmp_path / "own").glob(f"{name}-*")
    tables = [pd.read_csv(folder / f"{part}.csv") for part in ("results", "pairs", "episodes")]
    return tables[0].set_index("config"), tables[1].set_index(["config", "against"]), tables[2]


@pytest.mark.parametrize(
    ("template", "name", "seeds"),
    [("rule_scheduler.py", "ServeLargest", 1), ("learner.py", "Corrected", 3)],
)
def test_a_template_is_short_runs_and_beats_the_equal_split(
    run: Any, tmp_path: Path, template: str, name: str, seeds: int
) -> None:
    source = ROOT / "examples" / template
    code = source.read_text().split('"""', 2)[2]
    assert len([line for line in code.splitlines() if line.strip()]) <= 24
    assert run(f"{source}:{name}", figure=True) == 0
    table, pairs, episodes = results(tmp_path, name)
    assert list(table.index) == list(CONFIGS)
    assert (table["seeds"] == seeds).all()
    assert (table["score"] > 50).all() and table["score_half_width"].notna().all()
    assert len(episodes) == len(CONFIGS) * seeds * N_WINDOWS // 20
    against = pairs.xs("equal", level="against")
    assert (against["high"] < 0).all()
    assert {path.name for path in (tmp_path / "own").glob(f"{name}-*/*")} == {
        "results.csv", "pairs.csv", "episodes.csv", "score.pdf", "score.png", "setting.json",
    }  # fmt: skip


def test_an_entry_for_the_tables_of_the_suite_says_whose_it_is(run: Any, tmp_path: Path) -> None:
    method = f"{ROOT / 'examples' / 'rule_scheduler.py'}:ServeLargest"
    assert run(method, "--by", "A. Author, Some University", "--name", "mine") == 0
    entry = Outside.from_dict(read_json(tmp_path / "own" / "mine" / "entry.json"))
    table = pd.read_csv(tmp_path / "own" / "mine" / "results.csv").set_index("config")
    assert {one.config: (one.loss, one.half_width) for one in entry.results} == {
        index: (row["loss"], row["loss_half_width"]) for index, row in table.iterrows()
    }
    assert (entry.by, entry.windows) == ("A. Author, Some University", N_WINDOWS)
    with pytest.raises(InputError, match="--by = '': must be 1"):
        run(method, "--by", "")


def test_two_classes_of_a_name_never_share_a_folder(run: Any, tmp_path: Path) -> None:
    text = (ROOT / "examples" / "rule_scheduler.py").read_text()
    for name, served in (("one", 16), ("two", 8)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "mine.py").write_text(text.replace("// 16", f"// {served}"))
        assert run(f"{tmp_path / name / 'mine.py'}:ServeLargest") == 0
        sys.modules.pop("mine", None)
    assert len(list((tmp_path / "own").glob("ServeLargest-*"))) == 2
    assert run(f"{tmp_path / 'one' / 'mine.py'}:ServeLargest", "--name", "same") == 0
    sys.modules.pop("mine", None)
    with pytest.raises(InputError, match=r"same holds results of another setting \(sources"):
        run(f"{tmp_path / 'two' / 'mine.py'}:ServeLargest", "--name", "same")


def test_an_installed_package_names_its_scheduler_by_an_entry_point(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    (site / "mine-1.0.dist-info").mkdir(parents=True)
    (site / "mine-1.0.dist-info" / "METADATA").write_text("Name: mine\nVersion: 1.0\n")
    points = "[difsched.schedulers]\nby-demand = mine:Mine\n"
    (site / "mine-1.0.dist-info" / "entry_points.txt").write_text(points)
    text = "from difsched.baselines.slice.heuristics import ProportionalPolicy\n"
    text += "def Mine(config):\n    return ProportionalPolicy(config.B)\n"
    (site / "mine.py").write_text(text)
    monkeypatch.setenv(load.CALLERS_PATH, str(site))
    assert run("by-demand") == 0
    assert list(results(tmp_path, "Mine")[0].index) == list(CONFIGS)


def test_differences_are_paired_with_the_reference_by_episode(
    run: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "from difsched.baselines.slice.heuristics import ProportionalPolicy\n"
    text += "def Mine(config):\n    return ProportionalPolicy(config.B)\n"
    (tmp_path / "same.py").write_text(text)
    assert run("same:Mine") == 0
    table, pairs, _ = results(tmp_path, "Mine")
    # The same scheduler as one of the reference: not even rounding differs.
    same = pairs.xs("proportional", level="against")
    assert (same[["difference", "low", "high"]] == 0).all(axis=None)
    equal = pairs.xs("equal", level="against")
    assert (equal["low"] < equal["difference"]).all() and (equal["high"] < 0).all()
    assert table[["invalid", "not_compared"]].isna().all(axis=None)
    assert "Mine" not in METHODS
    assert "not compared" not in capsys.readouterr().out


def test_another_number_of_windows_refuses_the_comparison_in_one_line_a_config(
    run: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = ROOT / "examples" / "rule_scheduler.py"
    assert run(f"{source}:ServeLargest", "--windows", "40") == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if "not compared" in line]
    assert len(lines) == 2 and all("60 test windows, this 40" in line for line in lines)
    table, pairs, _ = results(tmp_path, "ServeLargest")
    assert table["not_compared"].notna().all() and table["score"].notna().all()
    assert set(pairs.index.get_level_values("against")) == set(BESIDE)


def test_a_damaged_run_of_the_reference_is_left_out_and_named(
    run: Any, reference: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = reference / "runs" / "main-proportional-slice2-s0" / "result.json"
    whole = result.read_bytes()
    result.write_text("{}")
    try:
        assert run(f"{ROOT / 'examples' / 'rule_scheduler.py'}:ServeLargest") == 0
    finally:
        result.write_bytes(whole)
    _, pairs, _ = results(tmp_path, "ServeLargest")
    (line,) = capsys.readouterr().err.splitlines()
    assert "left out of the reference: main-proportional-slice2-s0" in line
    assert (0, "proportional") in pairs.index and (2, "proportional") not in pairs.index


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("grants = grants[:, :-1]", ["windows 2, 22, ..., 42", "shape (3, 7)", "(3, 8)"]),
        ("grants = grants * 0.9 + 1.25", ["window 2:", "user 0", "whole RBs"]),
        ("grants = grants / 1.0; grants[1, 4] = np.nan", ["window 22:", "user 4", "nan"]),
        ("grants[2, 5] += 1", ["window 42:", "sum to 101 RBs", "B = 100"]),
        ("grants[0] += 2", ["window 2:", "sum to 116 RBs", "must be the budget B = 100"]),
        ("grants[:, 0] -= 40; grants[:, 1] += 40", ["window 2:", "user 0", ">= 0"]),
        ("raise KeyError('no\\n idea')", ["windows 2, 22, ..., 42", "KeyError", "no"]),
        ("import sys; sys.exit('enough')", ["windows 2, 22, ..., 42", "SystemExit: enough"]),
        ("grants = None", ["shape ()"]),
        ("grants = grants.astype(str)", ["act returned <U"]),
        ("import time; time.sleep(60)", ["act took longer than 1.5 s"]),
    ],
)
def test_a_fault_is_named_in_one_line_and_the_rest_goes_on(
    run: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], fault: str, words: list[str]
) -> None:
    (tmp_path / "mine.py").write_text(FAULTY.format(fault=fault))
    limit = "500" if "sleep" in fault else "60000"
    assert run("mine.py:Faulty", "--limit", limit) == 1
    printed = capsys.readouterr()
    (line,) = printed.err.splitlines()
    assert line.startswith("invalid: config 2, seed 0, window")
    for word in words:
        assert word in line
    table, _, _ = results(tmp_path, "Faulty")
    assert table.loc[2, "invalid"] == line.removeprefix("invalid: ")
    assert pd.isna(table.loc[2, "loss"])
    assert table.loc[0, "score"] == 0 and pd.isna(table.loc[0, "invalid"])


def test_the_traceback_is_printed_when_asked_for(
    run: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.py").write_text(FAULTY.format(fault="1 / 0"))
    assert run("mine.py:Faulty", "--debug") == 1
    assert "ZeroDivisionError" in capsys.readouterr().err.splitlines()[-1]


def test_a_learner_that_fails_or_scribbles_on_its_data_harms_nobody_else(
    run: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / "examples" / "learner.py").read_text()
    scribble = "        assert dataset.demand.max() > 0\n        dataset.demand[:] = 0\n"
    fails = "        if len(config.sigmoid_k_list) == 5 and seed == 1: raise MemoryError\n"
    place = "        rows = np.random"
    after = "        seen, demand = dataset.observation[rows, :, PACKETS], dataset.demand[rows]\n"
    assert place in text and after in text
    (tmp_path / "mine.py").write_text(
        text.replace(place, fails + place).replace(after, after + scribble)
    )
    assert run("mine.py:Corrected") == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "invalid: config 2, seed 1: Corrected raised MemoryError"
    table, _, _ = results(tmp_path, "Corrected")
    assert table.loc[0, "seeds"] == 3 and table.loc[0, "score"] > 50


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("mine", "must be MODULE:CLASS, FILE.py:CLASS or an entry point of difsched.schedulers"),
        ("nowhere:Mine", "ModuleNotFoundError"),
        ("nowhere.py:Mine", "nowhere.py is no file"),
        ("mine:Missing", "mine has no Missing"),
        ("mine:NUMBER", "must be a class; is int"),
        ("mine:sac", "is a method of the suite"),
        ("DQL-Set", "is dql_set, a method of the suite"),
        ("broken:Mine", "SyntaxError"),
        ("leaves:Mine", "SystemExit: bye"),
    ],
)
def test_what_cannot_be_a_scheduler_is_refused_in_one_line(
    run: Any, tmp_path: Path, method: str, words: str
) -> None:
    (tmp_path / "mine.py").write_text("NUMBER = 1\ndef sac(config):\n    pass\n")
    (tmp_path / "broken.py").write_text("class Mine(\n")
    (tmp_path / "leaves.py").write_text("raise SystemExit('bye')\n")
    with pytest.raises(InputError, match=words) as refused:
        run(method)
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "own").exists()


@pytest.mark.parametrize("text", ["", "8", "0-9", "3-1-", "a", "0,,1", "-1", "3-0", "0,2-1"])
def test_a_list_of_configs_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="--configs"):
        read_configs(text, range(8))


def test_configs_may_be_ranges() -> None:
    assert read_configs("6,0-2", range(8)) == [0, 1, 2, 6]
    assert read_configs(None, range(3)) == [0, 1, 2]


def test_whole_floats_and_lists_are_grants_too() -> None:
    config = ConfigManager().load_env_config(0)

    class Lists:
        def act(self, observation: NDArray[Any]) -> Any:
            return [[12.0, 13.0] * 4] * len(observation)

    grants = Guard(Lists(), config, "here", 1000).act(np.zeros((5, 8, 4)))
    assert grants.dtype == np.int64 and grants.sum(axis=1).tolist() == [100] * 5


def test_a_call_that_catches_everything_is_still_stopped_and_the_alarm_is_given_back() -> None:
    def stubborn() -> None:
        while True:
            try:
                time.sleep(10)
            except Exception:
                continue

    before = signal.getsignal(signal.SIGALRM)
    started = time.monotonic()
    with pytest.raises(RuleBroken, match=r"here: act took longer than 0\.2 s"):
        call_guarded("here", "act", stubborn, seconds=0.2)
    assert time.monotonic() - started < 5
    assert signal.getsignal(signal.SIGALRM) == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


SLICE = "N_user: 12\nB: 120\n"
LESS = """
import numpy as np

class Less:
    def __init__(self, config):
        self.each, self.budget = config.B // config.N_user - 1, config.B
    def act(self, observation):
        grants = np.full(observation.shape[:2], self.each)
        grants[:, 0] += self.budget - grants[0].sum()
        return grants

class Over(Less):
    def act(self, observation):
        return np.full(observation.shape[:2], self.each + 2)
"""


@pytest.mark.parametrize("each", [0, 1, 12, 13])
def test_grants_of_another_sum_than_the_budget_are_named(each: int) -> None:
    class Even:
        def act(self, observation: NDArray[Any]) -> NDArray[np.int64]:
            return np.full(observation.shape[:2], each)

    config = ConfigManager().load_env_config(0)
    with pytest.raises(RuleBroken, match=f"sum to {8 * each} RBs: must be the budget B = 100"):
        Guard(Even(), config, "here", 1000).act(np.zeros((2, 8, 4)))


@pytest.fixture
def own_slice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that evaluates a scheduler on a slice of its author's."""
    monkeypatch.setattr(own, "OWN", tmp_path / "own")
    monkeypatch.setattr(report, "draw", lambda *_: None)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.yaml").write_text(SLICE)
    (tmp_path / "less.py").write_text(LESS)

    def main(method: str, *more: str) -> int:
        words = ["--method", method, "--config", "my.yaml", "--windows", "40", "--limit", "60000"]
        return own.main([*words, *more])

    return main


def test_an_own_scheduler_runs_on_an_own_slice_beside_rules_and_oracles(
    own_slice: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert own_slice("less.py:Less") == 0
    out = capsys.readouterr().out
    assert "not compared with the reference: it has no results of this slice" in out
    (folder,) = (tmp_path / "own").iterdir()
    assert f"written to {folder}: results.csv" in out
    pairs = pd.read_csv(folder / "pairs.csv")
    assert set(pairs["against"]) == set(BESIDE) and set(pairs["config"]) == {"my"}
    assert (pairs["difference"] > 0).all()
    for name in BESIDE:
        assert find(name).label in out
    assert own_slice(f"{ROOT / 'examples' / 'learner.py'}:Corrected") == 0
    assert pd.read_csv(next((tmp_path / "own").glob("Corrected-*/results.csv")))["seeds"][0] == 3


def test_difsched_evaluate_takes_the_same_names(
    own_slice: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["evaluate", "less.py:Less", "--config", "my.yaml", "--windows", "40", "--json"]
    assert difsched(words) == 0
    values = json.loads(capsys.readouterr().out)
    assert values["method"] == "Less" and set(values["beside"]) == set(BESIDE)
    assert min(values["beside"].values()) == values["beside"]["oracle"] < values["loss"]
    assert difsched(["evaluate", "less.py:Over", "--config", "my.yaml", "--windows", "40"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "sum to 132 RBs: must be the budget B = 120" in line


def test_results_of_another_setting_are_never_overwritten(own_slice: Any, tmp_path: Path) -> None:
    assert own_slice("less.py:Less") == 0
    (first,) = (tmp_path / "own").iterdir()
    kept = (first / "results.csv").read_bytes()
    assert own_slice("less.py:Less") == 0, "the same again may"
    (tmp_path / "my.yaml").write_text("N_user: 6\nB: 120\n")
    assert own_slice("less.py:Less") == 0
    (tmp_path / "my.yaml").write_text(SLICE)
    assert own_slice("less.py:Less", "--windows", "60") == 0
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "less.py").write_text(LESS.replace("N_user - 1", "N_user - 2"))
    assert own_slice("other/less.py:Less") == 0
    assert len(list((tmp_path / "own").iterdir())) == 4
    assert (first / "results.csv").read_bytes() == kept
    assert own_slice("less.py:Less", "--name", "mine") == 0
    assert own_slice("less.py:Less", "--name", "mine") == 0
    with pytest.raises(InputError, match=r"mine holds results of another setting \(windows\)"):
        own_slice("less.py:Less", "--name", "mine", "--windows", "80")
    for name in ("../mine", "", ".", "a/b"):
        with pytest.raises(InputError, match="--name"):
            own_slice("less.py:Less", "--name", name)


@pytest.mark.parametrize("more", [["--configs", "0"], ["--reference", "."]])
def test_a_slice_of_ones_own_has_no_reference(own_slice: Any, more: list[str]) -> None:
    with pytest.raises(InputError, match=f"{more[0]}: must be left out with --config"):
        own_slice("less.py:Less", *more)


def test_modules_that_only_claim_a_file_are_no_sources(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rule.py").write_text("class Rule: pass\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    rule = importlib.import_module("rule")
    nowhere = types.ModuleType("nowhere")
    nowhere.__file__ = "_nowhere.py"  # as torch.classes has
    monkeypatch.setitem(sys.modules, "nowhere", nowhere)
    assert list(sources(rule.Rule)) == ["rule.py"]
    monkeypatch.delitem(sys.modules, "rule")
