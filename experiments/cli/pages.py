"""Help for every word of ``./run_all.sh``: short pages that need no environment."""

from collections.abc import Sequence

from experiments.cli.targets import ACTIONS, BENCHMARKS, COMMANDS

HELP = ("-h", "--help")
#: Commands that tell of their arguments themselves, once the environment is there.
OWN_PAGE = ("figures", "show", "trace", "verify", "check", "models", "demo", "--method")
#: What may follow a word; nothing where it is not here.
FOLLOWS = {
    "list": "[methods]",
    "test": "[maths]",
    "bench": "NAME [OPTION ...]",
    "notebooks": "[NAME ...]",
    **dict.fromkeys(OWN_PAGE, "[ARGUMENT ...]"),
}
LATER = (
    "Its options are told by the same call once the environment is there: any other call makes it."
)


def asks_help(argv: Sequence[str]) -> bool:
    """Return whether a command line asks for help."""
    return any(word in HELP for word in argv)


def page(argv: Sequence[str]) -> str | None:
    """Return the help on a command line's first word, None where the general help has it all."""
    about = ACTIONS | {name: text for name, (_, text) in COMMANDS.items()}
    del about["all"]
    word = "--method" if any(one.startswith("--method") for one in argv) else argv[0]
    if word not in about:
        return None
    name, text = word, about[word]
    if word == "bench" and len(argv) > 1 and argv[1] in BENCHMARKS:
        name, text = f"bench {argv[1]}", BENCHMARKS[argv[1]]
    follows = "[OPTION ...]" if name != word else FOLLOWS.get(word, "")
    parts = [f"usage: ./run_all.sh {name} {follows}".rstrip(), f"{text[0].upper()}{text[1:]}."]
    if name == "bench":
        parts.append("\n".join(f"  {one:<10} {what}" for one, what in BENCHMARKS.items()))
    if word in OWN_PAGE or name != word:
        parts.append(LATER)
    return "\n\n".join(parts)


def has_own_page(argv: Sequence[str]) -> bool:
    """Return whether the module of a command line's word parses ``--help``."""
    own = argv[0] in OWN_PAGE or any(word.startswith("--method") for word in argv)
    return own or (argv[0] == "bench" and len(argv) > 1 and argv[1] in BENCHMARKS)
