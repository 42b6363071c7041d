"""Every word of both commands: help of its own, with status 0; names and labels of methods."""

import re
import subprocess
import sys
from functools import partial

import pytest

from difsched import __version__
from difsched.baselines.method import SECTIONS
from difsched.baselines.registry import METHODS, code_name, find, methods
from difsched.cli import main as console
from difsched.cli.completion import offer, subparsers
from difsched.errors import InputError
from difsched.family import FAMILIES
from experiments.cli import arguments, run_all
from experiments.cli.method_list import methods_listing
from experiments.cli.show import SHOWN
from experiments.cli.targets import ACTIONS, BENCHMARKS, COMMANDS
from experiments.paths import ROOT
from experiments.products import PRODUCTS
from experiments.tracing.sources import SOURCES

#: Every word of ./run_all.sh.
WORDS = [[name] for name in (*ACTIONS, *COMMANDS, *PRODUCTS)]
WORDS += [["bench", name] for name in BENCHMARKS]
#: Every word of difsched.
PARTS = [[], *([name] for name in (*console.COMMANDS, *console.PASSED, "completion"))]
PARTS += [["bench", name] for name in BENCHMARKS]


def helped(call: object, capsys: pytest.CaptureFixture[str]) -> str:
    """Return the page that a call prints, which ends well."""
    try:
        status = call()  # type: ignore[operator]
    except SystemExit as end:
        status = end.code
    printed = capsys.readouterr()
    assert status in (0, None, arguments.ANSWERED)
    assert printed.err == ""
    assert printed.out.startswith("usage: ")
    return printed.out


@pytest.mark.parametrize("flag", ["--help", "-h"])
@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_every_word_of_run_all_has_a_page_with_and_without_an_environment(
    words: list[str],
    flag: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = helped(lambda: run_all.main([*words, flag]), capsys)
    monkeypatch.setattr(sys, "argv", ["run_all.sh", *words, flag])
    before = helped(arguments.main, capsys)
    for page in (own, before):
        assert words[-1] in page
        assert page.count("\n") >= 2


@pytest.mark.parametrize("words", PARTS, ids=" ".join)
def test_every_word_of_difsched_has_a_page(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    page = helped(lambda: console.main([*words, "--help"]), capsys)
    assert not words or words[-1] in page


def test_pages_differ_but_for_products_options(capsys: pytest.CaptureFixture[str]) -> None:
    pages = [helped(partial(run_all.main, [*words, "-h"]), capsys) for words in WORDS]
    assert len(set(pages)) == len(pages)


def test_both_commands_tell_their_version() -> None:
    for module in ("experiments", "experiments.cli.arguments", "difsched.cli.main"):
        command = [sys.executable, "-P", "-m", module, "--version"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode in (0, arguments.ANSWERED)
        assert done.stdout == f"difsched {__version__}\n"


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("DQL-Set", "dql_set"),
        ("DQL-Set (ours)", "dql_set"),
        ("dql-set", "dql_set"),
        ("SAC (ONLINE)", "sac"),
        ("sac (offline data)", "sac_offline"),
        ("Oracle", "oracle"),
        ("oracle (forecast)", "oracle_predicted"),
        ("Estimate, then optimize", "estimate_then_optimize"),
        ("Diffusion BC", "bc"),
        ("TD3+BC", "td3_bc"),
        ("Estimate", None),
        ("", None),
    ],
)
def test_a_method_is_known_by_name_and_label(word: str, name: str | None) -> None:
    assert code_name(word) == name


def test_every_label_and_every_name_means_its_own_method() -> None:
    for name, method in METHODS.items():
        assert find(name) is find(method.label) is find(method.label.upper()) is method


def test_a_wrong_method_is_one_list_with_the_one_that_is_close() -> None:
    with pytest.raises(InputError) as error:
        find("dlq_set")
    text = str(error.value)
    assert text.endswith("(did you mean dql_set?)")
    assert text.count("td3_bc") == 1


def test_the_list_and_the_readme_have_every_method_by_both_names(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_all.main(["list", "methods"]) == 0
    listed = capsys.readouterr().out
    assert listed == f"{methods_listing()}\n"
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| (.+?) \| .+ \|$", readme, re.MULTILINE)
    told = {}
    for names, labels in rows:
        told |= dict(zip(re.findall(r"`(\w+)`", names), labels.split("; "), strict=True))
    assert {name: method.label for name, method in METHODS.items()}.items() <= told.items()
    known = {name: one for family in FAMILIES for name, one in methods(family).items()}
    assert told == {name: known[name].label for name in told}
    for name, method in METHODS.items():
        words = rf"^  {name} +{re.escape(method.label)} +{re.escape(method.about)}$"
        assert method.about and re.search(words, listed, re.MULTILINE)
    assert all(f"{title}:" in listed for title in SECTIONS.values())
    assert run_all.main(["list"]) == 0
    assert "list methods" in capsys.readouterr().out


def test_completion_offers_what_is_accepted_and_no_more() -> None:
    parser = console.build_parser()
    offer(parser)
    offered = {
        command: action.choices
        for command, sub in subparsers(parser)
        for action in sub._actions
        if not action.option_strings
    }
    assert offered["show"] == SHOWN
    assert offered["trace"] == list(SOURCES)
    assert offered["bench"] == list(BENCHMARKS)
    known = {name: one for family in FAMILIES for name, one in methods(family).items()}
    assert list(offered["evaluate"]) == list(known)
    assert set(offered["train"]) == {name for name in known if known[name].training is not None}
