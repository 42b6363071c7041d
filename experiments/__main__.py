"""Entry point of ``python -m experiments``, which run_all.sh calls."""

import sys

try:
    from experiments.cli import main

    sys.exit(main())
except KeyboardInterrupt:
    # Before a job was started, or after the last.
    sys.exit(130)
