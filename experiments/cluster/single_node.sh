#!/usr/bin/env bash
# A whole SLURM on this machine alone, from Debian's packages: to try the workflow on a scheduler.
# For a container or a test machine, as root.
#   experiments/cluster/single_node.sh up      install, configure, start; do nothing where it is up
#   experiments/cluster/single_node.sh down    end its jobs, stop it, remove what `up` wrote
set -euo pipefail

conf=/etc/slurm/slurm.conf
mark="# Written by difsched's single_node.sh."
state=/var/lib/difsched-slurm
logs=/var/log/difsched-slurm

say() { printf 'single_node.sh: %s\n' "$*" >&2; }

refuse() {
    say "$*"
    exit 2
}

# A configuration that this script did not write belongs to a real cluster.
ours() { [[ ! -e $conf ]] || [[ $(head -n 1 -- "$conf") == "$mark" ]]; }

install_packages() {
    if [[ -n $(type -P slurmctld) && -n $(type -P slurmd) && -n $(type -P munged) ]]; then
        return
    fi
    say "installing slurm-wlm and munge"
    apt-get -qq update
    DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends \
        slurm-wlm munge >/dev/null
}

# One node with all cores and memory. Jobs that take more memory than they asked for are ended, so
# that a declaration that is too small shows. There is no accounting: squeue tells what runs.
configuration() {
    local memory
    memory=$(awk '/^MemTotal/ {print int($2 / 1024)}' /proc/meminfo)
    cat <<EOF
$mark
ClusterName=difsched
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
StateSaveLocation=$state/ctld
SlurmdSpoolDir=$state/slurmd
SlurmctldPidFile=/run/difsched-slurmctld.pid
SlurmdPidFile=/run/difsched-slurmd.pid
SlurmctldLogFile=$logs/slurmctld.log
SlurmdLogFile=$logs/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=5
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
ReturnToService=2
MinJobAge=3600
NodeName=$(hostname -s) NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=$memory State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
EOF
}

start_munge() {
    if munge --no-input >/dev/null 2>&1; then
        return
    fi
    install --directory --owner=munge --group=munge --mode=0755 /run/munge
    runuser --user munge -- munged
}

idle() { sinfo --noheader --format=%T 2>/dev/null | grep -qE '^(idle|mixed|allocated)'; }

up() {
    if [[ -e $conf ]] && idle; then
        say "it is up"
        return
    fi
    install_packages
    mkdir -p -- "${conf%/*}" "$state/ctld" "$state/slurmd" "$logs"
    configuration >"$conf.new"
    mv -- "$conf.new" "$conf"
    start_munge
    slurmctld
    slurmd
    for _ in {1..60}; do
        if idle; then
            sinfo >&2
            return
        fi
        sleep 1
    done
    say "no node is ready after a minute: see $logs"
    exit 1
}

down() {
    local name pid
    if [[ -e $conf ]]; then
        scancel --user=root --quiet 2>/dev/null || true
    fi
    for name in slurmd slurmctld; do
        if pid=$(cat "/run/difsched-$name.pid" 2>/dev/null) && kill "$pid" 2>/dev/null; then
            while kill -0 "$pid" 2>/dev/null; do
                sleep 0.2
            done
        fi
    done
    rm -rf -- "$conf" "$state" "$logs"
    say "it is down; its packages and munge stay"
}

action=${1-}
case $action in
up | down) ;;
*) refuse "'$action' is unknown: must be up or down" ;;
esac
[[ $EUID -eq 0 ]] || refuse "needs root"
ours || refuse "$conf is another cluster's: remove it first, or use that cluster"
"$action"
