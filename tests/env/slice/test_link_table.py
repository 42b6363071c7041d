"""Measured link curves: the classes that are fitted to them, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

from difsched.env.slice.link.sigmoid import success_probability
from difsched.env.slice.link.table import read_link_table
from difsched.errors import InputError


def test_logistic_curves_at_uneven_grants_give_back_their_parameters(tmp_path: Path) -> None:
    grants = [40, 0, 3.5, 8, 9, 13, 21, 30]
    rows = [
        f"{name},{r},{success_probability(r, k, s):.12f}"
        for r in grants
        for name, k, s in (("near", 0.4, 8.0), ("far", 0.15, 12.0))
    ]
    table = tmp_path / "curves.csv"
    table.write_text("\n".join(["class,r,p", *rows]))
    fits = read_link_table(table).fits
    assert list(fits) == ["near", "far"]
    for name, k, s in (("near", 0.4, 8.0), ("far", 0.15, 12.0)):
        assert fits[name].slope == pytest.approx(k, rel=1e-6)
        assert fits[name].midpoint == pytest.approx(s, rel=1e-6)
        assert fits[name].rms_error < 1e-9


def test_the_error_of_a_fit_is_its_distance_from_the_table(tmp_path: Path) -> None:
    grants = np.arange(31)
    noisy = success_probability(grants, 0.3, 10) + np.where(grants % 2, 0.02, -0.02)
    table = tmp_path / "curves.csv"
    table.write_text("r,p\n" + "".join(f"{r},{np.clip(p, 0, 1)}\n" for r, p in enumerate(noisy)))
    (fit,) = read_link_table(table).fits.values()
    fitted = success_probability(grants, fit.slope, fit.midpoint)
    assert fit.rms_error == pytest.approx(np.sqrt(np.mean((fitted - np.clip(noisy, 0, 1)) ** 2)))
    assert 0.01 < fit.rms_error < 0.03


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("r,q\n1,2\n", "column p is missing"),
        ("r,p\n", "has no rows"),
        ("r,p\n0,0\n5,1.2\n9,1\n", r"p = '1.2' in line 3"),
        ("r,p\n0,0\n-5,.2\n9,1\n", r"r = '-5' in line 3"),
        ("r,p\n0,0\n5,nan\n9,1\n", r"p = 'nan' in line 3"),
        ("r,p\n0,0\n9,1\n", r"link \(has 2 rows, must be 3 or more\)"),
        ("r,p\n0,0\n9,1\n9,.9\n", "r = .* twice"),
        ("r,p\n0,0\n1e-320,1\n9,1\n", "r = .* twice"),
        ("r,p\n0,0\n5,.5\n1e308,1\n", r"r = '1e308' in line 4"),
        ("r,r,p\n0,0,0\n5,5,.5\n9,9,1\n", "column r is there twice"),
        (
            "class,r,p\na,0,0\na,1,.1\na,2,.2\n",
            "no class has a logistic curve: a .p is 0.2 at most",
        ),
    ],
)
def test_a_bad_table_is_refused_in_one_line(tmp_path: Path, text: str, words: str) -> None:
    table = tmp_path / "curves.csv"
    table.write_text(text)
    with pytest.raises(InputError, match=words) as refused:
        read_link_table(table)
    assert "\n" not in str(refused.value) and str(table) in str(refused.value)


def write(path: Path, curves: dict[str, list[float]]) -> Path:
    """Write success probabilities on 1, 2, ... RBs of each class."""
    rows = [f"{name},{r},{p}" for name, ps in curves.items() for r, p in enumerate(ps, start=1)]
    path.write_text("\n".join(["class,r,p", *rows]))
    return path


def test_what_has_no_logistic_curve_is_left_out_and_the_rest_is_used(tmp_path: Path) -> None:
    grants = np.arange(1, 13)
    good = success_probability(grants, 0.7, 6.0).tolist()
    above = success_probability(grants, 0.9, 0.4).tolist()
    curves = {
        "hopeless": [0.0] * 11 + [0.3],
        "good": good,
        "perfect": [1.0] * 12,
        "above": above,
        "short": [0.1, 0.9],
        "beyond": [0.9, 0.92, 0.93, 0.94, 0.95, 0.95, 0.96, 0.96, 0.97, 0.97, 0.98, 0.98],
    }
    table = read_link_table(write(tmp_path / "curves.csv", curves))
    assert list(table.fits) == ["good", "above"]
    assert table.fits["good"].slope == pytest.approx(0.7)
    assert table.fits["above"].midpoint == pytest.approx(0.4, abs=1e-6)
    (line,) = table.notes
    for words in (
        "hopeless (p is 0.3 at most)",
        "perfect (p is 1 on every r)",
        "short (has 2 rows",
        "beyond (midpoint s = -",
    ):
        assert words in line


@pytest.mark.parametrize(
    ("scale", "words"),
    [
        (1, ["p falls with r in class street", "give 1 - p"]),
        (100, ["in percent", "p falls with r in class street", "give 1 - p / 100"]),
    ],
)
def test_an_error_rate_is_recognised_in_percent_too(
    tmp_path: Path, scale: int, words: list[str]
) -> None:
    errors = [round(scale * p, 4) for p in (0.99, 0.9, 0.5, 0.1, 0.01)]
    with pytest.raises(InputError) as refused:
        read_link_table(write(tmp_path / "curves.csv", {"street": errors}))
    for word in words:
        assert word in str(refused.value)
