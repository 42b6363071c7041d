"""The jobs and their order, restarts, kills and locks, with stages that only write their files."""

import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from experiments.claims.check import load
from experiments.products import FURTHER, PRODUCTS
from experiments.studies import FAMILY_STUDIES
from tests.experiments.conftest import Tree
from tests.waiting import wait_for

pytestmark = pytest.mark.slow

TINY = ("--profile", "tiny")
WORKSPACE = Path("artifacts", "work", "tiny-builtin")
MANIFEST = WORKSPACE / "manifests" / "main-bc-slice0.json"
#: A traffic, agent and dataset, two groups, two sweeps, a study, eleven aggregates, those of the
#: families and of their studies, the products.
JOBS = 20 + len(FURTHER) + len(FAMILY_STUDIES) + len(PRODUCTS)
TABLE = Path("paper", "tables", "table2.tex")
LONGER = "main: {evaluation: {n_windows: 60}}"


@pytest.fixture(scope="module")
def made(plant: Callable[[], Tree]) -> Tree:
    """Return a tree whose targets are all made."""
    tree = plant()
    result = tree.run(*TINY)
    assert result.returncode == 0, result.stdout + result.stderr
    return tree


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """Let children be interrupted where the tests' own shell was started without (``... &``)."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@contextmanager
def running(tree: Tree, *arguments: str, **more: str) -> Iterator[subprocess.Popen[str]]:
    """Start the command, wait until a learner is at work, and leave nothing of it behind."""
    process = subprocess.Popen(
        tree.command(*arguments),
        env=tree.environment(**more),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        wait_for(lambda: (tree.root / WORKSPACE / "logs" / "main-bc-slice0.log").exists())
        yield process
    finally:
        process.kill()
        process.communicate()


def workers(tree: Tree) -> list[int]:
    """Return the processes of the tree's stages."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                line = (entry / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if "--workspace" in line and str(tree.root) in line:
                found.append(int(entry.name))
    return found


def test_every_product_is_made_and_each_job_is_told_in_one_line(plant: Callable[[], Tree]) -> None:
    tree = plant()
    result = tree.run(*TINY)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stderr == ""
    lines = [line for line in result.stdout.splitlines() if line.startswith("[")]
    assert [line.split("]")[0] for line in lines] == [f"[{i}/{JOBS}" for i in range(1, JOBS + 1)]
    for file in ("tables/table1.tex", "tables/table2.tex", "figures/fig1.pdf", "figures/fig4.png"):
        assert (tree.root / "paper" / file).read_text() == "tiny-builtin"
        assert f"paper/{file}" in result.stdout


def test_a_second_call_has_nothing_to_do_and_says_so(made: Tree) -> None:
    before = {f: t for f, t in made.files().items() if ".snakemake" not in f and "lock" not in f}
    result = made.run(*TINY)
    assert result.returncode == 0
    assert result.stdout.startswith("nothing to do: everything is up to date")
    assert "\ntruth: 2 variants not in this profile: dql_set, gaussian_set\n" in result.stdout
    after = made.files()
    assert {file: after[file] for file in before} == before


def test_a_dry_run_in_a_used_tree_writes_nothing(made: Tree) -> None:
    (made.root / TABLE).unlink()
    before = made.files()
    result = made.run("--dry-run", *TINY)
    assert "table2" in labels(result.stdout) and "table1" not in labels(result.stdout)
    assert made.files() == before


def test_a_deleted_product_costs_its_own_job_only(made: Tree) -> None:
    (made.root / TABLE).unlink(missing_ok=True)
    result = made.run("table2", *TINY)
    assert "[1/1] done table2" in result.stdout
    assert (made.root / TABLE).exists()


def test_a_lost_manifest_is_made_again_although_the_table_is_newer(made: Tree) -> None:
    (made.root / MANIFEST).unlink()
    result = made.run("table2", *TINY)
    assert "done main bc slice0" in result.stdout
    assert (made.root / MANIFEST).exists()


def test_changed_settings_repeat_the_jobs_that_depend_on_them(made: Tree) -> None:
    profile = made.root / "experiments" / "profiles" / "tiny.yaml"
    text = profile.read_text()
    profile.write_text(text.replace("main: {evaluation: {n_windows: 40}}", LONGER))
    result = made.run("--dry-run", *TINY)
    assert "  main bc slice0" in result.stdout
    assert "  dataset slice0" not in result.stdout
    profile.write_text(text)
    assert made.run("--dry-run", *TINY).stdout.startswith("nothing to do")


