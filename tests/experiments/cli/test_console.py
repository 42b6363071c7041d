"""The command difsched: its parts end to end, its errors, its completion."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from difsched.cli import checkout
from difsched.cli.completion import offer, script, subparsers
from difsched.cli.main import COMMANDS, PASSED, build_parser, main
from difsched.env.slice.dataset import OfflineDataset
from difsched.env.slice.link.sigmoid import success_probability


def run(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    """Return what a command prints as JSON."""
    assert main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.fixture(scope="module")
def traces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of traces that a packet log was made into."""
    folder = tmp_path_factory.mktemp("traces")
    generator = np.random.default_rng(0)
    chance = np.repeat(generator.uniform(0.1, 0.5, 1000), 200)
    sent = np.flatnonzero(generator.random(chance.size) < chance)
    log = folder / "log.txt"
    log.write_text("\n".join(f"{1000 + slot / 1000:.3f}" for slot in sent))
    assert main(["traffic", f"thumb_fr={log}", "--out", str(folder)]) == 0
    return folder


def test_a_log_becomes_a_report_on_the_configurations_that_have_its_traffic(
    traces: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = run(capsys, "sanity", "--traces", str(traces), "--windows", "40")
    assert set(found["configurations"]) == {"0", "1", "2", "3"}
    splits = found["traffic"]["thumb_fr"]
    assert (splits["train"]["windows"], splits["test"]["windows"]) == (599, 400)
    assert splits["test"]["mean"] == pytest.approx(60, rel=0.1)


def test_a_link_table_replaces_the_channel_classes(
    traces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "curves.csv"
    rows = [f"{r},{success_probability(r, 0.25, 9)}" for r in range(0, 40, 3)]
    table.write_text("\n".join(["r,p", *rows]))
    words = ["--traces", str(traces), "--link", str(table), "--windows", "40"]
    found = run(capsys, "sanity", *words)
    assert found["links"]["link"]["k"] == pytest.approx(0.25)
    # Configurations that differed in their classes alone are one now.
    assert set(found["configurations"]) == {"0", "1"}
    assert found["configurations"]["0"]["channel_classes"] == 1


def test_data_training_and_evaluation_join_on_a_slice_of_ones_own(
    traces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    yaml, data, weights = (str(tmp_path / name) for name in ("own.yaml", "d.npz", "w.safetensors"))
    Path(yaml).write_text(f"traces: {traces}\nB: 90\n")
    card = run(capsys, "collect", "--config", yaml, "--windows", "400", "--out", data)
    assert OfflineDataset.load(data).card["sha256"]
    assert card["environment"]["B"] == 90 and card["config"] == "own"
    words = ["--config", yaml, "--data", data, "--steps", "3", "--seed", "1", "--out", weights]
    assert run(capsys, "train", "bc", *words)["parameters"] > 0
    words = ["--weights", weights, "--config", yaml, "--windows", "40", "--seed", "1"]
    first = run(capsys, "evaluate", *words)
    assert first == run(capsys, "evaluate", *words)
    assert 0 < first["loss"] < 1
    words = ["evaluate", "--weights", weights, "--traces", str(traces), "--windows", "40"]
    assert 0 < run(capsys, *words)["loss"] < 1  # 100 RBs are shared out by the same weights
    assert main([*words, "--config", "1"]) == 2
    assert "trained on 8 users: must be 20" in capsys.readouterr().err
    equal = run(capsys, "evaluate", "equal", "--config", yaml, "--windows", "40")
    assert equal["score"] == 0


def test_exported_weights_score_what_the_weights_score(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights, onnx = (str(tmp_path / name) for name in ("w.safetensors", "w.onnx"))
    problem = ["--family", "mec", "--config", "fixed_n3"]
    run(capsys, "train", "det_set", *problem, "--steps", "3", "--out", weights)
    about = run(capsys, "export", weights, *problem, "--onnx", onnx)
    assert (about["family"], about["entities"]) == ("mec", 3) and about["draws"][0] > 0
    scored = ["evaluate", *problem, "--windows", "200", "--weights"]
    ours, exported = (run(capsys, *scored, path) for path in (weights, onnx))
    # Near ties are broken by rounding.
    assert exported["score"] == pytest.approx(ours["score"], abs=0.1)
    assert main(["export", weights, "--onnx", str(tmp_path / "no.onnx")]) == 2
    assert "trained in the family 'mec': must be slice" in capsys.readouterr().err
    assert main(["export", weights, *problem, "--onnx", str(tmp_path)]) == 2
    assert "--onnx" in capsys.readouterr().err
    assert not (tmp_path / "no.onnx").exists()


def test_the_oracle_shares_a_window(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["oracle", "80", "60", "20", "--budget", "30"]
    found = run(capsys, *words)
    assert found["allocation"] == [16, 14, 0]
    assert found["value"] == found["upper_bound"]
    assert main(words) == 0
    assert capsys.readouterr().out.splitlines()[1].split() == ["0", "80", "16", "0.858", "68.7"]
    assert sum(run(capsys, *words, "--k", ".3,.2,.1", "--s", "9,8,7")["allocation"]) == 30


@pytest.mark.parametrize(
    "out", [".", "", "..", "folder", "file/x", "file/x/y", "/dev/null", "a\0b", "x" * 300]
)
@pytest.mark.parametrize(
    "words",
    [["train", "bc"], ["train", "sac"], ["collect"], ["traffic", "log.txt"]],
    ids=lambda words: "-".join(words),
)
def test_a_place_that_cannot_be_written_is_refused_before_any_work(
    words: list[str],
    out: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("kept")
    if words[0] == "traffic":
        if out in (".", "", "..", "folder"):  # where it may write
            return
        monkeypatch.setattr("difsched.cli.slice_tools.read_packet_log", worked)
    monkeypatch.setattr("difsched.cli.slice_problem.slice_traffic", worked)
    assert main([*words, "--out", out]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("difsched: --out ") and "to write" in line
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


def worked(*arguments: object, **options: object) -> None:
    raise AssertionError("work has begun")


def test_a_missing_folder_is_made_and_an_input_is_not_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = str(tmp_path / "new" / "d.npz")
    run(capsys, "collect", "--windows", "200", "--out", data)
    before = Path(data).read_bytes()
    assert main(["train", "bc", "--data", data, "--out", data]) == 2
    assert "must be another file than --data" in capsys.readouterr().err
    assert main(["collect", "--out", str(tmp_path / "d.json")]) == 2
    assert "no .json" in capsys.readouterr().err
    assert Path(data).read_bytes() == before


def test_data_in_which_nothing_is_lost_get_a_word(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    users, path = np.arange(6)[:, None] * np.ones((6, 8), int), tmp_path / "own.npz"
    seen = np.stack([users, users, users * 0 + 0.3, users * 0 + 10], axis=-1)
    OfflineDataset(seen, seen[:1], users * 0 + 12, users, users, users * 0, np.zeros(6)).save(path)
    words = ["--data", str(path), "--steps", "2", "--out", str(tmp_path / "w.safetensors")]
    warned = run(capsys, "train", "bc", *words)["warnings"]
    assert "no packet is ever lost" in warned[0] and "same grants" in warned[1]


def test_a_place_that_cannot_be_written_is_one_line(
    traces: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = traces / "log.txt"
    assert main(["traffic", str(log), "--out", str(log / "folder")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("difsched: ") and str(log) in line


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "COMMAND"),
        (["trane"], "trane"),
        (["oracle", "80", "--budget", "many"], "--budget"),
        (["oracle", "80", "60", "90", "--budget", "9", "--k", "1,2"], "--k '1,2'"),
        (["oracle", "-80", "--budget", "9"], "-80"),
        (["bench", "speed"], "bench 'speed'"),
        (["show", "table77"], "table77"),
        (["evaluate"], "METHOD, --model MODEL or --weights"),
        (["evaluate", "nobody", "--windows", "40"], "nobody"),
        (["evaluate", "equal", "--windows", "7"], "--windows = 7"),
        (["evaluate", "equal", "--windows", "59"], "must be a multiple of 20"),
        (["sanity", "--windows", "59"], "such as 40 or 60"),
        (["evaluate", "equal", "--seed", "-1"], "--seed = -1"),
        (["train", "bc", "--seed", "-1", "--out", "w"], "--seed = -1"),
        (["evaluate", "nofile.py:Mine"], "nofile.py is no file"),
        (["evaluate", "no_module:Mine"], "ModuleNotFoundError"),
        (["evaluate", "equal", "--windows", "100000000000"], "in 40..1000000"),
        (["evaluate", "equal", "--config", "8"], "'8'"),
        (["evaluate", "equal", "--config", "no.yaml"], "no.yaml"),
        (["train", "equal", "--out", "w"], "must be one that learns"),
        (["train", "bc"], "--out"),
        (["sanity", "--traces", "nowhere"], "nowhere"),
        (["sanity", "--link", "nowhere.csv"], "nowhere.csv"),
        (["traffic", "nowhere.txt", "--out", "x"], "nowhere.txt"),
        (["traffic", "a=x.txt", "a=y.txt", "--out", "x"], "different names"),
        (["traffic", "a/b=x.txt", "--out", "x"], "its name must be a word"),
        (["completion", "fish"], "fish"),
    ],
)
def test_bad_input_is_one_line_and_status_2(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    (line,) = printed.err.splitlines()
    assert line.startswith("difsched: ") and said in line
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", COMMANDS)
def test_the_examples_of_the_help_are_valid(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        build_parser().parse_args([name, "--help"])
    assert ended.value.code == 0
    page = capsys.readouterr().out
    examples = re.findall(r"^  difsched (.*)$", page, re.MULTILINE)
    assert examples == COMMANDS[name][2]
    for example in examples:
        assert build_parser().parse_args(example.split()).command == name


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ([""], {*COMMANDS, *PASSED, "completion"}),
        (["tr"], {"traffic", "train", "trace"}),
        (["train", "gaussian"], {"gaussian_bc", "gaussian_set"}),
        (["train", "--s"], {"--seed", "--set", "--steps"}),
        (["oracle", "--solver", ""], {"dp", "dual", "cvxpy"}),
        (["evaluate", "--config", "leontief"], {"leontief_3x5", "leontief_5x10"}),
        (["evaluate", "--family", "sl"], {"slice"}),
        (["collect", "--out", ""], {"data.npz", "folder"}),
        (["sanity", "--traces", ""], {"folder"}),
        (["traffic", "--column", ""], set()),
        (["show", "table2"], {"table2"}),
    ],
)
def test_bash_completes_what_the_parser_knows(
    typed: list[str], offered: set[str], tmp_path: Path
) -> None:
    (tmp_path / "data.npz").touch()
    (tmp_path / "folder").mkdir()
    words = " ".join(f"'{word}'" for word in ["difsched", *typed])
    call = f"COMP_WORDS=({words}); COMP_CWORD={len(typed)}; _shtab_difsched"
    text = script(build_parser(), "bash")
    found = subprocess.run(
        ["bash", "-c", f"{text}\n{call}; echo ${{COMPREPLY[*]}}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(found.stdout.split()) == offered


def test_zsh_gets_the_same_words() -> None:
    parser = build_parser()
    offer(parser)
    text = script(build_parser(), "zsh")
    assert text.startswith("#compdef difsched\n")
    for _, sub in subparsers(parser):
        for action in sub._actions:
            for word in [*action.option_strings, *(action.choices or ())]:
                assert word in text


def test_the_words_of_the_suite_are_left_out_where_it_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkout, "ROOT", tmp_path)
    parser = build_parser()
    offer(parser)
    places = {name: sub._actions[-1].choices for name, sub in subparsers(parser)}
    assert [places[name] for name in PASSED] == [None] * len(PASSED)


@pytest.mark.parametrize("name", PASSED)
def test_an_installed_package_says_what_needs_a_checkout(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(checkout, "ROOT", tmp_path)
    assert main([name, "table2"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"{name} needs a checkout of the repository" in line
    assert main(["oracle", "80", "60", "--budget", "30"]) == 0


def test_a_package_of_an_extra_is_named_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("difsched.cli.slice_problem.SliceProblem.collect", worked)
    for name in list(sys.modules):
        if name.startswith(("difsched.baselines.sac.", "difsched.baselines.sb3.")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "stable_baselines3", None)
    assert main(["train", "sac_offline", "--out", str(tmp_path / "w.safetensors")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("stable_baselines3 is not installed: pip install 'difsched[sac]'")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["train", "bc", "--data", "nofile.npz", "--out", "w"], "nofile.npz"),
        (["evaluate", "--weights", "nofile.safetensors"], "nofile.safetensors"),
        (["evaluate", "equal", "--traces", "file.txt"], "file.txt"),
        (["sanity", "--link", "no/table.csv"], "table.csv"),
        (["collect", "--out", "file.txt/data.npz", "--windows", "200"], "file.txt"),
        (["traffic", "log.txt", "--out", "file.txt"], "file.txt"),
        (["evaluate", "equal", "--config", "nofile.yaml"], "nofile.yaml"),
    ],
)
def test_a_file_that_is_missing_or_in_the_way_is_named_in_words(
    words: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file.txt").write_text("in the way")
    (tmp_path / "log.txt").write_text("\n".join(f"{n / 10:.1f}" for n in range(2000)))
    assert main(words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line and "Errno" not in line and ".json cannot" not in line
