"""Nothing that the sources read or write can run: no pickle, no eval, no shell, by their trees."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOT_OURS = {".venv", "tests", "artifacts", "build", "dist"}
SOURCES = sorted(
    path
    for path in ROOT.rglob("*.py")
    if not NOT_OURS & set(path.relative_to(ROOT).parts[:1]) and ".snakemake" not in path.parts
)
#: Modules whose files run what is in them when they are read.
EXECUTABLE = {"pickle", "cPickle", "_pickle", "dill", "joblib", "shelve", "marshal", "cloudpickle"}
EXECUTABLE |= {"jsonpickle"}
BUILTINS = {"eval", "exec", "compile", "__import__"}
#: Functions by module and name.
FORBIDDEN = {"torch.load", "torch.save", "os.system", "os.popen", "pandas.read_pickle"}
FORBIDDEN |= {f"yaml.{name}" for name in ("load", "load_all", "full_load", "unsafe_load")}
FORBIDDEN |= {f"yaml.{name}" for name in ("Loader", "FullLoader", "UnsafeLoader", "CLoader")}
METHODS = {"read_pickle", "to_pickle"}


def offences(text: str) -> Iterator[str]:
    """Yield what a source does that it must not."""
    tree = ast.parse(text)
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {(a.asname or a.name.partition(".")[0]): a.name for a in node.names}
            modules = [a.name for a in node.names]
        elif isinstance(node, ast.ImportFrom):
            names |= {(a.asname or a.name): f"{node.module}.{a.name}" for a in node.names}
            modules = [node.module or "", *(f"{node.module}.{a.name}" for a in node.names)]
        else:
            continue
        yield from (f"imports {m}" for m in modules if EXECUTABLE & set(m.split(".")))
        yield from (f"imports {m}" for m in modules if m in FORBIDDEN)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            used = _dotted(node, names)
            if used in FORBIDDEN or used in BUILTINS or used.rpartition(".")[2] in METHODS:
                yield f"uses {used}"
        if isinstance(node, ast.Call):
            given = {word.arg: word.value for word in node.keywords}
            function = _dotted(node.func, names)
            if function == "numpy.load" and "allow_pickle" not in given:
                yield "calls numpy.load without allow_pickle=False"
            for word in ("allow_pickle", "shell"):
                if word in given and not _is_false(given[word]):
                    yield f"gives {word} to {function}"


def _dotted(node: ast.AST, names: dict[str, str]) -> str:
    """Return the whole name of what is used: ``numpy.load`` for ``np.load``."""
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value, names)}.{node.attr}"
    return "?"


def _is_false(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


@pytest.mark.parametrize(
    "text",
    [
        "import pickle",
        "import dill as harmless",
        "from joblib import load",
        "from six.moves import cPickle",
        "def f():\n    import marshal",
        "eval('1')",
        "run = exec",
        "import torch\ntorch.load('x', weights_only=True)",
        "from torch import load\nload('x')",
        "import yaml\nyaml.load(text, Loader=yaml.SafeLoader)",
        "from yaml import UnsafeLoader as SafeLoader",
        "import yaml\nclass L(yaml.FullLoader): ...",
        "import numpy as np\nnp.load('x.npz')",
        "import numpy\nnumpy.load('x.npz', allow_pickle=True)",
        "read_array(file, allow_pickle=trusted)",
        "import os\nos.system('ls')",
        "import subprocess\nsubprocess.run('ls', shell=True)",
        "import pandas as pd\npd.read_pickle('x')",
        "frame.to_pickle('x')",
    ],
)
def test_what_must_not_be_done_is_seen(text: str) -> None:
    assert list(offences(text))


@pytest.mark.parametrize(
    "text",
    [
        "import yaml\nyaml.safe_load(text)\nclass L(yaml.SafeLoader): ...",
        "import numpy as np\nnp.load('x.npz', allow_pickle=False)",
        "import re\nre.compile('x')\nmodel.eval()",
        "import subprocess\nsubprocess.run(['ls'], shell=False)",
    ],
)
def test_what_may_be_done_is_not_mistaken_for_it(text: str) -> None:
    assert list(offences(text)) == []


def test_every_source_is_looked_at() -> None:
    names = {str(path.relative_to(ROOT)) for path in SOURCES}
    assert {
        "difsched/utils/files.py",
        "experiments/runs/run.py",
        "experiments/rendering/tex.py",
    } <= names
    assert len(names) > 100


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_source_reads_and_writes_nothing_that_can_run(path: Path) -> None:
    assert list(offences(path.read_text(encoding="utf-8"))) == []
