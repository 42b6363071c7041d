"""The command line at the door: help, lists, wrong input, dry runs."""

import os
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest

from difsched.errors import InputError
from experiments.cli import run_all
from experiments.cli.arguments import SET_UP, cores, parse
from experiments.cli.targets import BENCHMARKS
from experiments.paths import ROOT
from experiments.products import FURTHER, PRODUCTS
from experiments.profiles.read import job_kinds, read_profile
from experiments.profiles.resolve import digest, resolve
from experiments.studies import FAMILY_STUDIES
from experiments.studies.variants import chosen
from tests.experiments.conftest import Tree

METHODS = "methods: {only: [equal], seeds: [0], jobs: each}"
STEPS = "gradient_steps: 1, batch_size: 1"
REST = (
    f"{METHODS}\nexpected_seconds: {{}}\nstudies: {{}}\nmain: {{evaluation: {{n_windows: 40}}}}\n"
)
REST += f"multimodal: {{seeds: [0], mixtures: {{{STEPS}}}, ties: {{{STEPS}, configs: [99]}}}}\n"
SWEEP = "methods: [equal], n_windows: 40"
REST += f"sweeps: {{budget: {{configs: [99], rbs_per_user: [5], {SWEEP}}}, scaling"


@pytest.fixture(scope="module")
def tree(plant: Callable[[], Tree]) -> Tree:
    return plant()


def assert_refused(result: subprocess.CompletedProcess[str], *words: str) -> None:
    assert result.returncode == 2
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1, result.stderr
    for word in words:
        assert word in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["tabel1"], ["target 'tabel1'", "table1", "fig4"]),
        (["all", "test"], ["'test' stands alone", "all"]),
        (["bench", "speed"], ["benchmark 'speed'", "oracle"]),
        (["bench"], ["benchmark ''", "oracle"]),
        (["fig1", "bench"], ["'bench' stands alone", "fig1"]),
        (["--profile", "fast"], ["--profile 'fast'", "smoke", "full"]),
        (["--profile", "../profiles/smoke"], ["--profile", "smoke", "full"]),
        (["--jobs", "0"], ["--jobs '0'", "1..1024"]),
        (["--jobs", "two"], ["--jobs 'two'", "1..1024"]),
        (["--jobs", "1.5"], ["--jobs '1.5'", "1..1024"]),
        (["--jobs", "9" * 5000], ["--jobs", "1..1024"]),
        (["--jobs"], ["--jobs", "--help"]),
        (["--dry"], ["--dry", "--help"]),
        (["--traces", "no/such/folder"], ["--traces 'no/such/folder'", "folder"]),
        (["--traces", "."], ["--traces '.'", "CSV"]),
        (["--traces", "a\nb"], ["--traces 'a\\nb'"]),
        (["a\nb"], ["target 'a\\nb'"]),
        (["--a\nb"], ["--a b"]),
        (["-j", "2"], ["-j"]),
    ],
)
def test_a_wrong_argument_is_one_line_before_any_environment_is_made(
    tree: Tree, arguments: list[str], words: list[str]
) -> None:
    before = tree.files()
    assert_refused(tree.run_all(*arguments), *words)
    assert tree.files() == before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("window,packets\n0,5\n1,nan\n", ["thumb_", "packets", "nan", "0..200"]),
        ("window,packets\n0,201\n", ["packets", "201", "0..200"]),
        ("window,count\n0,5\n", ["column packets"]),
        ("", ["thumb_"]),
    ],
)
def test_a_bad_trace_is_one_line_and_nothing_is_written(
    tree: Tree, tmp_path: Path, text: str, words: list[str]
) -> None:
    for name in ("thumb_fr", "thumb_bk"):
        for split in ("train", "test"):
            (tmp_path / f"{name}_{split}.csv").write_text(text)
    before = tree.files()
    assert_refused(tree.run("--traces", str(tmp_path)), *words)
    assert tree.files() == before


