"""The report: complete, safe, and the same bytes twice."""

import ast
import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest

from difsched.utils.files import write_text
from experiments.cli import docs
from experiments.paths import PAPER
from experiments.products import PRODUCTS, TABLES, module_of
from experiments.publication import report
from experiments.publication.report_tables import key as sort_key
from experiments.rendering import tex
from experiments.studies import STUDIES
from paper.shared import family_tables
from tests.paper.pages import NOTE, Reader, Site, build, make_films


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Make a report to be read."""
    with pytest.MonkeyPatch.context() as patch:
        yield build(tmp_path_factory.mktemp("site"), patch)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Make a report whose files a test may change."""
    return build(tmp_path, monkeypatch)


def test_every_element_is_closed_and_every_product_is_there_once(site: Site) -> None:
    ids = Reader(site.text).values("id")
    assert len(ids) == len(set(ids))
    assert set(report.SHOWN) <= set(ids)


def test_every_table_and_figure_has_its_sources() -> None:
    products = {name for name in PRODUCTS if name.startswith(("table", "fig"))}
    assert set(report.SHOWN) == products


@pytest.mark.parametrize("name", report.SHOWN)
def test_the_csv_files_named_are_those_that_the_script_reads(name: str) -> None:
    module = importlib.import_module(module_of(name))
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    words = {str(node.value) for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    read = {word.removesuffix(".csv") for word in words} & (TABLES.keys() - set(STUDIES))
    constants = vars(module)
    # The studies are read by their names, and some scripts read all that the product does.
    read |= {value for key, value in constants.items() if key in ("STUDY", "TRUTH", "BLIND")}
    read |= set(constants.get("TABLES", ()))
    if "FAMILY" in constants:
        read |= {f"{constants['FAMILY']}_{table}" for table in family_tables.READ}
    assert read == set(PRODUCTS[name].reads)


def test_nothing_is_loaded_from_a_network_and_every_link_leads_somewhere(site: Site) -> None:
    reader = Reader(site.text)
    assert all(source.startswith("data:image/png;base64,") for source in reader.values("src"))
    assert not {"link", "iframe", "object"} & {tag for tag, _ in reader.tags}
    assert not re.search(r"url\(|@import|https?:|//\w", site.text.split("<body>")[0])
    ids, addresses = set(reader.values("id")), set(reader.values("href"))
    assert any(address.endswith("main.csv") for address in addresses)
    assert any(address.endswith("/runs/main-a%20b-slice0-s0/") for address in addresses)
    for address in addresses:
        inside = address[1:] in ids if address.startswith("#") else None
        there = (report.PAGE.parent / unquote(address)).exists()
        assert inside if inside is not None else there, address


def test_animations_are_in_their_family_s_section_once_they_are_made(own: Site) -> None:
    assert "image/gif" not in own.text
    make_films(tex.FIGURES)
    reader = Reader(own.write())
    assert sum(source.startswith("data:image/gif;") for source in reader.values("src")) == 9
    page = own.write()
    order = ["slice-title", "animation-slice", "table1", "mlb-title", "animation-synthetic"]
    places = [page.index(f'id="{name}"') for name in [*order, "animation-roads", "table9"]]
    assert places == sorted(places)
    # Who has no script, or prints it, sees the first frame.
    frames = [attributes for _, attributes in reader.tags if attributes.get("alt") == ""]
    assert ["hidden" in attributes for attributes in frames] == [False, True, True] * 3


def test_every_product_stands_in_the_section_of_its_family(site: Site) -> None:
    found = [report.family_of(name) for name in ("table2", "fig2", "table8", "fig12", "table10")]
    assert found == ["slice", "slice", "mec", "mlb", "alloc"]
    starts = [site.text.index(f'<section id="{family}"') for family in report.FAMILIES]
    ends = [*starts[1:], site.text.index('<section id="runs"')]
    assert starts == sorted(starts)
    for name in report.SHOWN:
        start, end = dict(zip(report.FAMILIES, zip(starts, ends, strict=True), strict=True))[
            report.family_of(name)
        ]
        assert start < site.text.index(f'<article id="{name}"') < end


def test_the_same_files_give_the_same_bytes(site: Site) -> None:
    assert site.write() == site.text


def test_text_from_files_is_text_and_not_markup(site: Site) -> None:
    reader = Reader(site.text)
    assert [tag for tag, _ in reader.tags].count("script") == 1
    assert "<script>alert(1)</script>" in reader.shown
    assert "a < b <b>c</b>" in reader.shown
    assert NOTE in reader.shown


def test_a_figure_s_alternative_is_its_caption_without_markup(site: Site) -> None:
    assert set(Reader(site.text).values("alt")) == {"Of κ & “quotes”"}


def test_a_claim_shows_its_status_in_words_and_what_was_measured(site: Site) -> None:
    text = Reader(site.text).shown
    assert "✓ PASS 1 ✕ FAIL 1 … NOT RUN 0 Of statements" in text
    assert "✓ PASS a < b" in text and "Measured 0.75 Expected at least 1" in text
    # Nothing is called unsupported that was not looked at.
    assert "≠ NOT SUPPORTED 0 … NOT CHECKED 1" in text
    assert re.search("… NOT CHECKED .+ Measured needs the full profile", text)
    assert "In the paper Section VI-A, Table II" in text


def test_the_link_to_the_documentation_says_how_it_is_made_until_it_is(own: Site) -> None:
    page = docs.FOLDER / "index.html"
    reader = Reader(own.text)
    assert report.link(page) in reader.values("href")
    assert "documentation , made by ./run_all.sh docs" in reader.shown
    assert "Not made yet: <code>./run_all.sh docs</code>" in page.read_text(encoding="utf-8")
    write_text(page, "made")
    docs.stand_in(docs.FOLDER)
    assert page.read_text(encoding="utf-8") == "made"


def test_the_headline_figure_stands_before_all_else(site: Site) -> None:
    first = site.text.index("<img")
    assert site.text.index("<h1>") < first < site.text.index('href="#fig10"')
    assert first < site.text.index("<nav") < site.text.index('id="claims-title"')


def test_what_was_found_is_said_with_the_paper_s_numbers_or_not_at_all(
    own: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tex, "NUMBERS", own.folder / "numbers.tex")
    assert report.finding() is None
    names = sorted(set(report.USED.findall(report.FINDING)))
    assert len(names) == 8
    assert "DetSearchScores" in names
    lines = [rf"\newcommand*{{\{name}}}{{${place}$--9}}" for place, name in enumerate(names)]
    write_text(tex.NUMBERS, "\n".join(lines))
    said = Reader(own.write()).shown
    for place in range(len(names)):
        assert f"{place}\N{EN DASH}9" in said
    lines[3] = rf"\newcommand*{{\{names[3]}}}{{n/a}}"
    write_text(tex.NUMBERS, "\n".join(lines))
    assert report.finding() is None and 'class="finding"' not in own.write()


def test_the_numbers_of_what_was_found_are_the_paper_s() -> None:
    text = (PAPER / "main.tex").read_text(encoding="utf-8")
    assert set(report.USED.findall(report.FINDING)) <= set(report.USED.findall(text))


@pytest.mark.parametrize(("note", "banners"), [(NOTE, 1), (None, 0)])
def test_only_a_shortened_profile_has_a_banner(
    note: str | None, banners: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = build(tmp_path, monkeypatch, note)
    assert site.text.count('role="note"') == banners
    assert "./run_all.sh table2 --profile smoke" in site.text


def test_a_log_that_was_left_out_is_named(own: Site) -> None:
    write_text(own.folder / "aggregates" / "excluded.csv", "run,reason\nmain-x,is damaged\n")
    assert "main-x (is damaged)" in Reader(own.write()).shown


def test_what_is_not_rendered_is_said_and_not_shown(own: Site) -> None:
    (tex.FIGURES / "fig4.png").unlink()
    reader = Reader(own.write())
    assert "fig4" not in reader.values("id")
    assert "Not rendered, and so not below: ./run_all.sh fig4 --profile smoke ." in reader.shown


def test_bad_input_ends_in_one_line_and_status_2(
    own: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (own.folder / "smoke-builtin" / "spec.json").write_text("{")
    paths = ["--aggregates", "x", "--workspace", str(own.folder / "smoke-builtin")]
    monkeypatch.setattr(sys, "argv", ["report", *paths])
    with pytest.raises(SystemExit) as stop:
        report.main()
    assert stop.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not report.PAGE.read_text()


@pytest.mark.parametrize(
    ("cell", "key"),
    [
        (r"12.3\,{\scriptsize$\pm$0.4}", "12.3"),
        (r"$-42.6$\,{\scriptsize[$-53.1$, $-32.2$]}", "-42.6"),
        (r"\textbf{100.2}", "100.2"),
        (r"1.0\rlap{$^\ast$}", "1.0"),
        (r"1\,250\,000", "1250000.0"),
        (".5", "0.5"),
        ("--", ""),
        ("n/a", ""),
        ("3 seeds", "3 seeds"),
        (r"\texttt{thumb\_fr}", "thumb_fr"),
    ],
)
def test_a_cell_is_sorted_by_its_number_if_it_is_one(cell: str, key: str) -> None:
    assert sort_key(cell) == key


def test_text_stands_out_from_what_is_behind_it(site: Site) -> None:
    schemes = re.findall(r":root \{(.*?)\}", site.text, re.DOTALL)
    assert len(schemes) == 2
    for scheme in schemes:
        colors = dict(re.findall(r"--([\w-]+): (#\w+);", scheme))
        pairs = [(name, f"{name}-box") for name in ("pass", "fail", "wait", "warn")]
        pairs += [(name, back) for name in ("text", "soft", "link") for back in ("page", "box")]
        assert min(contrast(colors[front], colors[back]) for front, back in pairs) >= 4.5


def contrast(front: str, back: str) -> float:
    """Return the contrast of two colours by the Web Content Accessibility Guidelines 2.2."""
    light, dark = sorted(map(luminance, (front, back)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(color: str) -> float:
    """Return the relative luminance of ``#rgb`` or ``#rrggbb``."""
    digits = color[1:] if len(color) == 7 else "".join(2 * digit for digit in color[1:])
    values = np.frombuffer(bytes.fromhex(digits), dtype=np.uint8) / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])
