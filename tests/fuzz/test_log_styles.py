"""One packet log, written in every way: the windows are the same."""

from itertools import accumulate, product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from difsched.env.slice.traffic.packet_log import read_packet_log, window_counts
from difsched.errors import InputError
from tests.fuzz.engine import scratch
from tests.fuzz.log_styles import ENCODINGS, HEADERS, SEPARATORS, UNITS, Style, write_log

STYLES = st.builds(
    Style,
    unit=st.sampled_from(UNITS),
    separator=st.sampled_from(SEPARATORS),
    decimal=st.sampled_from((".", ",")),
    quoted=st.booleans(),
    header=st.sampled_from(HEADERS),
    encoding=st.sampled_from(ENCODINGS),
    place=st.sampled_from((0, 1, 2)),
    ends=st.sampled_from(("\n", "\r\n")),
)
#: Microseconds between packets: more than a window in all, some pauses.
GAPS = st.lists(st.integers(6000, 60_000), min_size=40, max_size=90)
#: Of the first packet: this century, now and then just before midnight.
STARTS = st.integers(1_000_000_000, 2_000_000_000).map(lambda second: second * 10**6 + 123)


def counted(times: list[int]) -> list[int]:
    """Return the windows of times in microseconds, in whole numbers throughout."""
    places = (np.array(times) - times[0]) // 200_000
    return np.bincount(places)[:-1].tolist()


def read(content: bytes, style: Style) -> list[int]:
    with scratch() as folder:
        path = Path(folder) / "log.txt"
        path.write_bytes(content)
        log = read_packet_log(path, unit=style.told_unit, column=style.column)
    return window_counts(log.times).tolist()


@settings(max_examples=400)
@given(style=STYLES, gaps=GAPS, start=STARTS)
def test_however_a_log_is_written_its_windows_are_the_same(
    style: Style, gaps: list[int], start: int
) -> None:
    times = list(accumulate(gaps, initial=start))
    assert read(write_log(times, style), style) == counted(times)


def test_every_combination_of_unit_separator_decimal_mark_header_and_place() -> None:
    gaps = np.random.default_rng(2).integers(1000, 20_000, 80).tolist()
    times = list(accumulate(gaps, initial=1_764_287_999_500_001))  # past midnight after 0.5 s
    expected, tried = counted(times), 0
    for unit, separator, decimal, quoted, header, place in product(
        UNITS, SEPARATORS, ".,", (False, True), HEADERS, range(3)
    ):
        style = Style(unit, separator, decimal, quoted, header, place=place)
        assert read(write_log(times, style), style) == expected, style
        tried += 1
    assert tried == 6 * 5 * 2 * 2 * 3 * 3


@given(gaps=GAPS, seed=st.integers(0, 99))
def test_relative_times_negative_ones_and_repeats_are_read(gaps: list[int], seed: int) -> None:
    times = list(accumulate(gaps, initial=-1_000_000))
    times = sorted([*times, times[seed % len(times)]])
    for unit in ("s", "ms", "us", "ns"):
        style = Style(unit, ";", ",")
        assert read(write_log(times, style), style) == counted(times)


@given(gaps=GAPS, start=STARTS, seed=st.integers(0, 99))
def test_a_few_late_lines_are_sorted_and_counted(gaps: list[int], start: int, seed: int) -> None:
    times = list(accumulate(gaps, initial=start))
    place = 1 + seed % (len(times) - 1)
    swapped = times.copy()
    swapped[place - 1 : place + 1] = times[place], times[place - 1]
    with scratch() as folder:
        path = Path(folder) / "log.txt"
        path.write_bytes(write_log(swapped, Style()))
        log = read_packet_log(path)
    # The first packet may be the late one: windows begin at the earliest.
    assert window_counts(log.times).tolist() == counted(times)
    assert "1 out of order, sorted" in log.reading


@pytest.mark.parametrize("unit", ["clock", "date"])
def test_a_unit_for_times_that_have_one_is_refused(unit: str, tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_bytes(write_log([0, 10**6], Style(unit, "")))
    with pytest.raises(InputError, match="--unit ms: is for numbers"):
        read_packet_log(log, unit="ms")
