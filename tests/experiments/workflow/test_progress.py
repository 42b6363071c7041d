"""The arithmetic of the time left, and the lines that tell it."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.phrases import duration
from experiments.workflow.progress import (
    PlainDisplay,
    Progress,
    kind_seconds,
    round_estimate,
    seconds_left,
)

KINDS = st.dictionaries(st.sampled_from("abc"), st.integers(0, 20))
TIMES = st.dictionaries(st.sampled_from("abc"), st.lists(st.floats(0.1, 1e3), max_size=4))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0 s"),
        (8.4, "8 s"),
        (59.6, "1 min"),
        (100, "1 min 40 s"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
    ],
)
def test_durations_are_said_as_a_reader_says_them(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "rounded"), [(7.3, 7), (103, 105), (431, 430), (4000, 4020), (0, 0)]
)
def test_an_estimate_claims_about_two_digits(seconds: float, rounded: float) -> None:
    assert round_estimate(seconds) == rounded


def test_before_anything_finished_the_profile_s_seconds_count() -> None:
    assert seconds_left({"a": 3, "b": 1}, [], {"a": 10, "b": 6}, {}, jobs=1) == 36


def test_jobs_at_a_time_share_the_work() -> None:
    assert seconds_left({"a": 4}, [], {"a": 10}, {}, jobs=2) == 20


def test_no_estimate_is_shorter_than_the_longest_job_left() -> None:
    assert seconds_left({"a": 1, "b": 1}, [], {"a": 10, "b": 2}, {}, jobs=8) == 10
    assert seconds_left({}, [("a", 3.0)], {"a": 10}, {}, jobs=8) == 7


def test_a_running_job_counts_with_what_it_has_left_and_never_less_than_nothing() -> None:
    assert seconds_left({}, [("a", 4.0)], {"a": 10}, {}, jobs=1) == 6
    assert seconds_left({}, [("a", 40.0)], {"a": 10}, {}, jobs=1) == 0


def test_finished_jobs_of_a_kind_replace_the_profile_s_figure() -> None:
    assert kind_seconds("a", {"a": 10}, {"a": [4.0, 6.0]}) == 5


def test_a_slower_machine_stretches_the_kinds_not_seen_yet() -> None:
    assert kind_seconds("b", {"a": 10, "b": 3}, {"a": [20.0, 20.0]}) == 6


@given(KINDS, KINDS, TIMES, st.integers(1, 64))
def test_the_estimate_is_finite_and_not_negative(
    waiting: dict[str, int], expected: dict[str, int], observed: dict[str, list[float]], jobs: int
) -> None:
    seconds = {kind: float(n + 1) for kind, n in expected.items()}
    left = seconds_left(waiting, [("a", 1.0)], seconds, observed, jobs)
    assert 0 <= left < float("inf")


@given(KINDS, st.integers(1, 8))
def test_more_jobs_at_a_time_never_take_longer(waiting: dict[str, int], jobs: int) -> None:
    expected = {"a": 1.0, "b": 5.0, "c": 20.0}
    more = seconds_left(waiting, [], expected, {}, jobs + 1)
    assert more <= seconds_left(waiting, [], expected, {}, jobs)


def test_a_finished_job_is_one_line_with_what_runs_and_what_is_left() -> None:
    progress = Progress({"main_bc": 60, "traffic": 2}, jobs=2)
    progress.plan({"main_bc": 3, "traffic": 1})
    progress.start(1, "traffic", "traffic thumb_fr")
    progress.start(2, "main_bc", "main bc slice3")
    stream = io.StringIO()
    display = PlainDisplay(progress, stream)
    progress.observed["main_bc"] = [60.0]
    display.finished(*progress.finish(1))
    assert stream.getvalue() == (
        "[1/4] done traffic thumb_fr (0 s) · running: main bc slice3 · left about 1 min 30 s\n"
    )


def test_nothing_is_left_after_the_last_job() -> None:
    progress = Progress({}, jobs=1)
    progress.plan({"traffic": 1})
    progress.start(1, "traffic", "traffic thumb_fr")
    progress.finish(1)
    assert (progress.done, progress.left()) == (1, 0)
