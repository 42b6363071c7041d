"""The command behind run_all.sh: from checked arguments to products, one lock, one display."""

import argparse
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import TextIO

from difsched.errors import InputError
from difsched.utils.streams import careful_output, hush
from experiments.cli import bench
from experiments.cli.arguments import cores, listing, parse
from experiments.cli.targets import COMMANDS
from experiments.paths import ROOT, WORK, shown
from experiments.phrases import counted, duration
from experiments.products import PRODUCTS, expand, experiments_behind, wanted_rules
from experiments.profiles.resolve import Spec, resolve
from experiments.rendering.outside import outside
from experiments.runs import machine
from experiments.runs.packs import unpack
from experiments.studies.variants import left_out
from experiments.workflow import lock
from experiments.workflow.display import LiveDisplay
from experiments.workflow.dry_run import plan, summary
from experiments.workflow.job import fault
from experiments.workflow.job_records import read_peak
from experiments.workflow.progress import PlainDisplay, Progress
from experiments.workflow.repair import damage, tidy
from experiments.workflow.snakemake import Workflow, command, counts, is_problem, reason
from experiments.workflow.stale import kept, made, remade, stale_jobs

DONE, FAILED, BAD_INPUT, LOCKED, INTERRUPTED = 0, 1, 2, 3, 130
LOG_LINES = 15
#: Tests of a file stay together, for the sake of what they share.
PYTEST = ("pytest", "-n", str(cores()), "--dist", "loadfile")
MATHS = [f"tests/{room}" for room in ("env", "baselines", "agents", "training", "evaluation")]


def main(argv: list[str] | None = None) -> int:
    """Run a command line and return its exit status; see ``--help`` for the statuses.

    Raises
    ------
    KeyboardInterrupt
        With no job under way; jobs end with the status of an interruption.
    """
    argv = sys.argv[1:] if argv is None else argv
    try:
        with careful_output(), terminations_interrupt():
            arguments = parse(argv)
            if not getattr(arguments, "dry_run", False):
                unpack()
            name, *rest = arguments.targets
            if name in COMMANDS:
                return int(import_module(COMMANDS[name][0]).main(rest))
            if arguments.targets == ["list"]:
                print(listing())
                return DONE
            if arguments.targets == ["list", "methods"]:
                from experiments.cli.method_list import methods_listing  # slow to import

                print(methods_listing())
                return DONE
            if name == "test":
                return run_maths() if rest else run_tests()
            if name == "bench":
                return bench.main(rest)
            spec = resolve(arguments.profile, arguments.traces)
            if arguments.keep_results:
                spec = spec.keeping(kept(spec.workspace))
            if arguments.dry_run:
                return list_jobs(spec, arguments.targets, arguments.jobs)
            return make(spec, arguments, argv)
    except InputError as error:
        print(f"run_all.sh: {error}", file=sys.stderr)
        return BAD_INPUT
    except OSError as error:
        line = fault(error)
        if line is None:
            raise
        print(f"run_all.sh: {line}", file=sys.stderr)
        return FAILED
    except lock.Held as error:
        print(f"run_all.sh: {error}", file=sys.stderr)
        return LOCKED
    return DONE  # the reader of the output has seen enough


