"""Packet logs and traces as other people's tools write them: the right windows, or one line why."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from difsched.cli.main import main
from difsched.env.slice.traffic.traces import read_trace_csv

CASES = Path(__file__).parent
Capture = pytest.CaptureFixture[str]


def run(capsys: Capture, *words: str) -> Any:
    """Return what a command prints as JSON."""
    assert main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def refused(capsys: Capture, *words: str) -> str:
    """Return the one line by which a command refuses, with status 2."""
    assert main(list(words)) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    (line,) = printed.err.splitlines()
    assert line.startswith("difsched: ")
    return line


def windows(folder: Path) -> list[int]:
    """Return the windows of both splits of thumb_fr."""
    splits = [read_trace_csv(folder / f"thumb_fr_{split}.csv", 200) for split in ("train", "test")]
    return [int(count) for split in splits for count in split.packets]


SAME = [20, 17, 17, 20, 24, 21, 15, 16, 18, 20]


@pytest.mark.parametrize(
    ("file", "options", "first", "said"),
    [
        (
            "01-millisecond-trace/uplink.up",
            ["--unit", "ms"],
            [23, 19, 16, 17, 20, 23, 19, 19, 17, 23],
            "in ms",
        ),
        ("02-wireshark-export/capture.csv", [], SAME, "column 2 (Time); in s"),
        ("02-wireshark-export/capture.csv", ["--column", "2"], SAME, "column 2 (Time); in s"),
        ("03-frame-number-first/capture.tsv", [], SAME, "column 2 (frame.time_relative)"),
        ("04-decimal-comma/zeiten.csv", [], SAME, "columns end at semicolons; decimal commas"),
        ("06-utf16-redirect/capture.txt", [], SAME, "column 1 (frame.time_epoch)"),
        ("07-bom-crlf-epoch/capture.csv", [], [27, *SAME[1:]], "column 1 (frame.time_epoch)"),
    ],
)
def test_a_log_gives_the_windows_that_were_computed_by_hand(
    file: str, options: list[str], first: list[int], said: str, tmp_path: Path, capsys: Capture
) -> None:
    log = f"thumb_fr={CASES / file}"
    found = run(capsys, "traffic", log, "--out", str(tmp_path), *options)["thumb_fr"]
    counts = windows(tmp_path)
    assert found["train"] + found["test"] == len(counts) == 99
    assert counts[:10] == first and np.mean(counts) == pytest.approx(20.0, abs=0.12)
    assert said in found["reading"]


def test_milliseconds_are_not_taken_for_seconds(tmp_path: Path, capsys: Capture) -> None:
    log = f"thumb_fr={CASES / '01-millisecond-trace' / 'uplink.up'}"
    line = refused(capsys, "traffic", log, "--out", str(tmp_path / "out"))
    for word in (
        "whole numbers",
        "98% empty",
        "in ms 99 windows of 20.2 packets",
        "--unit s or ms",
    ):
        assert word in line
    assert not (tmp_path / "out").exists()
    assert main(["traffic", log, "--unit", "s", "--out", str(tmp_path / "out")]) == 0
    assert "warning: thumb_fr: 98% of the windows are empty" in capsys.readouterr().out


def test_senders_are_named_and_each_can_be_chosen(tmp_path: Path, capsys: Capture) -> None:
    log = f"thumb_fr={CASES / '23-several-flows' / 'capture.csv'}"
    line = refused(capsys, "traffic", log, "--out", str(tmp_path / "all"))
    addresses = [f"10.45.0.{host}" for host in (2, 3, 4, 5)]
    assert "column 2 (ip.src) has 4 senders" in line and "--where 'ip.src=10.45.0.3'" in line
    for address in addresses:
        assert f"{address} (3600)" in line
        out = tmp_path / address
        run(capsys, "traffic", log, "--where", f"ip.src={address}", "--out", str(out))
        assert np.mean(windows(out)) == pytest.approx(60, abs=0.5)
    line = refused(capsys, "traffic", log, "--where", "ip.src=*", "--out", str(tmp_path / "all"))
    assert "266 packets in the window" in line and "--where COLUMN=VALUE" in line
    line = refused(capsys, "traffic", log, "--where", "ip.src=::1", "--out", str(tmp_path / "all"))
    assert "no row has ip.src=::1" in line


def test_a_header_behind_a_comment_sign_is_read(capsys: Capture) -> None:
    folder = str(CASES / "09-savetxt-header")
    found = run(capsys, "sanity", "--traces", folder, "--config", "0", "--windows", "200")
    splits = found["traffic"]["thumb_fr"]
    assert (splits["train"]["windows"], splits["test"]["windows"]) == (600, 400)
    for split in splits.values():
        assert split["quantile"]["5"] >= 20 and split["quantile"]["95"] <= 59


def test_three_different_counts_suffice(tmp_path: Path, capsys: Capture) -> None:
    folder = CASES / "25-periodic-control-traffic"
    logs = [f"thumb_{way}={folder / f'thumb_{way}.txt'}" for way in ("fr", "bk")]
    run(capsys, "traffic", *logs, "--out", str(tmp_path))
    assert set(windows(tmp_path)) == {9, 10, 11}
    slice_ = ["--traces", str(tmp_path), "--config", "0"]
    found = run(capsys, "sanity", *slice_, "--windows", "100")
    (line,) = (line for line in found["warnings"] if "demand states" in line)
    assert "thumb_fr has 3 different packet counts" in line and "3 demand states instead of" in line
    loss = {
        name: run(capsys, "evaluate", name, *slice_, "--windows", "100")["loss"]
        for name in ("equal", "oracle", "mdp", "mdp_joint")
    }
    assert loss["equal"] == pytest.approx(0.322, abs=0.0005)
    assert loss["oracle"] < min(loss["mdp"], loss["mdp_joint"])
    out = tmp_path / "w.safetensors"
    run(capsys, "train", "bc", *slice_, "--steps", "2", "--out", str(out))
    assert out.is_file()


@pytest.mark.parametrize("count", [0, 30])
def test_constant_and_empty_traffic_work_for_who_can_do_with_it(
    count: int, tmp_path: Path, capsys: Capture
) -> None:
    for flow in ("fr", "bk"):
        for split in ("train", "test"):
            rows = "".join(f"{window},{count}\n" for window in range(200))
            (tmp_path / f"thumb_{flow}_{split}.csv").write_text(f"window,packets\n{rows}")
    for name in ("equal", "oracle", "mdp", "mdp_joint"):
        assert main(["evaluate", name, "--traces", str(tmp_path), "--windows", "40"]) == 0
    capsys.readouterr()


def test_one_dataflow_alone_is_named_with_the_folder_and_a_way_on(
    tmp_path: Path, capsys: Capture
) -> None:
    for split in ("train", "test"):
        (tmp_path / f"thumb_fr_{split}.csv").write_text("window,packets\n0,1\n1,2\n")
    line = refused(capsys, "evaluate", "equal", "--config", "4", "--traces", str(tmp_path))
    words = ["'thumb_bk'", str(tmp_path), "holds thumb_fr_test.csv, thumb_fr_train.csv"]
    for word in [*words, "needs thumb_bk_train.csv and thumb_bk_test.csv", "difsched traffic"]:
        assert word in line


def test_what_was_made_of_a_trace_is_said(tmp_path: Path, capsys: Capture) -> None:
    counts = np.random.default_rng(1).integers(20, 60, 300).tolist()
    for split in ("train", "test"):
        rows = [f"{place};{count}" for place, count in enumerate(counts) if place % 7]
        (tmp_path / f"thumb_fr_{split}.csv").write_text("\n".join(["window;packets", *rows]))
    slice_ = ["--traces", str(tmp_path), "--config", "0", "--windows", "40"]
    found = run(capsys, "sanity", *slice_)
    assert found["traffic"]["thumb_fr"]["train"]["windows"] == 299
    assert "thumb_fr train: the index skips 42 windows" in found["warnings"][0]
    for split in ("train", "test"):
        rows = [f"{w};{n};{before},5" for w, (n, before) in enumerate(pairwise(counts))]
        rows[0] = f"0;{counts[0]};"
        text = "\n".join(["window;packets;packets_predicted", *rows])
        (tmp_path / f"thumb_fr_{split}.csv").write_text(text)
    found = run(capsys, "sanity", *slice_)
    assert found["traffic"]["thumb_fr"]["test"]["windows"] == 298
    assert "thumb_fr train: the first windows have no forecast: 1 left out" in found["warnings"]
