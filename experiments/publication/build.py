"""Compile the paper: ``./run_all.sh paper``."""

import re
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from difsched.errors import InputError
from difsched.utils.files import atomic
from experiments.claims.sections import products
from experiments.paths import PAPER

PROGRAMS = ("latexmk", "pdflatex", "bibtex")
#: One file of each of Debian's packages that the paper needs, beyond those with the programs.
TEX_FILES = ("IEEEtran.cls", "IEEEtran.bst", "booktabs.sty", "microtype.sty", "ptmr7t.tfm")
PACKAGES = "latexmk texlive-fonts-recommended texlive-latex-recommended texlive-publishers"


def main(argv: list[str]) -> int:
    """Compile ``paper/main.tex`` to ``paper/main.pdf``; return 0.

    Raises
    ------
    InputError
        If there are arguments, TeX or a product of the text is missing, or TeX reports an error.
    """
    if argv:
        raise InputError(f"paper takes no arguments: leave out {' '.join(argv)}")
    check_tex()
    compile_paper(PAPER)
    print(f"  paper    {(PAPER / 'main.pdf').relative_to(PAPER.parent)}")
    return 0


def check_tex() -> None:
    """Raise InputError if a program or a file of TeX is missing; it names Debian's packages."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if not missing:
        missing = [name for name in TEX_FILES if not _known(name)]
    if missing:
        raise InputError(
            f"TeX: {', '.join(missing)} not found; install, on Debian: "
            f"apt-get install --no-install-recommends {PACKAGES}"
        )


def _known(name: str) -> bool:
    return subprocess.run(["kpsewhich", name], capture_output=True, check=False).returncode == 0


def compile_paper(folder: Path) -> None:
    """Compile ``main.tex`` of a folder; ``main.pdf`` appears beside it when all went well.

    The same inputs give the same bytes.

    Raises
    ------
    InputError
        If a product is missing, TeX reports an error, or a reference leads nowhere.
    """
    for path, product in products((folder / "main.tex").read_text(encoding="utf-8")).items():
        if not (folder / f"{path}.tex").is_file():
            raise InputError(f"paper/{path}.tex: missing; ./run_all.sh {product} makes it")
    with TemporaryDirectory() as output:
        command = ["latexmk", "-norc", "-pdf", "-interaction=nonstopmode", "-halt-on-error"]
        done = subprocess.run(
            [*command, f"-outdir={output}", "main.tex"],
            cwd=folder,
            capture_output=True,
            check=False,
        )
        log = Path(output) / "main.log"
        text = log.read_text(encoding="latin-1") if log.exists() else done.stderr.decode()
        if problem := _problem(text, done.returncode):
            raise InputError(f"paper/main.tex: {problem}")
        with atomic(folder / "main.pdf") as temporary:
            shutil.copyfile(Path(output) / "main.pdf", temporary)


def _problem(log: str, status: int) -> str | None:
    """Return what is wrong by TeX's log, one line, or None."""
    if error := re.search(r"^! (.*?)$.*?^(l\.\d+ [^\n]*)", log, re.M | re.S):
        return f"{error[1]} {error[2]}"
    if status:
        return f"latexmk ended with status {status}"
    # After an error references are undefined, too.
    dangling = re.search(r"^LaTeX Warning: ((?:Reference|Citation) .* undefined)", log, re.M)
    return dangling[1] if dangling else None
