"""The notebooks: each runs from nothing, and is kept without what a run leaves in it."""

import re
from pathlib import Path

import nbformat
import pytest

from difsched.errors import InputError
from experiments.notebooks import execute, main, notebooks
from experiments.paths import ROOT
from experiments.products import FURTHER

NOTEBOOKS = notebooks()
#: The slice's workflow, step by step, and the further families.
STEPS = [
    *("00_getting_started", "01_data_pipeline", "02_training", "03_evaluation", "04_analysis"),
    *("05_benchmarks", "05_example_mdp", "05_example_mixture"),
]


def test_there_is_a_notebook_for_each_step_and_then_of_further_families() -> None:
    names = [path.stem for path in NOTEBOOKS]
    assert names[: len(STEPS)] == STEPS
    assert set(names[len(STEPS) :]) == set(FURTHER)


def test_a_notebook_names_others_by_the_names_that_they_have() -> None:
    known = {path.stem for path in NOTEBOOKS}
    texts = [path.read_text(encoding="utf-8") for path in NOTEBOOKS]
    named = {name for text in texts for name in re.findall(r"`(\d\d_\w+)`", text)}
    assert named and named <= known


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_outputs_counts_and_editors_marks(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.language_info == {"name": "python"}
    assert notebook.cells[0].cell_type == "markdown"
    assert [cell.id for cell in notebook.cells if cell.metadata] == []
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.id for cell in code if cell.outputs or cell.execution_count] == []


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom_and_shows_something(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What run_all.sh says to the kernel, and nothing of the user's own Jupyter.
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTHONWARNINGS", "ignore:pkg_resources is deprecated:UserWarning")
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    cells = execute(path).cells
    assert [c.id for c in cells if c.cell_type == "code" and not c.execution_count] == []
    shown = [output for cell in cells for output in cell.get("outputs", [])]
    assert any(output.output_type in ("execute_result", "display_data") for output in shown)
    assert [output.text for output in shown if output.get("name") == "stderr"] == []


def test_an_unknown_notebook_is_refused_in_one_line() -> None:
    expected = r"notebook '04_analyses': must be one of 00_.+did you mean 04_analysis"
    with pytest.raises(InputError, match=expected):
        main(["04_analyses"])