def test_a_folder_without_one_of_the_dataflows_is_refused(tree: Tree, tmp_path: Path) -> None:
    for split in ("train", "test"):
        (tmp_path / f"thumb_fr_{split}.csv").write_text("window,packets,packets_predicted\n0,5,5\n")
    assert_refused(tree.run("--traces", str(tmp_path)), "thumb_bk")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("# x\nconfigs: [0]\n", ["broken.yaml", "methods is missing"]),
        (f"# x\nconfigs: [99]\n{REST}: {{configs: [99], users: [8], {SWEEP}}}}}\n", ["99", "0, 1"]),
        (
            f"# x\nconfigs: [99]\n{REST}: {{configs: [0], users: [8], {SWEEP}}}}}\n",
            ["sweeps.scaling.configs = 0", "99"],
        ),
        (f"# x\nconfigs: [99]\n{REST}: 5}}\n", ["sweeps.scaling = 5", "mapping"]),
        (
            f"# x\nconfigs: [99]\n{REST.replace('{n_windows: 40}', '{n_windows: 59}')}: 5}}\n",
            ["main.evaluation.n_windows = 59", "40 or 60"],
        ),
        (
            f"# x\nconfigs: [99]\n{REST}: {{configs: [99], methods: [equal], users: [8], "
            "n_windows: 20}}\n",
            ["sweeps.scaling.n_windows = 20", "40.."],
        ),
        ("# x\n- 1\n", ["broken.yaml", "mapping"]),
        ("# x\nconfigs: !!python/object/apply:os.system [exit]\n", ["broken.yaml", "YAML"]),
    ],
)
def test_a_broken_profile_is_one_line_and_nothing_is_written(
    plant: Callable[[], Tree], text: str, words: list[str]
) -> None:
    tree = plant()
    (tree.root / "experiments" / "profiles" / "broken.yaml").write_text(text)
    before = tree.files()
    assert_refused(tree.run("--profile", "broken"), *words)
    assert tree.files() == before


def test_help_and_list_need_no_environment_and_name_everything(tree: Tree) -> None:
    page, listing = tree.run_all("--help"), tree.run_all("list")
    for result in (page, listing):
        assert result.returncode == 0
        assert result.stderr == ""
        for name in [*PRODUCTS, "all", "test", "smoke", "full"]:
            assert re.search(rf"^  {name}\b", result.stdout, re.MULTILINE), name
    for status in ("0", "1", "2", "3", "130"):
        assert re.search(rf"^  {status} ", page.stdout, re.MULTILINE)
    assert not (tree.root / ".venv").exists()


def test_a_dry_run_lists_every_job_of_the_matrix_and_writes_nothing(tree: Tree) -> None:
    before = tree.files()
    result = tree.run("--dry-run", "--profile", "smoke", "--jobs", "3")
    assert result.returncode == 0, result.stderr
    text, _, omitted = result.stdout.partition("\ntruth: 2 variants not in this profile: ")
    head, listed = text.split("\n\n")
    jobs = listed.splitlines()
    assert [f"  dataset slice{c}" in jobs for c in range(8)] == [True] * 8
    assert {"  traffic thumb_bk", "  agent 1", "  table2", "  fig4"} <= set(jobs)
    title, *kinds, summary = head.splitlines()
    assert title.split() == ["kind", "jobs", "minutes", "of", "one", "core"]
    counts = {line.split()[0]: int(line.split()[1]) for line in kinds}
    further = read_profile("smoke").families.values()
    datasets = 8 + sum(len(part.configs) for part in further)
    figures = sum(name.startswith("fig") for name in PRODUCTS)
    assert (counts["dataset"], counts["traffic"], counts["fig"]) == (datasets, 2, figures)
    assert sum(counts.values()) == len(jobs)
    assert summary.startswith(f"{len(jobs)} jobs would run: about ")
    assert summary.endswith("with 3 jobs at a time")
    left = chosen("ablation").keys() - {"base", "bc_only", "steps_1", "retransmit_gamma"}
    assert omitted.startswith("det_set, gaussian_set\nablation: 32 variants")
    told, _, rest = omitted.partition("\npayoff: ")
    assert set(told.partition("this profile: ")[2].replace(",", " ").split()) == left
    grid, _, studies = rest.partition("\n")
    assert grid == "23 points of its grids not in this profile"
    assert {line.partition(":")[0] for line in studies.splitlines() if line[0] != " "} == {
        name
        for name in (*FAMILY_STUDIES, "fresh", "support")
        if name in read_profile("smoke").every_study()
    }
    assert tree.files() == before


def test_a_figure_of_the_traffic_needs_no_run(tree: Tree) -> None:
    result = tree.run("fig1", "--dry-run")
    assert result.stdout.split("\n\n")[1].splitlines() == [
        "  fig1",
        "  traffic thumb_bk",
        "  traffic thumb_fr",
    ]


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_benchmark_has_its_module(name: str) -> None:
    assert find_spec(f"benchmarks.{name}") is not None
    assert parse(["bench", name, "--help"]).targets == ["bench", name, "--help"]


def test_before_the_environment_the_standard_library_will_do() -> None:
    for words, status in ((["list"], 100), (["table2"], 0)):
        command = [sys.executable, "-S", "-P", "-m", "experiments.cli.arguments", *words]
        done = subprocess.run(command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, check=False)
        assert done.returncode == status


