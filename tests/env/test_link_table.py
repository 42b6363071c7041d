"""Measured link curves: the classes that are fitted to them, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

from difsched.env.slice.link import success_probability
from difsched.env.slice.link_table import read_link_table
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
        ("r,p\n0,0\n9,1\n", "class link has 2 rows"),
        ("r,p\n0,0\n9,1\n9,.9\n", "r once"),
        ("r,p\n0,0\n1e-320,1\n9,1\n", "r once"),
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
