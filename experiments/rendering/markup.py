r"""The TeX of captions and cells for readers without TeX: as plain text and as HTML.

A small inline subset: bold, italic, typewriter and small text, mathematics on one line with
indices, Greek letters, a few symbols, dashes, quotes and references. Anything else raises
ValueError, so that nothing half-converted reaches a reader.
"""

import re
from collections import deque
from dataclasses import dataclass
from html import escape
from itertools import groupby
from unicodedata import lookup, normalize

THIN, FIXED = "\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}"
#: Commands with an argument -> HTML's element for it, if any.
WRAPPERS: dict[str, str | None] = {
    **{r"\textbf": "b", r"\textit": "i", r"\emph": "i", r"\texttt": "code"},
    **{r"\rlap": None, r"\smash": None},
}
#: Commands that hold to the end of their group -> element.
SWITCHES = {r"\scriptsize": "small"}
INDICES = {"^": "sup", "_": "sub"}
ACCENTS = {r"\bar": "\N{COMBINING MACRON}", r"\hat": "\N{COMBINING CIRCUMFLEX ACCENT}"}
LETTERS = (
    "alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi pi rho sigma tau phi chi "
    "psi omega Gamma Delta Theta Lambda Pi Sigma Phi Psi Omega"
)


def _greek(name: str) -> str:
    case = "SMALL" if name.islower() else "CAPITAL"
    # Unicode spells this one letter in its own way.
    return lookup(f"GREEK {case} LETTER {name.upper().replace('LAMBDA', 'LAMDA')}")