@pytest.mark.parametrize(
    ("words", "rooms"), [(["test"], []), (["test", "maths"], ["-m", "not slow", *run_all.MATHS])]
)
def test_the_tests_run_on_all_cores_and_those_of_the_mathematics_alone_by_a_word(
    words: list[str], rooms: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[list[str]] = []

    def call(command: list[str]) -> int:
        calls.append([*command])
        return 0

    monkeypatch.setattr(run_all, "_module", call)
    assert run_all.main(words) == 0
    assert calls[-1] == ["pytest", "-n", str(cores()), "--dist", "loadfile", *rooms]
    assert all((ROOT / room).is_dir() for room in run_all.MATHS)


def test_arguments_have_the_documented_defaults() -> None:
    arguments = parse([])
    assert (arguments.targets, arguments.profile) == (["all"], "full")
    assert (arguments.traces, arguments.dry_run) == (None, False)
    assert arguments.jobs >= 1


def test_targets_and_options_may_come_in_any_order() -> None:
    arguments = parse(["table1", "--jobs", "7", "fig1"])
    assert (arguments.targets, arguments.jobs) == (["table1", "fig1"], 7)


@pytest.mark.parametrize("name", ["smoke", "full"])
def test_a_packaged_profile_covers_every_config_and_estimates_every_kind_of_job(name: str) -> None:
    profile = read_profile(name)
    assert profile.configs == list(range(8))
    kinds = {kind for kind in job_kinds() if not kind.startswith("main_")}
    # Jobs of further families take what the slice's take, where a profile does not say more.
    further = {kind for kind in job_kinds() if kind.endswith(tuple(f"_{one}" for one in FURTHER))}
    further |= {f"study_{study}" for study in FAMILY_STUDIES}
    stated = set(profile.expected_seconds) - further
    assert stated == (kinds - further) | {f"main_{g}" for g in profile.groups}


def test_every_traffic_source_has_its_own_workspace() -> None:
    assert resolve("smoke", None).name == "smoke-builtin"
    with pytest.raises(InputError, match="traces"):
        resolve("smoke", Path("/no/such/folder"))


def test_a_digest_follows_values_and_the_text_of_files(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("x: 1")
    first = digest({"b": 1, "a": [file]})
    assert digest({"a": [file], "b": 1}) == first
    assert digest({"a": [file], "b": 2}) != first
    file.write_text("x: 2")
    assert digest({"b": 1, "a": [file]}) != first


@pytest.mark.parametrize(
    "argv", [["--method", "a.py:B", "--configs", "0"], ["--configs", "0", "--method=a.py:B"]]
)
def test_an_own_scheduler_takes_its_options_in_any_order(argv: list[str]) -> None:
    assert parse(argv).targets == ["--method", *argv]


def test_ctrl_c_with_no_job_under_way_says_what_is_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> int:
        raise KeyboardInterrupt

    stub = ModuleType("experiments.cli.run_all")
    vars(stub)["main"] = interrupted
    monkeypatch.setitem(sys.modules, "experiments.cli.run_all", stub)
    with pytest.raises(SystemExit) as end:
        runpy.run_module("experiments", run_name="__main__")
    assert end.value.code == 130
    assert "kept in artifacts/work" in capsys.readouterr().out


def test_ctrl_c_before_the_jobs_says_what_is_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(argv: list[str]) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("experiments.cli.run_all.parse", interrupted)
    with pytest.raises(SystemExit) as end:
        runpy.run_module("experiments", run_name="__main__")
    assert end.value.code == 130
    assert "kept in artifacts/work" in capsys.readouterr().out


def test_a_reader_that_has_seen_enough_is_no_error(tree: Tree) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    code = "import sys; from experiments.cli.run_all import main; sys.exit(main(['list']))"
    unbuffered = [sys.executable, "-W", "ignore", "-u", "-c", code]
    result = subprocess.run(
        unbuffered, cwd=tree.root, stdout=writer, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writer)
    assert (result.returncode, result.stderr) == (0, "")


def test_a_dry_run_without_an_environment_installs_nothing_and_says_so(tree: Tree) -> None:
    before = tree.files()
    for words in (["--dry-run"], ["table2", "--dry-run", "--profile", "smoke"]):
        result = tree.run_all(*words)
        assert (result.returncode, result.stderr) == (0, "")
        assert SET_UP in result.stdout and words[-1].lstrip("-") in result.stdout + "dry-run"
    assert f"making the environment {SET_UP}" in (ROOT / "run_all.sh").read_text()
    assert tree.files() == before


def test_another_shell_gives_the_file_to_bash(tree: Tree) -> None:
    for shell in ("sh", "dash"):
        if shutil.which(shell) is None:
            continue
        command = [shell, str(tree.root / "run_all.sh"), "list"]
        done = subprocess.run(
            command, env=tree.environment(), capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert "profiles:" in done.stdout


def test_a_checkout_that_cannot_be_written_is_one_line_of_ours(plant: Callable[[], Tree]) -> None:
    tree = plant()
    (tree.root / ".venv.lock").mkdir()  # which root cannot write either
    result = tree.run_all("table1")
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith("run_all.sh: ") and "cannot be written" in line
