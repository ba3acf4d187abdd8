#!/usr/bin/env bash
# A sweep on a real Slurm of one node, started here on loopback: three of its four tasks are stopped
# in the middle, the same command does the rest, and the result is that of one sweep without Slurm.
#   tests/slurm/slurm_test.sh LONGHAUL
# Exit status 77 where Slurm is not installed or cannot start. Needs root, but no systemd.
set -uo pipefail

longhaul=${1:?usage: slurm_test.sh LONGHAUL}
readonly most_s=150 # until jobs have ended
PATH=$PATH:/usr/sbin:/sbin
unset "${!SLURM_@}" "${!SBATCH_@}"

skip() {
  printf 'skipped: %s\n' "$*"
  exit 77
}
fail() {
  printf 'FAILED: %s\n' "$*"
  tail -n 20 "$work"/slurmctld.log "$work"/slurmd.log "$work"/store.sqlite.slurm/logs/* 2>/dev/null
  exit 1
}

for tool in munged slurmctld slurmd sbatch squeue scancel sinfo python3; do
  command -v "$tool" >/dev/null || skip "$tool is not installed (./setup --dev installs it)"
done
[ "$(id -u)" -eq 0 ] || skip "slurmd has to run as root"

work=$(mktemp -d "${TMPDIR:-/tmp}/longhaul-slurm.XXXXXX")
export SLURM_CONF=$work/slurm.conf

# Ends a daemon by its pid file and waits for it.
end() {
  local pid
  pid=$(cat "$1" 2>/dev/null) || return 0
  kill "$pid" 2>/dev/null
  for _ in $(seq 50); do
    kill -0 "$pid" 2>/dev/null || return 0
    sleep 0.1
  done
  kill -9 "$pid" 2>/dev/null
}
stop_daemons() {
  end "$work/slurmd.pid"
  end "$work/slurmctld.pid"
  end "$work/munged.pid"
}
finish() {
  local status=$?
  trap - EXIT INT TERM
  if [ -f "$work/slurmctld.pid" ] && [ -n "$(timeout 10 squeue --noheader 2>/dev/null)" ]; then
    timeout 10 scancel --user=root
    wait_until 20 no_jobs
  fi
  stop_daemons
  rm -rf "$work"
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

# wait_until SECONDS COMMAND...: until the command succeeds; fails after that many seconds.
wait_until() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.2
  done
}
no_jobs() {
  local jobs
  jobs=$(timeout 10 squeue --noheader 2>&1) && [ -z "$jobs" ]
}
is_idle() { [ "$(timeout 5 sinfo --noheader --format=%T 2>/dev/null)" = idle ]; }

# Two ports that nobody listens on.
free_ports() {
  python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(2)]
for s in sockets:
    s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in sockets))
PY
}

start_daemons() {
  local host controller_port node_port
  host=$(hostname -s)
  read -r controller_port node_port < <(free_ports)
  cat >"$SLURM_CONF" <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$work/munge.sock
CryptoType=crypto/munge
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
SlurmctldPort=$controller_port
SlurmdPort=$node_port
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
ReturnToService=2
KillWait=5
SchedulerParameters=sched_interval=1,batch_sched_delay=1
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=$host Default=YES State=UP
CONF
  mkdir -p "$work/state" "$work/spool"
  if [ ! -S "$work/munge.sock" ]; then
    (umask 077 && head -c 1024 /dev/urandom >"$work/munge.key" && chmod 400 "$work/munge.key")
    munged --force --key-file="$work/munge.key" --socket="$work/munge.sock" \
      --pid-file="$work/munged.pid" --log-file="$work/munged.log" \
      --seed-file="$work/munge.seed" >>"$work/start.log" 2>&1 || return 1
  fi
  slurmctld >>"$work/start.log" 2>&1 && slurmd >>"$work/start.log" 2>&1 && wait_until 40 is_idle
}

if ! start_daemons; then # the ports may have been taken meanwhile
  end "$work/slurmd.pid"
  end "$work/slurmctld.pid"
  if ! start_daemons; then
    tail -n 20 "$work"/*.log
    skip "Slurm is installed but does not start here; its logs are above"
  fi
fi

cat >"$work/slow.toml" <<'TOML'
title = "slow enough to be stopped"
duration = "100 years"
[run]
step_time = "1 min"
[run.checkpoint]
interval = "1 h"
write = "1 min"
read = "0 s"
[sweep]
repeats = 3
[[sweep.axis]]
key = "run.checkpoint.write"
values = ["10 s", "20 s", "30 s", "40 s", "50 s", "1 min", "70 s", "80 s"]
TOML
cd "$work" || exit 1

# Process of the shard's longhaul: not of a worker, whose parent is a longhaul too.
process_of() {
  local line
  line=$(pgrep -f -- "--shard $1/4 .*$work/" | head -n 1)
  [ -n "$line" ] && printf '%s\n' "$line"
}
is_running() { process_of "$1" >/dev/null; }

submit() { timeout 60 "$longhaul" sweep slow.toml --out store.sqlite --slurm 4 --slurm-option=--nice=0; }

said=$(submit) || fail "the first submission: $said"
printf '%s\n' "$said"
array=$(sed -nE 's/^job ([0-9]+): shards 1-4 of 4.*/\1/p' <<<"$said")
[ -n "$array" ] || fail "it does not tell the array's number"
again=$(submit 2>&1) && fail "jobs were submitted twice: $again"
grep -q "scancel $array," <<<"$again" || fail "it does not name the jobs that run: $again"

wait_until "$most_s" test -s store.sqlite.slurm/shards/1-of-4.sqlite-wal || fail "task 1 does not run"
sleep 0.3
timeout 30 scancel --batch --signal=TERM "${array}_1" & # what a time limit does
wait_until "$most_s" is_running 2 || fail "task 2 does not run"
kill -9 "$(process_of 2)" || fail "task 2 cannot be killed"
wait_until "$most_s" is_running 3 || fail "task 3 does not run"
timeout 30 scancel "${array}_3" &
wait
wait_until "$most_s" no_jobs || fail "jobs of the first submission do not end"

grep -q "interrupted; .* points are in" "store.sqlite.slurm/logs/${array}_1.log" ||
  fail "task 1 did not stop as with Ctrl-C"
grep -q "are missing" store.sqlite.slurm/logs/merge_*.log || fail "the merge does not say what is missing"
"$longhaul" export store.sqlite >some.csv || fail "there is no store of what was done"

said=$(submit) || fail "the second submission: $said"
printf '%s\n' "$said"
grep -q "shards 1-3 of 4" <<<"$said" || fail "not just the shards that were stopped: $said"
wait_until "$most_s" no_jobs || fail "jobs of the second submission do not end"

"$longhaul" sweep slow.toml --out whole.sqlite -j "$(nproc)" >/dev/null || fail "the sweep without Slurm"
for how in "--format csv" "--format jsonl --resolved"; do
  # shellcheck disable=SC2086 # options
  cmp <("$longhaul" export store.sqlite $how) <("$longhaul" export whole.sqlite $how) ||
    fail "export $how differs from that of a sweep without Slurm"
done
[ "$(wc -l <some.csv)" -lt "$("$longhaul" export store.sqlite | wc -l)" ] || fail "nothing was stopped"

said=$(submit) || fail "the third submission: $said"
grep -q "all 4 shards are complete: 24 points" <<<"$said" || fail "it does not see that all is done: $said"
wait_until "$most_s" no_jobs || fail "the last merge does not end"
printf 'passed: 24 points, 3 of 4 tasks stopped and done again\n'
