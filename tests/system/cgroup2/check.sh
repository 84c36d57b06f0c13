# Sourced by init.sh: how a check is said, and the words that checks are made of.
good=0 bad=0
root=/var/lib/strates
groups=/sys/fs/cgroup/strates

basename_of() { local name=${1##*/}; echo "${name%.sh}"; }
yes() { good=$((good + 1)); echo "OK $*"; }
no() { bad=$((bad + 1)); echo "FAIL $*"; }

# check WHAT COMMAND...: it succeeds. Its output is shown when it does not.
check() {
  local what=$1 said
  shift
  if said=$("$@" 2>&1); then yes "$what"; else no "$what: $* gave $?: $said"; fi
}
# same WHAT EXPECTED ACTUAL; like WHAT PATTERN ACTUAL, a pattern of the shell.
same() { if [ "$2" = "$3" ]; then yes "$1"; else no "$1: expected \"$2\", got \"$3\""; fi; }
# shellcheck disable=SC2053
like() { if [[ $3 == $2 ]]; then yes "$1"; else no "$1: expected \"$2\", got \"$3\""; fi; }
# between WHAT LEAST MOST NUMBER
between() { if [ -n "$4" ] && [ "$4" -ge "$2" ] && [ "$4" -le "$3" ]; then yes "$1 ($4)"; else no "$1: expected $2 to $3, got \"$4\""; fi; }
# within SECONDS COMMAND...: until it succeeds.
within() { local left=$(($1 * 5)); shift; until "$@" >/dev/null 2>&1; do [ $((left -= 1)) -gt 0 ] || return 1; sleep 0.2; done; }
# give COMMAND...: what it says on both outputs, then "-> " and its exit code.
give() { local said; said=$(timeout 120 "$@" 2>&1 </dev/null); local code=$?; echo "$said -> $code"; }

d() { timeout 120 strates docker "$@" </dev/null; }
# of CONTAINER FILE: a file of its control group, from outside.
of() { cat "$groups/$(d inspect --type container -f '{{.Id}}' "$1")/$2" 2>&1; }
field() { d inspect -f "{{$2}}" "$1" 2>&1; }
alone() { [ -z "$(ls -d "${1:-$groups}"/*/ 2>/dev/null)" ]; }

# page ADDRESS PORT: what a server of HTTP answers.
page() { timeout 10 bash -c "exec 3<>/dev/tcp/$1/$2; printf 'GET / HTTP/1.0\r\n\r\n' >&3; tail -n1 <&3"; }
# The options of the machine's mount, which belong to all.
options() { grep ' /sys/fs/cgroup ' /proc/mounts | cut -d' ' -f4; }

# In a file: a check starts it in a shell of its own.
start_daemon() {
  strates-daemon --root $root --socket /run/strates/strates.sock >>/root/daemon.log 2>&1 &
  echo $! >/run/daemon
  within 60 d version
}
daemon() { cat /run/daemon; }
stop_daemon() {
  kill "${1:--TERM}" "$(daemon)"
  within 30 test ! -e "/proc/$(daemon)"
}

off() {
  echo "END $good good, failed: $bad"
  sync
  echo o >/proc/sysrq-trigger
  sleep 60
}
# Nothing can be said of an engine that does not start.
give_up() {
  tail -n 20 /root/daemon.log
  dmesg | tail -n 20
  no "$*"
  off
}
