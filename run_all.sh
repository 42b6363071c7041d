#!/usr/bin/env bash
# The only command: makes the environment when it is missing, then what is asked for.
# ./run_all.sh --help says what that can be.
# Where another shell was told to run this file.
if [ -z "${BASH_VERSION:-}" ]; then exec bash -- "$0" "$@"; fi
set -euo pipefail

root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd -P)
venv=$root/.venv
lock=$root/requirements.lock

# Where the user's own modules are; see difsched/user_scheduler/load.py.
export DIFSCHED_PYTHONPATH=${PYTHONPATH:-}
# Repeatability: one thread a job, no user packages, a fixed hash seed, no display.
export OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
export PYTHONHASHSEED=0 PYTHONNOUSERSITE=1 PYTHONPATH=$root MPLBACKEND=Agg
# sacred imports pkg_resources, which says at every start that it is deprecated.
export PYTHONWARNINGS="ignore:pkg_resources is deprecated:UserWarning"
unset PYTHONHOME PYTHONSTARTUP PYTHONOPTIMIZE

say() { printf 'run_all.sh: %s\n' "$*" >&2; }

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    local candidate
    for candidate in python3 python3.11 python3.12 python3.13 python3.14 python; do
        if new_enough "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    say "Python 3.11 or newer is needed and none is on the PATH: install one, or activate a conda" \
        "environment made from environment.yml"
    return 1
}

# Prints the Python of the environment that is already active, if it satisfies every pin.
active_python() {
    local prefix difference
    for prefix in "${VIRTUAL_ENV:-}" "${CONDA_PREFIX:-}"; do
        if [[ -z $prefix || ! -x $prefix/bin/python || $prefix -ef $venv ]]; then
            continue
        fi
        if ! new_enough "$prefix/bin/python"; then
            say "not using the active environment $prefix: its Python is older than 3.11; using .venv"
        elif difference=$("$prefix/bin/python" -P -m experiments.cli.pins); then
            printf '%s\n' "$prefix/bin/python"
            return
        else
            say "not using the active environment $prefix: $difference; using .venv"
        fi
    done
    return 1
}

# The stamp is a copy of the lock file, put in place last: an interrupted set-up has none.
ready() { [[ -x $venv/bin/python ]] && cmp -s -- "$lock" "$venv/.difsched-ready"; }

pip_install() {
    local log=$venv/.difsched-setup.log
    if ! "$venv/bin/python" -P -m pip install --disable-pip-version-check --require-virtualenv \
        "$@" >>"$log" 2>&1; then
        tail -n 15 -- "$log" >&2
        say "the set-up failed, see $log; the same command starts it over"
        return 1
    fi
}

set_up() {
    local python=$1 started=$SECONDS output
    # The kernel frees the lock with this shell, however it ends; Python only asks for it.
    if ! { exec 9>>"$root/.venv.lock"; } 2>/dev/null; then
        say "$root cannot be written: the environment would go to its folder .venv; make it" \
            "writable, or activate an environment that satisfies requirements.lock"
        return 1
    fi
    if ! "$python" -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX | fcntl.LOCK_NB)' 2>/dev/null; then
        say "waiting for another set-up of .venv to end"
        "$python" -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX)'
    fi
    if ready; then
        exec 9>&-
        return
    fi
    # The lock file is empty until the first set-up: a .venv from before it is somebody else's.
    if [[ -e $venv && ! -s $root/.venv.lock ]]; then
        say "$venv is not an environment that run_all.sh made: activate it or move it away"
        return 1
    fi
    date >&9
    say "making the environment in .venv: about 80 s and 2 GB, needed once"
    trap 'say "interrupted; the same command starts the set-up over"; exit 130' INT TERM
    if ! output=$("$python" -P -m venv --clear "$venv" 2>&1); then
        printf '%s\n' "$output" >&2
        say "Python's venv failed: see above"
        return 1
    fi
    pip_install --requirement "$lock"
    pip_install --no-deps --no-build-isolation --editable "$root"
    cp -- "$lock" "$venv/.difsched-ready.new"
    mv -- "$venv/.difsched-ready.new" "$venv/.difsched-ready"
    trap - INT TERM
    say "the environment is ready ($((SECONDS - started)) s)"
    exec 9>&-
}

if ! python=$(active_python); then
    if ! ready; then
        system=$(find_python)
        # Help, the list and wrong arguments need no environment; 100 means answered.
        status=0
        "$system" -P -m experiments.cli.arguments "$@" || status=$?
        if ((status != 0)); then
            exit $((status == 100 ? 0 : status))
        fi
        set_up "$system"
    fi
    python=$venv/bin/python
fi
exec "$python" -P -m experiments "$@"
