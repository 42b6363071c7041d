"""The folder ``baselines/`` of a checkout is another name of the package, no second copy of it."""

import subprocess
import sys

SHORT_AND_FULL = """
import baselines.slice.oracle
from baselines.method import Method
from baselines.sac import SCHEDULERS
import difsched.baselines.method, difsched.baselines.sac, difsched.baselines.slice.oracle

assert Method is difsched.baselines.method.Method
assert SCHEDULERS is difsched.baselines.sac.SCHEDULERS
assert baselines.slice.oracle is difsched.baselines.slice.oracle
assert baselines.method.__spec__.name == "difsched.baselines.method"
try:
    import baselines.nothing
except ModuleNotFoundError as error:
    print(error)
"""


def test_a_module_under_its_short_name_is_the_same_module() -> None:
    call = [sys.executable, "-c", SHORT_AND_FULL]
    result = subprocess.run(call, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stdout == "No module named 'difsched.baselines.nothing'\n"