@contextmanager
def terminations_interrupt() -> Iterator[None]:
    """Treat a termination or a closed terminal as Ctrl-C, so that the workers end with the call."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signals = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, interrupt) for number in signals]
    try:
        yield
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)


def run_tests() -> int:
    """Run the linters, then pytest, whose closing line comes last; return the exit status."""
    checks = {
        "ruff check": ["ruff", "check", "."],
        "ruff format": ["ruff", "format", "--check", "."],
        "mypy": ["mypy"],
    }
    failed = [name for name, words in checks.items() if _module(words) != 0]
    if failed:
        print(f"run_all.sh: failed: {', '.join(failed)}; the tests follow", flush=True)
    tests = _module(PYTEST)
    return FAILED if failed or tests else DONE


def run_maths() -> int:
    """Run the tests of the mathematics: environments, schedulers, learners, statistics."""
    return FAILED if _module([*PYTEST, "-m", "not slow", *MATHS]) else DONE


def _module(arguments: Sequence[str]) -> int:
    return subprocess.run(
        [sys.executable, "-P", "-m", *arguments], cwd=ROOT, check=False
    ).returncode


def list_jobs(spec: Spec, targets: list[str], jobs: int) -> int:
    """Print the jobs that would run and an estimate of their time; return the exit status."""
    planned = plan(spec, targets, jobs)
    if planned is None:
        return FAILED
    progress, labels = planned
    for line in remade(stale_jobs(made(spec.workspace)), progress.waiting):
        print(f"again: {line}")
    print(summary(progress) if labels else _nothing_to_do(spec))
    print("".join(f"\n  {label}" for label in sorted(labels)), end="\n" if labels else "")
    _print_left_out(spec, targets)
    return DONE


def make(spec: Spec, options: argparse.Namespace, argv: list[str]) -> int:
    """Make the targets of the options; return the exit status."""
    targets, jobs = options.targets, options.jobs
    progress = Progress(spec.expected_seconds(), jobs)
    if options.cluster is None:  # whose scheduler knows the memory of its nodes
        needs = spec.profile.needs
        machine.check(needs.memory_mb_per_job, needs.disk_mb, jobs, WORK, spec.workspace)
    outside()  # what tables will show is refused before hours of work, not after
    if os.environ.get("DIFSCHED_OBSERVERS"):
        from experiments.runs.observers import unreachable  # slow to import

        print("".join(f"{line}\n" for line in unreachable()), end="", flush=True)
    spec_file, rules = spec.workspace / "spec.json", wanted_rules(targets)
    arguments = command(spec, spec_file, WORK, rules, jobs, dry_run=False, cluster=options.cluster)
    with lock.hold(WORK, argv) as workers:
        try:
            spec.write(spec_file)
            if damaged := tidy(spec, targets):
                print(damaged, flush=True)
            status = _run(arguments, workers, progress, spec.workspace)
            # A late damage must not pass for a result.
            if status == DONE and (damaged := damage(spec, targets)):
                print(f"run_all.sh: {damaged}", file=sys.stderr)
                status = FAILED
        except KeyboardInterrupt:
            print(_interruption(progress, spec), flush=True)
            return INTERRUPTED
        except BrokenPipeError:
            hush()
            print(f"nobody reads the output: {_interruption(progress, spec)}", file=sys.stderr)
            return INTERRUPTED
    if status == DONE:
        _print_end(progress, spec, targets)
    return status


def _interruption(progress: Progress, spec: Spec) -> str:
    done = f"{progress.done} of {progress.total}" if progress.total else "earlier"
    return (
        f"\ninterrupted after {duration(progress.elapsed())}: {done} jobs are done and kept in "
        f"{shown(spec.workspace)},\n"
        "and so are the finished runs of the jobs under way; the same command goes on from there"
    )


def _run(arguments: list[str], workers: TextIO, progress: Progress, workspace: Path) -> int:
    """Run the workflow under a display; return the exit status."""
    before = made(workspace)
    workflow = Workflow(arguments, workers)
    problems: list[str] = []
    failed: list[str] = []
    try:
        lock.note_group(workers, workflow.process.pid)
        with _display(progress) as display:

            def tick() -> None:
                display.refresh()
                for line in progress.newly_quiet():
                    display.say(line)

            for event in workflow.events(tick):
                if event["event"] == "run_info":
                    progress.plan(counts(event))
                    for line in remade(stale_jobs(before), progress.waiting):
                        display.say(f"again: {line}")
                elif event["event"] == "job_info":
                    job, log = event["jobid"], WORK / event["log"][0]
                    progress.start(job, event["rule_name"], event["rule_msg"], log)
                elif event["event"] == "job_finished":
                    job = event["job_id"]
                    display.finished(*progress.finish(job, read_peak(progress.logs[job])))
                elif event["event"] == "job_error":
                    failed.append(progress.fail(event["jobid"]))
                    display.say(failure(failed[-1], event["log"]))
                elif is_problem(event):
                    problems.append(reason(event["text"]))
    except BaseException:
        workflow.stop()
        raise
    finally:
        status, errors = workflow.close()
    if status == 0:
        return DONE
    if failed:
        kept = f"{progress.done} of {progress.total} jobs are done and kept"
        print(f"run_all.sh: failed: {', '.join(failed)}; {kept}", file=sys.stderr)
    else:
        print("\n".join([*problems, errors]).strip(), file=sys.stderr)
        print(f"run_all.sh: the workflow ended with status {status}", file=sys.stderr)
    return FAILED


def _display(progress: Progress) -> PlainDisplay | LiveDisplay:
    return LiveDisplay(progress) if sys.stdout.isatty() else PlainDisplay(progress)


def failure(label: str, logs: list[str]) -> str:
    """Return the report on a failed job: its name, the end of its log, the log's path."""
    path = WORK / logs[0]
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:]
    except OSError:
        lines = ["(no log was written)"]
    lines = lines or ["(it is empty: was the job killed, or did memory run out?)"]
    end = "\n".join(f"    {line}" for line in lines)
    return f"FAILED {label}; the end of its log:\n{end}\n  the whole log: {shown(path)}"


def _print_end(progress: Progress, spec: Spec, targets: list[str]) -> None:
    if not progress.total:
        print(_nothing_to_do(spec))
    for name in expand(targets):
        print(f"  {name:<8} {', '.join(PRODUCTS[name].files)}")
    if spec.aggregates.is_dir():
        print(f"  {'data':<8} {shown(spec.aggregates)}")
    _print_left_out(spec, targets)
    if progress.total:
        took = duration(progress.elapsed())
        print(f"done: {counted(progress.total, 'job')} in {took}{_peak(progress)}")


def _print_left_out(spec: Spec, targets: list[str]) -> None:
    """Name the variants of the targets' studies that the profile does not run."""
    behind = {experiment for name in expand(targets) for experiment in experiments_behind(name)}
    studies = {name: one.only for name, one in spec.profile.every_study().items() if name in behind}
    for line in left_out(studies):
        print(textwrap.fill(line, 100, subsequent_indent="  ", break_long_words=False))


def _peak(progress: Progress) -> str:
    mib, label = progress.peak
    return f"; peak memory of a job: {mib:.0f} MiB ({label})" if label else ""


def _nothing_to_do(spec: Spec) -> str:
    return f"nothing to do: everything is up to date ({shown(spec.workspace)})"
