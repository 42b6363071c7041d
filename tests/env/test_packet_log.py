"""Packet logs: what is counted, where windows end, what is refused."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from difsched.env.slice.packet_log import read_packet_log, window_counts, write_traces
from difsched.env.slice.traffic import load_traffic
from difsched.errors import InputError


def test_a_packet_on_the_edge_of_a_window_belongs_to_the_later_one() -> None:
    # 0.6 / 0.2 is below 3 in floating point.
    times = 1.7e9 + np.arange(0, 41) * 0.2
    assert window_counts(times).tolist() == [1] * 40


@given(st.lists(st.integers(0, 60), min_size=2, max_size=30), st.integers(1, 80))
def test_every_packet_of_a_whole_window_is_counted_once(gaps: list[int], length: int) -> None:
    slots = np.cumsum([0, *gaps, length])
    expected = [
        int(((slots >= start) & (slots < start + length)).sum())
        for start in range(0, int(slots[-1]) - length + 1, length)
    ]
    if max(expected) > length:
        with pytest.raises(InputError, match="at most one a slot"):
            window_counts(slots / 1000, length)
    else:
        assert window_counts(slots / 1000, length).tolist() == expected


def test_a_pause_is_windows_without_packets() -> None:
    assert window_counts([0.0, 0.1, 1.0, 1.25]).tolist() == [2, 0, 0, 0, 0, 1]


def test_headers_comments_columns_and_empty_lines_are_understood(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text("\ufefftime,bytes\n# a comment\n0.5,88\n\n 0.75 , 88\n1.5\n", encoding="utf-8")
    assert read_packet_log(log).times.tolist() == [0.5, 0.75, 1.5]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1.0\ntwo\n", ["'two' in line 2", "finite number"]),
        ("time\n1.0\ninf\n", ["'inf' in line 3", "finite number"]),
        ("time\n1.0\n1e999\n", ["'1e999' in line 3", "finite number"]),
        ("time\n1_0\n", ["no timestamp", "'1_0' is none"]),
        ("2.0\n0.5\n", ["1 of 2 times", "in line 2 by 1.5 s"]),
        ("", ["no timestamp"]),
        ("time,bytes\n", ["no timestamp"]),
        ("\x00\xff", ["no text"]),
    ],
)
def test_a_bad_log_is_refused_by_line(tmp_path: Path, text: str, words: list[str]) -> None:
    log = tmp_path / "log.txt"
    log.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError) as refused:
        read_packet_log(log)
    message = str(refused.value)
    assert message.startswith(str(log)) and "\n" not in message
    for word in words:
        assert word in message


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ([0.0, 1e12], "is the unit right"),
        ([0.0, 0.1], "must be a window of 200 ms"),
        ([5.0, *np.linspace(5.3, 5.35, 300), 6.0], "300 packets in the window from 5.2"),
    ],
)
def test_times_that_make_no_trace_are_refused(times: list[float], words: str) -> None:
    with pytest.raises(InputError, match=words):
        window_counts(times)


def test_the_first_windows_are_for_training_and_the_suite_reads_both(tmp_path: Path) -> None:
    counts = np.random.default_rng(3).integers(0, 100, 500)
    assert write_traces("up", counts, tmp_path, train_share=0.7) == {"train": 350, "test": 150}
    traffic = load_traffic("up", traces=tmp_path)
    assert traffic.train.packets.tolist() == counts[:350].tolist()
    assert traffic.test.packets.tolist() == counts[350:].tolist()


@pytest.mark.parametrize("share", [0.0, 0.001, 1.0, 2.0, float("nan")])
def test_a_split_without_windows_is_refused(tmp_path: Path, share: float) -> None:
    with pytest.raises(InputError, match="train_share"):
        write_traces("up", np.arange(10), tmp_path, share)
    assert not list(tmp_path.iterdir())
