"""From configurations to raw logs, aggregates, tables and figures: the stages and their command.

The networks and arrays here are small: on one thread each process is fastest, beside others on the
same cores by several times. ``run_all.sh`` says so for all that it starts; the command ``difsched``
starts here, before NumPy and torch are loaded, which read these variables once. A user's own
setting of any of them holds.
"""

import os

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")

if not any(name in os.environ for name in THREADS):
    os.environ.update(dict.fromkeys(THREADS, "1"))
