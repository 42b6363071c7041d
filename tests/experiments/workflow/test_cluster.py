"""What can be known of the cluster's parts without a cluster."""

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from experiments.cluster import compare
from experiments.profiles.resolve import main_rule, resolve
from experiments.workflow.resources import MINUTES, needs

FOLDER = Path(compare.__file__).parent
SCRIPT = FOLDER / "single_node.sh"


def settings(name: str) -> dict[str, object]:
    values = yaml.safe_load((FOLDER / name / "config.yaml").read_text(encoding="utf-8"))
    assert isinstance(values, dict)
    return values


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_a_job_asks_for_more_than_such_jobs_took() -> None:
    asked = needs("main_dql_set", {"main_dql_set": 600.0})
    assert asked["runtime"] > 10
    assert needs("main_dql_set", {"main_dql_set": 1200.0})["runtime"] == 2 * asked["runtime"]
    assert asked["mem_mb"] > needs("table2", {})["mem_mb"] > 100


def test_a_job_of_unknown_or_short_length_asks_for_some_minutes() -> None:
    assert needs("fig1", {})["runtime"] == needs("fig1", {"fig1": 1.0})["runtime"] == MINUTES


@pytest.mark.parametrize("profile", ["smoke", "full"])
def test_every_rule_of_a_profile_can_be_asked_for(profile: str) -> None:
    seconds = resolve(profile, None).profile.expected_seconds
    asked = [needs(rule, seconds) for rule in seconds]
    assert min(needed["mem_mb"] for needed in asked) >= 200
    assert max(needed["mem_mb"] for needed in asked) <= 2000
    assert max(needed["runtime"] for needed in asked) <= 60


def test_equal_results_are_equal_whatever_the_times_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    left = write(tmp_path / "a", **{"main.csv": "loss\n1\n", "costs.csv": "1 s", "log.txt": "x"})
    right = write(tmp_path / "b", **{"main.csv": "loss\n1\n", "costs.csv": "2 s"})
    assert compare.main([str(left), str(right)]) == 0
    assert capsys.readouterr().out.startswith("1 files are equal byte by byte; sha256")


def test_a_result_that_differs_or_is_missing_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    left = write(tmp_path / "a", **{"main.csv": "1", "runs__one__result.json": "{}"})
    right = write(tmp_path / "b", **{"main.csv": "1 ", "runs__two__result.json": "{}"})
    assert compare.main([str(left), str(right)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "main.csv: differs",
        "runs/one/result.json: only in the first",
        "runs/two/result.json: only in the second",
        "3 of 3 files differ",
    ]


def test_a_folder_without_results_is_no_success(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    left = write(tmp_path / "a", **{"main.csv": "1"})
    assert compare.main([str(left), str(tmp_path / "none")]) == 2
    assert "holds no results" in capsys.readouterr().err


def test_the_gpu_profile_is_the_cpu_profile_with_a_share_of_a_gpu_for_each_training() -> None:
    cpu, gpu = settings("slurm"), settings("slurm-gpu")
    shares = gpu.pop("set-resources")
    assert gpu == cpu
    profile = resolve("full", None).profile
    learners = [group for group in profile.groups if group != "reference" and "sac" not in group]
    rules = {main_rule(group, "slice", users) for group in learners for users in (8, 20)}
    assert set(shares) == rules | {f"study_{study}" for study in profile.studies}
    assert all(share == {"gres": "shard:1"} for share in shares.values())


@pytest.mark.parametrize("arguments", [[], ["sideways"]])
def test_the_set_up_of_a_node_names_what_it_can_do(arguments: list[str]) -> None:
    done = subprocess.run([SCRIPT, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.endswith("is unknown: must be up or down\n")
    assert len(done.stderr.splitlines()) == 1


def test_the_set_up_of_a_node_needs_root() -> None:
    done = subprocess.run(
        ["bash", "-s", "up"],  # from here, since nobody may have no right to look into the folder
        input=SCRIPT.read_text(encoding="utf-8"),
        user="nobody" if os.geteuid() == 0 else None,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (2, "single_node.sh: needs root\n")