@contextmanager
def edited(path: Path, more: str) -> Iterator[None]:
    """Add lines to a file of a tree for a while."""
    text = path.read_text()
    path.write_text(text + more)
    try:
        yield
    finally:
        path.write_text(text)


def labels(said: str) -> set[str]:
    """Return the jobs that a dry run lists."""
    return {line.strip() for line in said.splitlines() if line.startswith("  ")}


def test_changed_code_repeats_what_it_is_behind_and_says_so(made: Tree) -> None:
    with edited(made.root / "baselines" / "offline.py", "LATER = 1\n"):
        result = made.run("--dry-run", "table2", *TINY)
    assert "again: main-bc-slice0: baselines/offline.py changed" in result.stdout
    assert labels(result.stdout) == {"main bc slice0", "aggregate", "table2"}


def test_a_changed_scheduler_leaves_other_methods_alone(made: Tree) -> None:
    with edited(made.root / "baselines" / "slice" / "heuristics.py", "LATER = 1\n"):
        found = labels(made.run("--dry-run", "table2", *TINY).stdout)
    assert "main reference slice0" in found
    assert not {"main bc slice0", "dataset slice0", "agent 0"} & found


def test_a_changed_simulator_repeats_everything_behind_it(made: Tree) -> None:
    with edited(made.root / "difsched" / "env" / "slice" / "simulator.py", "LATER = 1\n"):
        found = labels(made.run("--dry-run", "all", *TINY).stdout)
    assert {"main reference slice0", "main bc slice0", "study truth det_set"} <= found
    assert "traffic thumb_fr" not in found


def test_a_comment_repeats_nothing_and_a_changed_figure_is_drawn_alone(made: Tree) -> None:
    with edited(made.root / "baselines" / "offline.py", "# A comment.\n"):
        assert made.run("--dry-run", *TINY).stdout.startswith("nothing to do")
    with edited(made.root / "paper" / "fig4.py", "LATER = 1\n"):
        assert labels(made.run("--dry-run", *TINY).stdout) == {"fig4", "report"}


def test_a_product_is_made_again_where_another_file_that_it_shows_has_changed(made: Tree) -> None:
    assert made.run(*TINY).returncode == 0
    slices = made.root / "difsched" / "config" / "env" / "matrix.yaml"
    with edited(slices, "# A comment.\n"):
        found = labels(made.run("--dry-run", *TINY).stdout)
    assert {"fig2", "numbers", "report"} <= found
    assert "main bc slice0" not in found
    with edited(made.root / "paper" / "main.tex", "% A comment.\n"):
        assert labels(made.run("--dry-run", *TINY).stdout) == {"report"}


def test_the_minutes_of_the_claims_are_those_of_a_dry_run(plant: Callable[[], Tree]) -> None:
    tree = plant()
    minutes = {claim.command: claim.minutes for claim in load()}
    for command, claimed in minutes.items():
        target = command.removeprefix("./run_all.sh").split()
        said = tree.run("--dry-run", "--jobs", "2", *target).stdout
        about = re.search(r"about (?:(\d+) h )?(?:(\d+) min)?", said)
        assert about is not None, said
        planned = 60 * int(about[1] or 0) + int(about[2] or 0)
        assert claimed == pytest.approx(planned, rel=0.1, abs=1.5), command


