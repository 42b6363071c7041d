"""Packet logs: what is counted, where windows end, what is refused."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from difsched.env.slice.traffic.generator import load_traffic
from difsched.env.slice.traffic.packet_log import read_packet_log, window_counts
from difsched.env.slice.traffic.traces import write_traces
from difsched.errors import InputError


def check_refused(log: Path, words: list[str]) -> None:
    """Check that a log is refused in one line that names it and has the words."""
    with pytest.raises(InputError) as refused:
        read_packet_log(log)
    message = str(refused.value)
    assert message.startswith(str(log)) and "\n" not in message
    for word in words:
        assert word in message


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
        ("time\n1_0\n", ["'1_0' in line 2", "finite number"]),
        ("2.0\n0.5\n", ["1 of 2 times", "in line 2 by 1.5 s"]),
        ("", ["no timestamp"]),
        ("time,bytes\n", ["no timestamp"]),
        ("\x00\xff", ["no text"]),
    ],
)
def test_a_bad_log_is_refused_by_line(tmp_path: Path, text: str, words: list[str]) -> None:
    log = tmp_path / "log.txt"
    log.write_bytes(text.encode("latin-1"))
    check_refused(log, words)


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


GAPS = np.random.default_rng(8).integers(2000, 18_000, 500)
TIMES = np.cumsum(GAPS) / 1e6
EPOCH = 1_764_200_000


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{epoch:.6f} IP 10.0.0.2.41000 > 10.0.0.9.5004: UDP, length 56", "column 1; in s"),
        ("16:16:{clock:09.6f} IP 10.0.0.2.41000 > 10.0.0.9.5004: UDP", "column 1; clock times"),
        ("2025-11-27 16:16:{clock:09.6f} IP 10.0.0.2 > 10.0.0.9", "column 1; dates and times"),
        ("2025-11-27T16:16:{clock:09.6f}+01:00", "dates and times"),
        ("{ms:.0f}000000", "in ns, as dates of this century"),
    ],
)
def test_lines_of_tools_without_a_header_are_read(tmp_path: Path, line: str, said: str) -> None:
    log = tmp_path / "log.txt"
    rounded = np.rint(TIMES * 1000) / 1000
    rows = (line.format(epoch=EPOCH + t, clock=t, ms=(EPOCH + t) * 1000) + "\n" for t in rounded)
    log.write_text("# captured on eth0, as it came\n\n" + "".join(rows))
    found = read_packet_log(log)
    assert window_counts(found.times).tolist() == window_counts(rounded).tolist()
    assert said in found.reading


@pytest.mark.parametrize(
    ("header", "place"),
    [
        ("No.,Time,Length", 1),
        ("frame.number,frame.time_delta,frame.time_relative", 2),
        ("Time since previous frame,ip.len,Time since reference or first frame", 2),
        ("Date,Time,Length", 1),
        ("ip.ttl,Zeitstempel,Port", 1),
        ("frame.time,frame.time_epoch,x", 1),
    ],
)
def test_the_column_is_the_one_that_the_header_calls_the_time(
    tmp_path: Path, header: str, place: int
) -> None:
    log = tmp_path / "log.csv"
    rows = []
    for number, time in enumerate(TIMES, start=1):
        cells = [f"{number}", f"{number}", f"{number}"]
        cells[place] = f"{time:.6f}"
        rows.append(",".join(cells))
    log.write_text("\n".join([header, *rows]))
    found = read_packet_log(log)
    assert f"column {place + 1} (" in found.reading
    assert window_counts(found.times).tolist() == window_counts(TIMES).tolist()


@pytest.mark.parametrize(
    "header",
    [
        "sep=;\nZeit [ms];Länge",
        "Time;Length\n[ms];[B]",
        "A capture\nTime (ms);Length",
        "; CSV, made by a tool\n; Channels (2/2)\n; more\ntime_ms;Length",
        "# a; comment\n# time_ms; length",
        ";Time (msec);",
    ],
)
def test_titles_units_and_comments_before_the_data_are_told_apart(
    tmp_path: Path, header: str
) -> None:
    log = tmp_path / "log.csv"
    index = header.startswith(";T")  # a first column without a name, as pandas writes it
    rows = (f"{'7;' * index}{1000 * time:.3f};98" for time in TIMES)
    log.write_text("\n".join([header, *rows]), encoding="utf-8")
    found = read_packet_log(log)
    assert "in ms, as its name says" in found.reading
    assert window_counts(found.times).tolist() == window_counts(TIMES).tolist()


def test_a_sender_is_an_address_without_its_port(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    line = "{:.6f} IP 10.0.0.{}.{} > 10.0.0.9.5004: UDP, length 56\n"
    log.write_text("".join(line.format(t, 2, 41000 + n % 5) for n, t in enumerate(TIMES)))
    assert len(read_packet_log(log).times) == len(TIMES)
    log.write_text("".join(line.format(t, 2 + n % 2, 41000) for n, t in enumerate(TIMES)))
    with pytest.raises(InputError, match=r"column 3 has 2 senders: .*--where '3=10\.0\.0\.2'"):
        read_packet_log(log)
    found = read_packet_log(log, where={"3": "10.0.0.2"})
    assert window_counts(found.times).tolist() == window_counts(TIMES[::2]).tolist()


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["{n}"], ["counts 1, 2, 3", "--column"]),
        (["{n} {t:.6f} 10.0.0.2"], ["counts 1, 2, 3", "--column, 1..3"]),
        (["alpha,beta", "{t:.6f},98"], ["no column is called a time", "alpha, beta"]),
        (["{ms:.3f}"], ["without a unit", "--unit s or ms"]),
        (["{ms:.0f}"], ["whole numbers", "--unit s or ms"]),
        (["time", "{t:.0f}"], ["whole numbers", "coarser than a window"]),
        (["ms,len", "{ms:,.3f},98"], ["thousands apart"]),
        (["time_ms;len", "{ms:,.3f};98"], ["between thousands"]),
        (["{ms:,.3f}"], ["thousands apart"]),
        (["t,len", "{comma},98"], ["cannot both end columns and mark decimals"]),
        (["{comma},98"], ["cannot both end columns and mark decimals"]),
        (["{mixed}"], ["decimal comma", "decimal point"]),
        (["frame.time_delta", "{gap:.6f}"], ["less than one before", "since the packet before"]),
        (["11/27/2025 16:16:{t:09.6f}"], ["'11/27/2025' in line 1", "2025-11-27T16:16:58.7"]),
        (["time,ue", "{t:.6f},{ue}"], ["2 senders: 0 (250), 1 (250)", "--where 'ue=0'"]),
    ],
)
def test_what_is_not_certain_is_asked_for_in_one_line(
    tmp_path: Path, lines: list[str], words: list[str]
) -> None:
    *header, line = lines
    rows = [
        line.format(
            n=number + 1,
            t=time,
            ms=1000 * time,
            gap=GAPS[number] / 1e6,
            ue=number % 2,
            comma=f"{time:.6f}".replace(".", ","),
            mixed=f"{time:.6f}".replace(".", "," if number > 200 else "."),
        )
        for number, time in enumerate(TIMES)
    ]
    log = tmp_path / "log.txt"
    log.write_text("\n".join([*header, *rows]))
    check_refused(log, words)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xd4\xc3\xb2\xa1" + bytes(40), "tshark -r FILE -T fields -e frame.time_epoch"),
        (b"\x0a\x0d\x0d\x0a" + bytes(40), "is a packet capture"),
        (b"\x1f\x8b\x08" + bytes(40), "unpack it first"),
        (b"PK\x03\x04" + bytes(40), "spreadsheet"),
        ("0.5\n0.75\n1.5\n".encode("utf-16-le"), "UTF-16 without a byte-order mark"),
        (b"time\n0.5\n0.7 \xe4\n", "byte 0xe4 in line 3 is not UTF-8"),
        (b"\xff\xfe0\x00.\x005", "is damaged UTF-16"),
    ],
)
def test_what_is_no_text_is_named(tmp_path: Path, content: bytes, words: str) -> None:
    log = tmp_path / "log"
    log.write_bytes(content)
    with pytest.raises(InputError, match=words):
        read_packet_log(log)


@pytest.mark.parametrize(
    "line",
    [
        "{t:.6f}\t10.0.0.2\t41000 > 5004 Len 56 of 1 2 3",
        "{t:.6f};10.0.0.2;41000 > 5004, Len 56 of 1 2 3",
        '"{t:.6f}","10.0.0.2","41000 > 5004, Len 56 of 1 2 3"',
    ],
)
def test_numbers_in_the_text_of_a_cell_make_no_columns(tmp_path: Path, line: str) -> None:
    log = tmp_path / "log.txt"
    log.write_text("".join(line.format(t=time) + "\n" for time in TIMES))
    found = read_packet_log(log)
    assert "columns end at blanks" not in found.reading
    assert window_counts(found.times).tolist() == window_counts(TIMES).tolist()


def test_a_frame_number_before_a_time_of_hundreds_of_seconds_is_no_thousand(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    rows = (f"{n} {100 + t:.6f} 10.0.0.2 UDP 98\n" for n, t in enumerate(TIMES, start=1))
    log.write_text("".join(rows))
    found = read_packet_log(log, column="2")
    assert window_counts(found.times).tolist() == window_counts(TIMES).tolist()
