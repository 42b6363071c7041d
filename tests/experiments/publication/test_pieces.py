"""Pieces of a full run, put into published logs one at a time."""

from pathlib import Path
from typing import Any

import pytest

from difsched.errors import InputError
from difsched.run_ids import family_of
from difsched.utils.files import read_json, write_json
from experiments.aggregate.reference import aggregate
from experiments.paths import LOGS, Layout
from experiments.profiles.profile import Profile
from experiments.profiles.resolve import resolve
from experiments.provenance.fingerprint import code_of
from experiments.publication.pieces import jobs_of, pieces_of, with_piece
from experiments.publication.publish import check_complete, pack, pack_piece
from experiments.runs.run import track, write_manifest

CODE = code_of("difsched.errors")
FULL = resolve("full", None).profile


def workspace(folder: Path, groups: dict[str, list[int]], loss: float, data: str = "d0") -> Path:
    """Make a workspace of methods, each with its seeds on configuration 0, and of a sweep."""
    seeds = {name: own or [0] for name, own in groups.items()}
    profile = {
        "configs": [0],
        "methods": {"seeds": [0], "jobs": "each", "only": list(groups), "groups": []},
        "groups": {name: [name] for name in groups},
        "seeds": seeds,
        "sweeps": {"budget": FULL.sweeps["budget"].to_dict() | {"configs": [0]}},
    }
    write_json(folder / "spec.json", {"profile": profile})
    layout = Layout(folder)
    write_json(layout.card_path("slice", 0), {"family": "slice", "sha256": data})

    def body(run: Path) -> float:
        write_json(run / "result.json", {"loss": loss})
        return loss

    def made(experiment: str, name: str, **more: Any) -> Path:
        return track(experiment, folder, name, {"family": "slice", "config": 0, **more}, body, CODE)

    for name, own in seeds.items():
        runs = [made("main", f"main-{name}-slice0-s{seed}", method=name, seed=seed) for seed in own]
        write_manifest(layout.job_manifest(f"main-{name}-slice0"), runs)
    write_manifest(layout.job_manifest("sweep-budget"), [made("budget", "budget-slice0")])
    return folder


def losses(logs: Path) -> dict[str, float]:
    folders = sorted((logs / "runs").iterdir())
    return {folder.name: read_json(folder / "result.json")["loss"] for folder in folders}


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Published logs of bc with two seeds, cql with one, and a sweep."""
    pack(workspace(tmp_path / "old", {"bc": [0, 1], "cql": [0]}, 0.5), tmp_path / "logs")
    return tmp_path / "logs"


def test_a_piece_takes_the_place_of_its_own_runs_alone(logs: Path, tmp_path: Path) -> None:
    new = workspace(tmp_path / "new", {"bc": [0, 2, 3], "idql": [0]}, 0.25)
    pack_piece(new, logs, "bc")
    assert losses(logs) == {
        "budget-slice0": 0.5,
        **{f"main-bc-slice0-s{seed}": 0.25 for seed in (0, 2, 3)},
        "main-cql-slice0-s0": 0.5,
    }
    pack_piece(new, logs, "idql")
    pack_piece(new, logs, "budget")
    assert losses(logs)["main-idql-slice0-s0"] == losses(logs)["budget-slice0"] == 0.25
    profile = Profile.from_dict(read_json(logs / "spec.json")["profile"])
    assert profile.seeds == {"bc": [0, 2, 3], "cql": [0], "idql": [0]}
    assert profile.every_method() == {"bc", "cql", "idql"}
    assert profile.methods is not None and profile.methods.only == ["bc", "cql", "idql"]


def test_a_piece_that_is_not_whole_is_refused(logs: Path, tmp_path: Path) -> None:
    new = workspace(tmp_path / "new", {"bc": [0], "cql": [0]}, 0.25)
    (new / "runs" / "main-cql-slice0-s0" / "result.json").write_text("{}")
    check_complete(new, ["bc"])
    with pytest.raises(InputError, match="main-cql-slice0-s0: is incomplete"):
        check_complete(new, ["bc", "cql"])
    Layout(new).job_manifest("main-bc-slice0").unlink()
    with pytest.raises(InputError, match="main-bc-slice0: its manifest is missing"):
        check_complete(new, ["bc"])
    with pytest.raises(InputError, match="publish = 'sac': must be one of"):
        check_complete(new, ["sac"])


def test_a_piece_of_other_data_is_refused_before_anything_is_touched(
    logs: Path, tmp_path: Path
) -> None:
    new = workspace(tmp_path / "new", {"bc": [0]}, 0.25, data="d1")
    with pytest.raises(InputError, match=r"0\.json: sha256 is not that of .*; publish slice as a"):
        pack_piece(new, logs, "bc")
    assert set(losses(logs).values()) == {0.5}


def test_every_job_is_of_one_piece_at_most() -> None:
    jobs = [job for piece in pieces_of(FULL) for job in jobs_of(FULL, piece)]
    assert len(jobs) == len(set(jobs))
    published = Profile.from_dict(read_json(LOGS / "spec.json")["profile"])
    own = {job for piece in pieces_of(published) for job in jobs_of(published, piece)}
    there = {path.stem for path in Layout(LOGS).manifests()}
    assert own <= there
    rest = {family_of(job) for job in there - own}
    assert "slice" not in rest and all(job.startswith("main-") for job in there - own)


def test_groups_of_another_run_come_with_their_methods_alone() -> None:
    old, new = read_json(LOGS / "spec.json")["profile"], FULL.to_dict()
    old["groups"].pop("det_search")
    old["methods"]["only"].remove("det_search")
    old["methods"]["groups"] = [
        group for group in old["methods"]["groups"] if "det_search" not in group["methods"]
    ]
    merged = Profile.from_dict(with_piece(old, new, "dql_set"))
    assert merged.seeds["dql_set"] == list(range(10))
    assert merged.methods is not None
    group = merged.methods.group("dql_set")
    assert group is not None and group.methods == ["dql_set"]
    assert merged.on("dql_set") == list(range(8))
    assert merged.seeds["bc"] == old["seeds"]["bc"]
    assert merged.families.keys() == old["families"].keys()
    assert "det_search" not in merged.every_method()


def test_a_study_of_a_family_is_a_piece_of_its_part() -> None:
    old, new = read_json(LOGS / "spec.json")["profile"], FULL.to_dict()
    old["families"]["mec"] = {**old["families"]["mec"], "studies": {}}
    merged = Profile.from_dict(with_piece(old, new, "mec_proposals"))
    assert merged.families["mec"].studies == FULL.families["mec"].studies
    assert merged.families["mec"].groups == Profile.from_dict(old).families["mec"].groups
    assert merged.families["alloc"] == Profile.from_dict(old).families["alloc"]


def test_the_committed_logs_are_read_as_before_when_a_piece_is_published_over_itself(
    tmp_path: Path,
) -> None:
    old = read_json(LOGS / "spec.json")["profile"]
    again = with_piece(with_piece(old, old, "reference"), old, "ablation")
    assert Profile.from_dict(again).groups == Profile.from_dict(old).groups
    assert aggregate(LOGS, tmp_path, ["slice"]) == {}
