"""The one error that a user's input can cause."""

#: Characters of a line that are shown, at its beginning and at its end.
HEAD, TAIL = 800, 200


class InputError(ValueError):
    """Bad input, told in one line: the field, its value and what is allowed.

    The command line prints the line to standard error and exits with status 2. What a terminal
    would not print as it is, such as a line break in a file's name, is escaped, and of a line that
    is too long the middle is left out: neither is the user's own text then.
    """

    def __init__(self, message: str) -> None:
        line = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in message)
        whole = len(line) <= HEAD + TAIL
        super().__init__(line if whole else f"{line[:HEAD]} ... {line[-TAIL:]}")
