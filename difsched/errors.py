"""The one error that a user's input can cause."""


class InputError(ValueError):
    """Bad input, told in one line: the field, its value and what is allowed.

    The command line prints the line to standard error and exits with status 2.
    """