def test_csv_files_of_other_settings_or_code_are_told(made: Tree) -> None:
    program = (
        "from experiments.workflow.dry_run import outdated; "
        "from experiments.profiles.resolve import resolve; "
        "print(sorted(outdated(resolve('tiny', None))))"
    )

    def told() -> str:
        command = [sys.executable, "-P", "-c", program]
        done = subprocess.run(
            command, env=made.environment(), capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    assert told() == "[]"
    with edited(made.root / "experiments" / "stages" / "sweep.py", "LATER = 1\n"):
        assert told() == "['budget.csv', 'scaling.csv', 'scaling_time.csv']"


def test_results_of_other_code_can_be_kept_and_are_marked(plant: Callable[[], Tree]) -> None:
    tree = plant()
    assert tree.run("table2", *TINY).returncode == 0
    spec = tree.root / WORKSPACE / "spec.json"
    with edited(tree.root / "baselines" / "offline.py", "LATER = 1\n"):
        result = tree.run("table2", "--keep-results", *TINY)
        assert "done table2" in result.stdout
        assert "done main" not in result.stdout
        assert set(json.loads(spec.read_text())["kept"]) == {"main-bc-slice0"}
        again = tree.run("table2", "--keep-results", *TINY)
        assert again.stdout.startswith("nothing to do")
        result = tree.run("table2", *TINY)
        assert "done main bc slice0" in result.stdout
        assert "kept" not in json.loads(spec.read_text())


def test_what_is_tested_elsewhere_waits_for_its_training(plant: Callable[[], Tree]) -> None:
    tree = plant()
    profiles = tree.root / "experiments" / "profiles"
    pair = (profiles / "tiny.yaml").read_text().replace("configs: [0]", "configs: [0, 2]", 1)
    (profiles / "pair.yaml").write_text(pair)
    result = tree.run("table5", "--profile", "pair")
    assert result.returncode == 0, result.stdout + result.stderr
    jobs = ("main bc slice0", "transfer slice2", "aggregate transfer", "table5")
    places = [result.stdout.index(f"done {job} (") for job in jobs]
    assert places == sorted(places)
    assert "transfer slice0" not in result.stdout
    # It tests every learner of offline data, so an algorithm's code is behind it.
    with edited(tree.root / "difsched" / "agents" / "iql.py", "LATER = 1\n"):
        again = tree.run("table5", "--profile", "pair", "--dry-run").stdout.splitlines()
    assert "  transfer slice2" in again
    assert "  main bc slice0" not in again


def test_a_table_follows_the_profile_that_was_asked_for_last(plant: Callable[[], Tree]) -> None:
    tree = plant()
    profiles = tree.root / "experiments" / "profiles"
    (profiles / "other.yaml").write_text((profiles / "tiny.yaml").read_text())
    for name in ("tiny", "other", "tiny"):
        assert tree.run("table1", "--profile", name).returncode == 0
        assert (tree.root / "paper/tables/table1.tex").read_text() == f"{name}-builtin"


def test_a_failed_job_is_named_with_the_end_and_the_path_of_its_log(
    plant: Callable[[], Tree],
) -> None:
    tree = plant()
    result = tree.run(*TINY, FAKE_FAILS="dataset")
    assert result.returncode == 1
    assert "FAILED dataset slice0" in result.stdout
    assert "the stage broke here" in result.stdout
    assert str(WORKSPACE / "logs" / "dataset-slice0.log") in result.stdout
    assert "failed: dataset slice0" in result.stderr
    assert "Traceback" not in result.stdout + result.stderr
    assert tree.run(*TINY).returncode == 0


def test_a_second_call_beside_a_running_one_says_who_holds_the_lock(made: Tree) -> None:
    path = made.root / "artifacts" / "work" / "lock"
    with path.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate(0)
        holder = {"pid": 4711, "host": "here", "since": "today", "command": "./run_all.sh fig1"}
        file.write(json.dumps(holder))
        file.flush()
        result = made.run(*TINY)
    assert result.returncode == 3
    [line] = result.stderr.splitlines()
    for said in ("process 4711", "on here", "since today", "./run_all.sh fig1"):
        assert said in line


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_call_stops_within_seconds_and_leaves_no_worker(
    plant: Callable[[], Tree], number: signal.Signals
) -> None:
    tree = plant()
    with running(tree, *TINY, FAKE_SECONDS="0.5") as process:
        started = time.monotonic()
        process.send_signal(number)
        said, _ = process.communicate(timeout=20)
        assert time.monotonic() - started < 15
        assert process.returncode == 130
    assert "the same command goes on from there" in said
    assert workers(tree) == []
    result = tree.run(*TINY)
    assert result.returncode == 0
    assert "done dataset" not in result.stdout


def test_workers_end_soon_after_their_command_was_killed(plant: Callable[[], Tree]) -> None:
    tree = plant()
    with running(tree, *TINY, FAKE_SECONDS="1") as process:
        process.kill()
        process.wait()
        wait_for(lambda: workers(tree) == [], 15)
    assert tree.run(*TINY).returncode == 0


def test_what_a_killed_call_left_running_is_ended_before_the_next_begins(
    plant: Callable[[], Tree],
) -> None:
    tree = plant()
    with running(tree, *TINY, FAKE_SECONDS="1") as process:
        group = json.loads((tree.root / "artifacts/work/workers.lock").read_text())["group"]
        left = [worker for worker in workers(tree) if worker != group]
        # Stopped workers cannot end by themselves: only the next call's kill ends them.
        for worker in left:
            os.kill(worker, signal.SIGSTOP)
        os.kill(group, signal.SIGKILL)
        process.kill()
        process.wait()
    assert left
    result = tree.run(*TINY)
    assert result.returncode == 0, result.stdout + result.stderr
    assert set(left).isdisjoint(workers(tree))
