"""The display in a terminal: finished jobs scroll by above what is running, done and left."""

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from experiments.phrases import duration
from experiments.workflow.progress import Progress


class LiveDisplay:
    """A bar with counts and times, and one line for each running job."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.console = Console(highlight=False)
        self.live = Live(console=self.console, auto_refresh=False, transient=True)

    def __enter__(self) -> "LiveDisplay":
        """Take over the lower lines of the terminal."""
        self.live.start()
        return self

    def __exit__(self, *exception: object) -> None:
        """Give the lines back."""
        self.live.stop()

    def say(self, line: str) -> None:
        """Print a line above the bar."""
        self.live.console.print(Text(line))

    def finished(self, label: str, cost: str) -> None:
        """Report a finished job."""
        state = self.progress
        self.say(f"[{state.done}/{state.total}] done {label} ({cost})")
        self.refresh()

    def refresh(self) -> None:
        """Draw the current state."""
        self.live.update(self.render(), refresh=True)

    def render(self) -> Group:
        """Return the lines of the current state."""
        state = self.progress
        if not state.total:
            return Group(Text("looking at what there is to do"))
        head = Table.grid(padding=(0, 1))
        bar = ProgressBar(total=state.total, completed=state.done, width=24)
        waiting = sum(state.waiting.values())
        counts = f"{state.done} done, {len(state.running)} running, {waiting} waiting"
        times = f"{duration(state.elapsed())} so far, {state.left_words()}"
        head.add_row(bar, f"{counts} · {times}")
        now = state.elapsed()
        lines = [
            Text(f"  {label} ({duration(now - (started - state.started))})", style="dim")
            for _, label, started in state.running.values()
        ]
        return Group(head, *lines)