SYMBOLS = {
    **{"\\" + name: _greek(name) for name in LETTERS.split()},
    **{"\\" + character: character for character in "%&_#${}"},
    r"\textbackslash": "\\",
    r"\textasciicircum": "^",
    r"\textasciitilde": "~",
    r"\,": THIN,
    r"\ ": " ",
    "~": FIXED,
    "--": "\N{EN DASH}",
    "---": "\N{EM DASH}",
    "`": "\N{LEFT SINGLE QUOTATION MARK}",
    "``": "\N{LEFT DOUBLE QUOTATION MARK}",
    "''": "\N{RIGHT DOUBLE QUOTATION MARK}",
    r"\pm": "±",
    r"\times": "\N{MULTIPLICATION SIGN}",
    r"\cdot": "·",
    r"\sum": "∑",
    r"\dagger": "†",
    r"\ddagger": "‡",
    r"\ast": "*",
}
RELATIONS = {r"\le": "≤", r"\ge": "≥", r"\approx": "≈", "=": "=", "<": "<", ">": ">"}
MINUS = "\N{MINUS SIGN}"
MATHS = {name: FIXED + sign + FIXED for name, sign in RELATIONS.items()} | {"-": MINUS}
#: What TeX gives a meaning that is not one of this subset's.
SPECIAL = frozenset("^_$}&%#")
#: The space between groups of three digits.
_THOUSANDS = re.compile(r"(?<=\d)\s(?=\d{3}(?!\d))")
#: Plain text's indices; of another one, a sign says where it stands.
RAISED = dict(zip(f"0123456789+{MINUS}()ni†*", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿⁱ†*", strict=True))
LOWERED = dict(zip(f"0123456789+{MINUS}()aeijknt", "₀₁₂₃₄₅₆₇₈₉₊₋₍₎ₐₑᵢⱼₖₙₜ", strict=True))
TOKEN = re.compile(r"\\[A-Za-z]+\s*|\\.|---?|``|''|\s+|.", re.DOTALL)
LABEL = re.compile(r"(?:tab:table|fig:fig)(\d+)")


@dataclass(frozen=True)
class Span:
    """A piece of text and HTML's elements around it, from the outermost."""

    text: str
    elements: tuple[str, ...]


def spans(tex: str) -> list[Span]:
    """Return the pieces of a text, no two neighbours with the same elements.

    Raises
    ------
    ValueError
        If the text has what this module does not know; the message holds both.
    """
    pieces = _Reader(tex).read()
    return [
        Span("".join(piece.text for piece in group), elements)
        for elements, group in groupby(pieces, key=lambda piece: piece.elements)
    ]


def plain(tex: str) -> str:
    """Return a text without markup, indices as Unicode has them; see :func:`spans`."""
    return "".join(map(plain_span, spans(tex)))


def plain_span(span: Span) -> str:
    """Return a piece of a text without markup."""
    text = span.text.replace(THIN, " ").replace(FIXED, " ")
    for element, sign, table in (("sup", "^", RAISED), ("sub", "_", LOWERED)):
        if element in span.elements:
            known = all(character in table for character in text)
            text = "".join(table[character] for character in text) if known else sign + text
    return text


def bare(tex: str) -> str:
    """Return a text as programs read numbers: no sign between thousands, an ASCII minus."""
    return _THOUSANDS.sub("", plain(tex)).replace(MINUS, "-")


def html(tex: str) -> str:
    """Return a text as HTML; see :func:`spans`."""
    pieces = []
    for span in spans(tex):
        text = escape(span.text)
        for element in reversed(span.elements):
            text = f"<{element}>{text}</{element}>"
        pieces.append(text)
    return "".join(pieces)


class _Reader:
    """Reads a text token by token into pieces."""

    def __init__(self, tex: str) -> None:
        self.tex = tex
        self.tokens = deque(TOKEN.findall(tex))

    def read(self) -> list[Span]:
        """Return the pieces of the whole text."""
        return self._until("", (), False)

    def _until(self, closing: str, elements: tuple[str, ...], maths: bool) -> list[Span]:
        """Return the pieces up to a token, or to the text's end if it is empty."""
        found: list[Span] = []
        while self.tokens:
            token = self.tokens.popleft()
            if token == closing:
                return found
            if token.strip() in SWITCHES:
                elements = (*elements, SWITCHES[token.strip()])
            else:
                found += self._piece(token, elements, maths)
        if closing:
            raise self._unknown(f"no {closing}")
        return found

    def _piece(self, token: str, elements: tuple[str, ...], maths: bool) -> list[Span]:
        # A command takes the spaces behind it; a backslash before a space is one.
        name = token.rstrip() if token[1:2].isalpha() else token
        if token == "{":
            return self._until("}", elements, maths)
        if token == "$" and not maths:
            return self._until("$", elements, True)
        if name in WRAPPERS:
            inner = WRAPPERS[name]
            return self._argument((*elements, inner) if inner else elements, maths)
        if name == r"\phantom":
            self._argument(elements, maths)
            return []
        if name in INDICES and maths:
            return self._argument((*elements, INDICES[name]), maths)
        if name in ACCENTS:
            return [
                Span(normalize("NFC", span.text + ACCENTS[name]), span.elements)
                for span in self._argument(elements, maths)
            ]
        if name == r"\ref":
            label = "".join(span.text for span in self._argument((), False))
            if match := LABEL.fullmatch(label):
                return [Span(match[1], elements)]
            raise self._unknown(label)
        if maths and name in MATHS:
            return [Span(MATHS[name], elements)]
        if name in SYMBOLS:
            return [Span(SYMBOLS[name], elements)]
        if name.isspace():
            # Mathematics is spaced by what stands in it.
            return [] if maths else [Span(" ", elements)]
        if name.startswith("\\") or name in SPECIAL:
            raise self._unknown(name)
        variable = maths and name.isascii() and name.isalpha()
        return [Span(name, (*elements, "i") if variable else elements)]

    def _argument(self, elements: tuple[str, ...], maths: bool) -> list[Span]:
        if not self.tokens:
            raise self._unknown("an argument is missing")
        return self._piece(self.tokens.popleft(), elements, maths)

    def _unknown(self, fragment: str) -> ValueError:
        return ValueError(f"{fragment!r} in {self.tex!r}: not among the TeX that markup.py knows")
