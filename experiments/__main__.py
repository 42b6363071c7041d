"""Entry point of ``python -m experiments``, which run_all.sh calls."""

import sys

from experiments.cli import main

sys.exit(main())
