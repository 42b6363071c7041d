"""Link tables as simulators and papers give them: the right k and s, or one line why."""

import json
from pathlib import Path
from typing import Any

import pytest

from difsched.cli.main import main

CASES = Path(__file__).parent
Capture = pytest.CaptureFixture[str]
#: What stands for each class: k in 1/RB, s in RB, the largest rms error.
CROSSING = {
    "snr-24": (0.1089, 63.476, 0.0105),
    "snr-18": (0.4307, 16.001, 0.0105),
    "snr-12": (1.7338, 3.9944, 0.0105),
}


def sanity(table: Path, capsys: Capture) -> Any:
    assert main(["sanity", "--link", str(table), "--config", "0", "--windows", "40", "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def refused(table: Path, capsys: Capture) -> str:
    assert main(["sanity", "--link", str(table), "--config", "0", "--windows", "40"]) == 2
    printed = capsys.readouterr()
    (line,) = printed.err.splitlines()
    assert printed.out == "" and str(table) in line
    return line


def digits(value: float) -> float:
    """Return half a unit of the last digit that an expected value is given with."""
    return 0.5 * 10.0 ** -len(f"{value}".partition(".")[2])


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("10-lookup-table-ends/curves-crossing.csv", CROSSING),
        ("10-lookup-table-ends/curves.csv", {**CROSSING, "snr-5": (4.01, 0.751, 1e-5)}),
        ("13-step-curve/curves.csv", {"link": (32.8, 11.5, 1e-6)}),
        ("14-error-floor/curves.csv", {"link": (0.4109, 12.8806, 0.0715)}),
        ("14-error-floor/five_points.csv", {"link": (2.6718, 11.0794, 0.0075)}),
    ],
)
def test_classes_are_those_of_an_independent_fit(
    file: str, expected: dict[str, tuple[float, float, float]], capsys: Capture
) -> None:
    found = sanity(CASES / file, capsys)["links"]
    assert set(found) == set(expected)
    for name, (slope, midpoint, error) in expected.items():
        assert found[name]["k"] == pytest.approx(slope, abs=digits(slope))
        assert found[name]["s"] == pytest.approx(midpoint, abs=digits(midpoint))
        assert found[name]["rms_error"] < error


def test_a_hopeless_class_is_left_out_in_one_line(capsys: Capture) -> None:
    warnings = sanity(CASES / "10-lookup-table-ends" / "curves.csv", capsys)["warnings"]
    (line,) = (line for line in warnings if "left out" in line)
    assert "snr-30 (p is 0.0336 at most)" in line and "snr-24" not in line
    table = str(CASES / "10-lookup-table-ends" / "curves.csv")
    assert main(["evaluate", "equal", "--link", table, "--windows", "40"]) == 0
    assert "snr-30" in capsys.readouterr().err


def test_a_step_leaves_the_slope_open_and_a_floor_is_a_misfit(capsys: Capture) -> None:
    step = sanity(CASES / "13-step-curve" / "curves.csv", capsys)["warnings"]
    assert any("does not determine the slope" in line for line in step)
    floor = sanity(CASES / "14-error-floor" / "curves.csv", capsys)["warnings"]
    assert any("misses the table by 0.07" in line for line in floor)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("bler_as_p.csv", ["p falls with r", "error rate", "give 1 - p"]),
        ("success_percent.csv", ["p = '5.48' in line 4", "in percent", "p / 100"]),
        ("bler.csv", ["has rb, bler_percent", "r: RBs a slot", "1 - error rate"]),
    ],
)
def test_the_likely_mistake_is_named(file: str, words: list[str], capsys: Capture) -> None:
    line = refused(CASES / "11-error-rate-in-percent" / file, capsys)
    for word in words:
        assert word in line


def rows(name: str) -> list[tuple[float, float]]:
    """Return the numbers of one of the tables in percent or error rates."""
    text = (CASES / "11-error-rate-in-percent" / name).read_text(encoding="utf-8")
    cells = [line.replace(",", ".").split(";") for line in text.splitlines()[1:]]
    return [(float(r), float(p)) for r, p in cells]


@pytest.mark.parametrize("separator", [";", "\t", " ", ","])
@pytest.mark.parametrize("decimal", [",", "."])
@pytest.mark.parametrize("comment", ["", "# "])
def test_an_error_rate_in_percent_is_read_once_it_is_converted(
    separator: str, decimal: str, comment: str, tmp_path: Path, capsys: Capture
) -> None:
    quote = '"' if separator == decimal else ""
    lines = [f"{comment}r{separator}p"]
    for r, error in rows("bler.csv"):
        share = f"{1 - error / 100:.4f}".replace(".", decimal)
        lines.append(f"{r:.0f}{separator}{quote}{share}{quote}")
    table = tmp_path / "curves.csv"
    table.write_text("\n".join(lines))
    found = sanity(table, capsys)["links"]["link"]
    assert found["k"] == pytest.approx(0.68, abs=0.01)
    assert found["s"] == pytest.approx(12.0, abs=0.01)
