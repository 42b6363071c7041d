"""Entry point of ``python -m experiments``, which run_all.sh calls."""

import sys

try:
    from experiments.cli.run_all import main

    sys.exit(main())
except KeyboardInterrupt:
    # Before a job was started, or after the last.
    print("\ninterrupted with no job under way: all results are kept in artifacts/work", flush=True)
    sys.exit(130)
