"""A job of the workflow: checks what it reads, runs its stage, records what it made.

``python -m experiments.workflow.job --folder DIR --log WS/logs/JOB.log --spec SHA --rule RULE
--code MODULE ... --read ... --made ... -- MODULE ARGUMENTS`` runs a stage in this very process.
Damaged input, and a machine that cannot go on (no space, no permission, no memory), end in one
line.
"""

import argparse
import errno
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path

from difsched.errors import InputError
from difsched.utils.files import sha256
from experiments.paths import Layout
from experiments.provenance.fingerprint import code_of
from experiments.runs.machine import peak_mib
from experiments.workflow.job_records import Record, check_read, digests, write_record

#: Faults of the machine, not of the program.
FAULTS = (
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EMFILE),
    *(errno.EACCES, errno.EPERM, errno.EROFS),
)


def fault(error: OSError | MemoryError) -> str | None:
    """Return a fault of the machine in one line, None if the error is another one."""
    if isinstance(error, MemoryError):
        return f"memory ran out: {error}".rstrip(": ")
    if error.errno not in FAULTS:
        return None
    return f"{error.filename or 'a file cannot be written'}: {error.strerror}"


def run(arguments: argparse.Namespace) -> None:
    """Run the stage between two checks of what it reads, then write the job's record.

    Raises
    ------
    InputError
        If what it reads is damaged, or changed while it ran.
    """
    workspace = (arguments.folder / arguments.log).parents[1]
    job = arguments.log.stem
    Layout(workspace).record_path(job).unlink(missing_ok=True)
    read, code = _read(workspace, arguments), code_of(*arguments.code)
    code.write(workspace)
    _stage(*arguments.stage)
    if _read(workspace, arguments) != read:
        raise InputError(f"what {job} reads has changed while it ran: call again")
    if changed := code_of(*arguments.code).differs(code):
        raise InputError(f"{changed[0]} has changed while {job} ran: call again")
    made = [*arguments.made, *_own_run(arguments.folder, workspace, job)]
    record = Record(digests(arguments.folder, made), peak_mib(), arguments.rule, code.digest)
    write_record(workspace, job, record)


def _own_run(folder: Path, workspace: Path, job: str) -> list[str]:
    """Return the files of the run that has the job's name: no manifest vouches for it."""
    files = sorted(Layout(workspace).run_path(job).glob("*"))
    return [str(path.relative_to(folder)) for path in files]


def _read(workspace: Path, arguments: argparse.Namespace) -> dict[str, str]:
    spec = Layout(workspace).spec_path
    if sha256(spec) != arguments.spec:
        raise InputError(f"{spec} is damaged: call again, and it is written anew")
    return check_read(workspace, arguments.read)


def _stage(module: str, *arguments: str) -> None:
    sys.argv = [module, *arguments]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if end.code not in (None, 0):
            raise


def main(argv: Sequence[str] | None = None) -> int:
    """Run a job and return its exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--spec", required=True)
    parser.add_argument("--rule", required=True)
    parser.add_argument("--code", nargs="+", required=True)
    parser.add_argument("--read", nargs="*", default=[])
    parser.add_argument("--made", nargs="+", required=True)
    parser.add_argument("stage", nargs="+")
    try:
        run(parser.parse_args(argv))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    except (OSError, MemoryError) as error:
        line = fault(error)
        if line is None:
            raise
        print(line, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
