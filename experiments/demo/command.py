"""``./run_all.sh demo``: the demo in a browser, for this machine alone."""

import errno
import importlib.util
import os
import socket
import subprocess
import sys
from pathlib import Path

from difsched.config.base import check_int
from difsched.errors import InputError
from difsched.utils.terminal import OneLineParser
from experiments.demo.players import MOST_BYTES
from experiments.paths import ROOT

HOST, PORT = "127.0.0.1", 8501
PAGE = Path(__file__).parent / "page.py"
NEEDS = Path(__file__).parent / "requirements.txt"
LOCK = ROOT / "requirements.lock"
#: The environment that run_all.sh makes, into which alone anything is installed.
VENV = ROOT / ".venv"


def main(argv: list[str]) -> int:
    """Serve the demo until Ctrl-C; return the exit status.

    Raises
    ------
    InputError
        If the port is not free, or Streamlit is missing from an environment that is not ours.
    """
    parser = OneLineParser(
        prog="./run_all.sh demo",
        description="Watch schedulers decide, in a browser on this machine. What it needs besides "
        "the suite is installed into .venv at first use.",
        epilog="Ctrl-C ends it",
    )
    parser.add_argument(
        "--port", type=int, default=PORT, metavar="P", help=f"to listen at (default: {PORT})"
    )
    parser.add_argument(
        "--install", action="store_true", help="install what it needs, and serve nothing"
    )
    options = parser.parse_args(argv)
    port = check_int("--port", options.port, 1, 65535)
    if options.install:
        install()
        return 0
    check_port(port)
    install()
    print(f"http://{HOST}:{port} (Ctrl-C ends it)", flush=True)
    # In the place of this process: whatever ends it ends the server.
    os.execv(sys.executable, words(port))


def check_port(port: int) -> None:
    """Raise InputError unless somebody can listen at a port of this machine."""
    with socket.socket() as listener:
        # As servers do: a port that was left a moment ago is free.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            why = (
                "is in use, by another demo perhaps"
                if error.errno == errno.EADDRINUSE
                else ("is for the administrator alone")
            )
            raise InputError(f"--port {port}: {why}; give another, such as {PORT + 1}") from None


def install() -> None:
    """Install what the demo needs into the suite's own environment, where it is missing.

    Raises
    ------
    InputError
        If the environment is another one, or the installation fails.
    """
    if importlib.util.find_spec("streamlit") is not None:
        return
    call = f"pip install --constraint {LOCK.name} --requirement {NEEDS.relative_to(ROOT)}"
    if Path(sys.prefix).resolve() != VENV.resolve():
        raise InputError(f"demo: streamlit is not installed in {sys.prefix}: {call}")
    print("run_all.sh: installing the demo's packages into .venv, needed once", flush=True)
    pip = [sys.executable, "-P", "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    done = subprocess.run(
        [*pip, "--constraint", str(LOCK), "--requirement", str(NEEDS)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise InputError(f"demo: the installation failed: {reason}")


def words(port: int) -> list[str]:
    """Return the command that serves the page: on this machine alone, and nothing is sent home."""
    options = {
        "server.address": HOST,
        "server.port": port,
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "server.maxUploadSize": MOST_BYTES >> 20,
        "browser.serverAddress": HOST,
        "browser.gatherUsageStats": "false",
        "client.toolbarMode": "viewer",
        "client.showErrorDetails": "none",
        "runner.magicEnabled": "false",
        "logger.level": "warning",
    }
    given = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-P", "-m", "streamlit", "run", str(PAGE), *given]
