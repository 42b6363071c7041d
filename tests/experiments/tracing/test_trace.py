"""From a cell to the runs behind it."""

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from difsched.errors import InputError
from difsched.family import FAMILIES
from difsched.utils.files import read_json, sha256, write_json
from experiments.paths import LOGS, ROOT
from experiments.products import (
    FAMILY_PRODUCTS,
    FURTHER,
    PRODUCTS,
    TABLED_STUDIES,
    experiments_behind,
    family_of_table,
)
from experiments.profiles.profile import Profile
from experiments.runs import locations
from experiments.runs.run import RECORD, config_digest
from experiments.studies import FAMILY_STUDIES, STUDIES
from experiments.tracing import command
from experiments.tracing.sources import SOURCES

LOSSES = (0.25, 0.35, 0.3)
INPUTS = {"thumb_fr": "0f1a", "agents": ["d0d5", "e6e7"]}


def recorded(seed: int) -> dict[str, object]:
    return {"method": "dql", "family": "slice", "config": 3, "seed": seed, "inputs": INPUTS}


def make(workspace: Path, aggregates: Path, traces: str | None = None) -> None:
    """Make three runs of a method, and the rows about them."""
    spec = {"profile": {}, "traces": traces, "traffic_id": "builtin" if traces is None else "own"}
    write_json(workspace / "spec.json", spec)
    rows = []
    for seed, loss in enumerate(LOSSES):
        folder = workspace / "runs" / f"main-dql-slice3-s{seed}"
        write_json(folder / "result.json", {"loss": loss})
        write_json(folder / "config.json", recorded(seed))
        files = {"result.json": sha256(folder / "result.json")}
        write_json(folder / RECORD, {"settings": config_digest(recorded(seed)), "files": files})
        rows.append((folder.name, "dql", 3, seed, loss, None))
    rows += [
        ("main-mdp-slice3-s0", "mdp", 3, 0, 0.4, 12.5),
        ("main-mdp-slice4-s0", "mdp", 4, 0, 0.4, 12.5),
    ]
    aggregates.mkdir(parents=True)
    columns = ["run", "method", "config", "seed", "loss", "score"]
    pd.DataFrame(rows, columns=columns).to_csv(aggregates / "main.csv", index=False)
    means = pd.DataFrame([("dql", 3, 0.3, 0.01)], columns=["method", "config", "loss", "score"])
    means["loss_half_width"] = means["score_half_width"] = 0.125
    means.to_csv(aggregates / "summary.csv", index=False)


