"""Rich's console as the suite's commands print by it."""

from rich.console import Console


class Screen(Console):
    """Rich's console, but that a reader who leaves is no error of its own."""

    def on_broken_pipe(self) -> None:
        """Leave it to `difsched.utils.streams`."""
        raise BrokenPipeError
