"""One thread a process, unless its user says otherwise.

The networks and arrays here are small: on one thread each process is fastest, beside others on the
same cores by several times. ``run_all.sh`` says so for all that it starts; packages that commands
start in call this before NumPy and torch are loaded, which read these variables once.
"""

import os

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def prefer_one_thread() -> None:
    """Ask for one thread where none of ``THREADS`` is set."""
    if not any(name in os.environ for name in THREADS):
        os.environ.update(dict.fromkeys(THREADS, "1"))