@pytest.fixture
def root(undrawn: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty place for workspaces, aggregates and a reference."""
    monkeypatch.setattr(locations, "WORK", tmp_path / "work")
    monkeypatch.setattr(locations, "AGGREGATES", tmp_path / "aggregates")
    monkeypatch.setattr(locations, "REFERENCE", tmp_path / "reference")
    monkeypatch.setattr(locations, "LOGS", tmp_path / "reference" / "logs")
    return tmp_path


@pytest.fixture
def smoke(root: Path) -> Path:
    """Return a workspace of the smoke profile, with aggregates."""
    workspace = root / "work" / "smoke-builtin"
    make(workspace, root / "aggregates" / "smoke-builtin")
    return workspace


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the printed cells out."""
    monkeypatch.setattr(command, "drawn_tables", lambda *_: [])


def say(capsys: pytest.CaptureFixture[str], *argv: str, status: int = 0) -> str:
    assert command.main(list(argv)) == status
    return capsys.readouterr().out


def test_every_product_that_rests_on_runs_can_be_traced() -> None:
    on_runs = {name for name in PRODUCTS if experiments_behind(name)}
    assert set(SOURCES) == on_runs - {"numbers", "report"}


@pytest.mark.parametrize("product", TABLED_STUDIES)
def test_every_study_of_a_family_s_table_can_be_traced(product: str) -> None:
    family, _ = FAMILY_PRODUCTS[product]
    studies = {f"{family}_{name}" for name in TABLED_STUDIES[product]} & set(FAMILY_STUDIES)
    assert studies <= {source.csv for source in SOURCES[product]}


def test_what_is_traced_stands_in_tables_that_the_product_reads() -> None:
    for product, sources in SOURCES.items():
        # These print statistics of scores, which are traced to the runs' own scores.
        own = {"main", *(f"{name}_main" for name in FURTHER)}
        told = own if product in ("table3", "table7") else set()
        traced = {source.csv for source in sources} - told
        assert traced <= set(PRODUCTS[product].reads), product


def test_what_is_traced_are_columns_of_the_data_dictionary() -> None:
    dictionary = (ROOT / "artifacts" / "README.md").read_text(encoding="utf-8")
    # It names what families measure by the family, not one by one.
    measures = {measure.name for name in FURTHER for measure in FAMILIES[name].measures}
    for source in (source for sources in SOURCES.values() for source in sources):
        # The dictionary names the tables of a further family without the family.
        csv = source.csv.split("_", 1)[1] if source.csv.startswith(OF_FAMILIES) else source.csv
        listed = f"`{csv}`" in dictionary or f"{csv}.csv`" in dictionary
        assert listed or source.csv in FAMILY_STUDIES
        for name in (*source.keys, *source.labels, *source.values, *source.where):
            base = name.removesuffix("_half_width")
            listed = f"`{name}`" in dictionary or f"`{base}`" in dictionary
            assert listed or (csv != source.csv and base in measures), name


def test_a_cell_is_traced_to_its_runs_files_digests_and_command(
    smoke: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = say(capsys, "table2", "dql", "3")
    assert out.startswith(
        f"table2 dql 3 ({smoke}, smoke profile: shows that it works, no result)\n"
    )
    assert "loss 0.3, loss_half_width 0.125, score 0.01" in out
    for seed, loss in enumerate(LOSSES):
        assert f"seed {seed}: loss {loss}\n" in out
        file = smoke / "runs" / f"main-dql-slice3-s{seed}" / "result.json"
        assert f"file      {file}\n    sha256    {sha256(file)}\n" in out
        assert f"settings  {config_digest(recorded(seed))}\n" in out
    assert f"mean of 3: loss {sum(LOSSES) / 3}\n" in out
    assert out.count("input     agents d0d5 e6e7\n    input     thumb_fr 0f1a\n") == 3
    assert "3 runs\n" in out
    assert "mdp" not in out
    assert out.endswith("./run_all.sh table2 --profile smoke\n")


def test_fewer_words_name_more_cells(smoke: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = say(capsys, "fig5", "mdp", status=1)
    assert "config 3\n    seed 0: score 12.5" in out
    assert "config 4\n    seed 0: score 12.5" in out


def test_a_changed_or_missing_log_is_named(smoke: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (smoke / "runs" / "main-dql-slice3-s1" / "result.json").write_text('{"loss": 0.1}')
    (smoke / "runs" / "main-dql-slice3-s2" / "complete.json").unlink()
    out = say(capsys, "table2", "dql", "3", status=1)
    parts = out.split("\n  main-dql-slice3-s")[1:]
    assert ["HAS CHANGED" in part for part in parts] == [False, True, False]
    assert [command.FAULT in part for part in parts] == [False, True, True]


@pytest.mark.parametrize(
    ("words", "allowed"),
    [
        (["table99"], "table99': must be one of table1, table2"),
        (["fig2", "dql"], "fig11, fig12, fig13, fig14 (did you mean fig"),
        (["table2", "ddql", "3"], "method 'ddql': must be one of dql, mdp (did you mean dql?)"),
        (["table2", "mdp", "5"], "config '5': must be one of 3, 4"),
        (["table2", "dql", "3", "0"], "must be no more than method config"),
        (["table2", "dql", "--bogus"], "--bogus"),
        (["table2", "--profile", "full"], "must be one that was run: smoke"),
        (["table4", "--profile", "smoke"], "did not get as far"),
        (["table2", "--profile", "smoke", "--reference"], "must be left out"),
        ([], "product"),
    ],
)
def test_what_is_unknown_is_told_in_one_line_with_what_is_allowed(
    words: list[str], allowed: str, smoke: Path
) -> None:
    with pytest.raises(InputError) as error:
        command.main(words)
    assert allowed in str(error.value)
    assert "\n" not in str(error.value)


def test_the_reference_answers_where_no_fresh_run_can(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(InputError, match="there is no reference"):
        command.main(["table2"])
    make(root / "reference" / "logs", root / "reference" / "aggregates")
    write_json(
        root / "work" / "full-builtin" / "spec.json", {"traces": None, "traffic_id": "builtin"}
    )
    out = say(capsys, "table2", "dql", "3")
    assert f"({root / 'reference' / 'logs'}, committed reference)" in out
    assert out.endswith("./run_all.sh table2\n")
    make(root / "work" / "smoke-builtin", root / "aggregates" / "smoke-builtin")
    assert "smoke-builtin" in say(capsys, "table2", "dql", "3")
    assert "smoke-builtin" not in say(capsys, "table2", "dql", "3", "--reference")


def test_the_command_names_the_traces_that_were_used(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make(root / "work" / "full-own", root / "aggregates" / "full-own", traces="my/traces")
    out = say(capsys, "table2", "dql", "3")
    assert out.endswith("./run_all.sh table2 --traces my/traces\n")


#: How the tables of the further families begin.
OF_FAMILIES = tuple(f"{family}_" for family in FURTHER)
#: A few cells of every product that rests on runs, and how many printed numbers they are, at least.
CELLS = [
    ("table1", "0", 7),
    ("table1", "", 56),
    ("table2", "dql_set 3", 2),
    ("table2", "DQL-Set (ours) 0", 2),
    ("table2", "top_m", 16),
    ("table2", "", 1),
    ("table3", "sac", 4),
    ("table4", "noise", 2),
    ("table4", "candidates 2", 2),
    ("table4", "", 1),
    ("table5", "dql_set 2", 8),
    ("table5", "oracle_bayes", 1),
    ("table6", "dql_set 8", 4),
    ("table6", "dql_set", 9),
    ("table6", "", 1),
    ("table7", "dql_set", 1),
    ("table8", "det_set 9", 1),
    ("table8", "search 21", 1),
    ("table8", "dql_set 9", 5),
    ("table9", "dql_set 1", 1),
    ("table9", "search_81 8", 1),
    ("table9", "user_cf 2", 1),
    ("table9", "sac_unseen 1", 1),
    ("table9", "steps_2400 1", 1),
    ("table10", "dql_set 2", 1),
    ("table10", "linear 6", 7),
    ("table11", "planner_chosen 0", 1),
    ("table13", "dql_set 2", 1),
    ("table13", "filter_predictive 6", 1),
    ("table13", "det_fresh 0", 1),
    ("table14", "dql_set_floor 16", 1),
    ("table14", "dql_set 18", 1),
    ("fig3", "gaussian", 0),
    ("fig4", "bc 1", 0),
    ("fig5", "td3_bc", 0),
    ("fig6", "mdp 0", 0),
    ("fig7", "equal 8", 0),
    ("fig8", "mdp 5", 0),
    ("fig9", "eta_3", 0),
    ("fig10", "experts_1000_0_perfect det_set", 0),
    ("fig11", "ppo_shared 3", 0),
    ("fig12", "user_noise 1", 0),
    ("fig13", "dqn 2", 0),
    ("fig14", "hidden_logistic_narrow det_set", 0),
]


def words_of(cell: str) -> list[str]:
    """Return the words of a cell; what is in front of a last number is one name."""
    label, _, last = cell.rpartition(" ")
    return [*filter(None, [label, last])]


def traced(product: str, cell: str, place: locations.Place) -> list[str]:
    words = words_of(cell)
    return list(command.report(product, SOURCES[product], words, place))


def test_every_product_has_a_cell_here() -> None:
    run = read_json(LOGS / "spec.json")["profile"]
    families = {name: {family_of_table(one.csv) for one in SOURCES[name]} for name in SOURCES}
    others = {"slice", *run.get("families", {})}
    left_out = {name for name, found in families.items() if not found & others}
    unmade = {*STUDIES, *FAMILY_STUDIES} - set(Profile.from_dict(run).every_study())
    left_out |= {name for name in SOURCES if {one.csv for one in SOURCES[name]} <= unmade}
    assert {product for product, _, _ in CELLS} == set(SOURCES) - left_out


@pytest.mark.parametrize(("product", "cell", "printed"), CELLS)
def test_of_the_committed_reference_nothing_is_missing_and_the_arithmetic_gives_the_cell(
    product: str, cell: str, printed: int
) -> None:
    lines = traced(product, cell, locations.reference())
    assert not [line for line in lines if command.FAULT in line]
    assert [line for line in lines if line.startswith(("    file  ", "    card  "))]
    cells = [line for line in lines if ": cell " in line]
    assert len(cells) >= printed
    assert bool(cells) is product.startswith("table")
    for line in cells:
        shown, scale, value = re.search(r": cell (\S+).* = (100 x )?(\S+) \(", line).groups()
        shown = re.search(r": cell (\S+(?: \d{3})*)", line).group(1).strip("†‡*").replace(" ", "")
        if shown == "\N{EN DASH}":  # too little to print
            continue
        number = float(shown.replace("\N{MINUS SIGN}", "-"))
        digits = len(shown.partition(".")[2])
        exact = float(value) * (100 if scale else 1)
        assert abs(number - exact) <= 0.5000001 * 10**-digits, line


def shadow(folder: Path) -> locations.Place:
    """Return the reference as links to its runs and files, of which any can be replaced."""
    real = locations.reference()
    for part in ("runs", "datasets"):
        (folder / part).mkdir(parents=True)
        for path in (real.workspace / part).iterdir():
            (folder / part / path.name).symlink_to(path)
    shutil.copy(real.workspace / "spec.json", folder)
    return replace(real, workspace=folder)


def harm(file: Path, how: str) -> Callable[[], None]:
    """Remove or change a file of a shadow; return what makes it whole again."""
    link = file if file.is_symlink() else file.parent
    target = link.resolve()
    link.unlink()
    if link != file:
        shutil.copytree(target, link)
    if how == "remove":
        file.unlink(missing_ok=True)
    else:
        text = (target if link == file else target / file.name).read_text()
        file.write_text(text.replace("5", "6"))

    def mend() -> None:
        shutil.rmtree(link) if link.is_dir() else link.unlink(missing_ok=True)
        link.symlink_to(target)

    return mend


@pytest.mark.parametrize("how", ["remove", "change"])
def test_the_removal_or_change_of_any_file_that_a_trace_names_is_reported(
    tmp_path: Path, undrawn: None, how: str
) -> None:
    place, checked = shadow(tmp_path), 0
    for product, cell, _ in CELLS:
        lines = traced(product, cell, place) if cell else []
        files = [line.split()[1] for line in lines if line.startswith(("    file ", "    card "))]
        for file in map(Path, files[:1] + files[-1:]):
            mend = harm(file, how)
            report = traced(product, cell, place)
            faults = [line for line in report if command.FAULT in line]
            assert any(str(file) in line for line in faults), (product, cell, file)
            mend()
            checked += 1
    assert checked > 20


def test_a_method_of_a_cell_may_be_named_by_its_label(
    smoke: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    by_name = say(capsys, "table2", "dql", "3").splitlines()[1:]
    assert say(capsys, "table2", "DQL", "3").splitlines()[1:] == by_name
