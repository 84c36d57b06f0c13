#!/usr/bin/env bash
# How fast the engine is, beside the peers that this machine has, as ratios. See --help.
set -u
here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
top=$(cd "$here/../.." && pwd)

usage() {
  cat <<'TXT'
usage: tests/bench/run.sh [--smoke] [--runs N] [--only PATTERN] [--json FILE]

Measures this build beside crun and a real Docker engine, in one run. Both keep their stores on one journaled ext4 loop image; each line is one call of
hyperfine (medians), hot; "idle" lines have 0.4 s between runs. A peer that is not installed, or does not start here, is named and left out; one that fails fails the bench.

  --smoke          the smallest sizes, two runs, no peers but crun: does the bench still work? (CI)
  --runs N         runs of each command (20)
  --only PATTERN   lines whose name matches this regular expression
  --json FILE      the figures, one object a line
  -h, --help       this help

Needs root and hyperfine; the programs of build/release (STRATES_BUILD names another folder).

examples:
  ./run --build-only && tests/bench/run.sh
  tests/bench/run.sh --only '^run' --runs 50
TXT
}

smoke= runs=20 only=. json=
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --smoke) smoke=1 runs=2 ;;
    --runs) runs=${2:?}; shift ;;
    --only) only=${2:?}; shift ;;
    --json) json=${2:?}; shift ;;
    *) echo "bench: unknown option $1; see --help" >&2; exit 2 ;;
  esac
  shift
done
build=${STRATES_BUILD:-$top/build/release}
[ "$(id -u)" = 0 ] || { echo "skipped: the bench needs root (loop image, containers)"; exit 0; }
for tool in hyperfine mkfs.ext4; do command -v $tool >/dev/null || { echo "skipped: $tool is not installed"; exit 0; }; done
for program in strates strates-daemon strates-hello; do
  [ -x "$build/$program" ] || { echo "bench: $build/$program is not built; run ./run --build-only" >&2; exit 1; }
done
# Kept where everybody can look at them when something goes wrong; removed otherwise.
work=$(mktemp -d /var/tmp/strates-bench-XXXXXX)
disk=$work/disk
status=0
dockerd_pid= daemon_pid= loop=

cleanup() {
  [ -n "$daemon_pid" ] && { "$build/strates" --host "$host" docker ps -aq 2>/dev/null | xargs -r "$build/strates" --host "$host" docker rm -f >/dev/null 2>&1; kill "$daemon_pid" 2>/dev/null; wait "$daemon_pid" 2>/dev/null; }
  [ -n "$dockerd_pid" ] && { kill "$dockerd_pid" 2>/dev/null; wait "$dockerd_pid" 2>/dev/null; }
  for _ in 1 2 3 4 5; do mountpoint -q "$disk" || break; umount -R "$disk" 2>/dev/null || sleep 0.5; done
  [ -n "$loop" ] && losetup -d "$loop" 2>/dev/null
  [ $status = 0 ] && rm -rf "$work" || echo "bench: logs are in $work" >&2
}
trap cleanup EXIT
trap 'status=130; exit 130' INT TERM

die() { echo "bench: $*" >&2; status=1; exit 1; }

# ---------------------------------------------------------------- the disk, the engines
size=8G; [ -n "$smoke" ] && size=1G
mkdir -p "$disk"
truncate -s $size "$work/image" && mkfs.ext4 -q -F "$work/image" || die "no ext4 image of $size in $work"
loop=$(losetup --find --show "$work/image" 2>/dev/null) || { loop=; echo "skipped: this machine has no loop device"; exit 0; }
mount "$loop" "$disk" || die "cannot mount $loop"
host=unix://$work/s.sock
"$build/strates-daemon" --root "$disk/strates" --socket "$work/s.sock" >"$work/daemon.log" 2>&1 &
daemon_pid=$!
for _ in $(seq 100); do [ -S "$work/s.sock" ] && "$build/strates" --host "$host" docker version >/dev/null 2>&1 && break; sleep 0.1; done
"$build/strates" --host "$host" docker version >/dev/null || die "our daemon does not answer: $(tail -1 "$work/daemon.log")"
S="$build/strates --host $host docker"
"$build/strates" --host "$host" images prepare busybox >"$work/prepare.log" 2>&1 || die "no busybox image: $(tail -1 "$work/prepare.log")"

D=
if [ -z "$smoke" ] && command -v dockerd >/dev/null; then
  env -u DOCKER_HOST dockerd --data-root "$disk/docker" --exec-root "$work/docker-run" --pidfile "$work/dockerd.pid" -H "unix://$work/docker.sock" --storage-driver overlay2 \
    --exec-opt native.cgroupdriver=cgroupfs --bridge=none --iptables=false --ip-forward=false --log-level warn >"$work/dockerd.log" 2>&1 &
  dockerd_pid=$!
  client=/usr/bin/docker; [ -x $client ] || client=docker
  for _ in $(seq 150); do DOCKER_BUILDKIT=0 $client -H "unix://$work/docker.sock" version >/dev/null 2>&1 && break; kill -0 $dockerd_pid 2>/dev/null || break; sleep 0.1; done
  if $client -H "unix://$work/docker.sock" version >/dev/null 2>&1; then
    D="env DOCKER_BUILDKIT=0 $client -H unix://$work/docker.sock"
    $S save busybox >"$work/busybox.tar" 2>/dev/null && $D load -q -i "$work/busybox.tar" >/dev/null ||
      { $S create --name bench-export busybox true >/dev/null && $S export bench-export | $D import -c 'CMD ["sh"]' - busybox:latest >/dev/null && $S rm bench-export >/dev/null; } || die "Docker does not take our busybox"
  else
    kill $dockerd_pid 2>/dev/null; dockerd_pid=
    echo "left out: dockerd does not start here ($(tail -1 "$work/dockerd.log"))"
  fi
else
  if [ -n "$smoke" ]; then echo "left out: dockerd, in a smoke run"; else echo "left out: dockerd is not installed"; fi
fi

# crun: the same root file system as a bundle, in a mount namespace without the unified hierarchy, which it refuses on hybrid machines.
C=
if command -v crun >/dev/null; then
  bundle=$disk/bundle
  mkdir -p "$bundle/rootfs"
  $S create --name bench-export busybox true >/dev/null && $S export bench-export | tar -x -C "$bundle/rootfs" && $S rm bench-export >/dev/null || die "no root file system for crun"
  (cd "$bundle" && crun spec && sed -i -e 's/"terminal": true/"terminal": false/' -e 's/"sh"/"true"/' config.json)
  cat >"$work/crun.sh" <<TXT
#!/bin/sh
mountpoint -q /sys/fs/cgroup/unified && umount /sys/fs/cgroup/unified
exec "\$@"
TXT
  chmod +x "$work/crun.sh"
  if unshare -m "$work/crun.sh" crun --root "$work/crun" run -b "$bundle" bench-probe >"$work/crun.log" 2>&1; then C=1; else echo "left out: crun does not run here ($(tail -1 "$work/crun.log"))"; fi
else
  echo "left out: crun is not installed"
fi

# ---------------------------------------------------------------- measuring
median() { awk -F'"median":' '{split($2, a, /[,}]/); printf "%.2f", a[1] * 1000}' <<<"$(tr -d ' \n' <"$1")"; }

# measure NAME GOAL OURS [PEER COMMAND]...: one call of hyperfine, a line of the table. GOAL: our time over the fastest peer's, "" for none.
# PREPARE (a command before each run) and IDLE are taken from the environment.
measure() {
  local name=$1 goal=$2 ours=$3 names=(strates) commands=("$3") prepare=() i
  shift 3
  grep -qE "$only" <<<"$name" || return 0
  while [ $# -gt 1 ]; do names+=("$1"); commands+=("$2"); shift 2; done
  [ -n "${IDLE:-}" ] && prepare=(--prepare 'sleep 0.4')
  [ -n "${PREPARE:-}" ] && prepare=(--prepare "$PREPARE")
  local line="" first="" best=""
  for i in "${!commands[@]}"; do
    [ -n "${commands[$i]}" ] || continue
    # -N: no shell between hyperfine and the command; a non-zero exit ends it.
    hyperfine -N --warmup 1 --runs "$runs" "${prepare[@]}" --export-json "$work/one.json" "${commands[$i]}" >"$work/one.log" 2>&1 ||
      { echo "bench: $name: ${names[$i]} failed: $(tail -3 "$work/one.log" | tr '\n' ' ')" >&2; status=1; return 1; }
    local ms; ms=$(median "$work/one.json")
    [ -n "$json" ] && printf '{"name":"%s","who":"%s","median_ms":%s,"runs":%s}\n' "$name" "${names[$i]}" "$ms" "$runs" >>"$json"
    if [ "$i" = 0 ]; then first=$ms; else
      line+=$(printf '  %s %.1f ms (%s×)' "${names[$i]}" "$ms" "$(awk -v a="$ms" -v b="$first" 'BEGIN {printf "%.1f", a / b}')")
      [ -z "$best" ] || awk -v a="$ms" -v b="$best" 'BEGIN {exit !(a < b)}' && best=$ms
    fi
  done
  local verdict=""
  if [ -n "$goal" ] && [ -n "$best" ] && [ -z "$smoke" ]; then
    verdict=$(awk -v ours="$first" -v best="$best" -v goal="$goal" 'BEGIN {print (ours <= best * goal) ? "  goal met" : "  GOAL MISSED (" goal " of the best)"}')
  fi
  printf '%-26s %9.1f ms%s%s\n' "$name" "$first" "$line" "$verdict"
}

context() { # context DIR LINES...: a folder with a Dockerfile
  local dir=$1; shift
  mkdir -p "$dir" && printf '%s\n' "$@" >"$dir/Dockerfile"
}

[ -n "$json" ] && : >"$json"
echo "engine $("$build/strates" --version 2>/dev/null | head -1), $(nproc) cores, $runs runs each, medians; in brackets: the peer's time over ours"
crun_run=""; [ -n "$C" ] && crun_run="unshare -m $work/crun.sh crun --root $work/crun run -b $bundle bench-crun"
measure "run true" 1 "$S run --rm --network none busybox true" crun "$crun_run" docker "${D:+$D run --rm --network none busybox true}"
IDLE=1 measure "run true, idle" 1 "$S run --rm --network none busybox true" crun "$crun_run" docker "${D:+$D run --rm --network none busybox true}"
measure "client round trip" "" "$S version" docker "${D:+$D version}"

$S run -d --network none --name bench-exec busybox sleep 100000 >/dev/null || die "no container to execute in"
[ -n "$D" ] && $D run -d --network none --name bench-exec busybox sleep 100000 >/dev/null
measure "exec true" "" "$S exec bench-exec true" docker "${D:+$D exec bench-exec true}"

ten=(); for i in $(seq 10); do ten+=("RUN true $i"); done
context "$work/ten" "FROM busybox" "${ten[@]}"
measure "build, ten RUN" 0.0333 "$S build -q --no-cache --network none -t bench-ten $work/ten" docker "${D:+$D build -q --no-cache --network none -t bench-ten $work/ten}"
$S build -q --network none -t bench-ten "$work/ten" >/dev/null; [ -n "$D" ] && $D build -q --network none -t bench-ten "$work/ten" >/dev/null
measure "build, all cached" 0.1 "$S build -q --network none -t bench-ten $work/ten" docker "${D:+$D build -q --network none -t bench-ten $work/ten}"

files=10000; [ -n "$smoke" ] && files=200
context "$work/copy" "FROM busybox" "COPY files /files"
mkdir -p "$work/copy/files"
seq $files | xargs -P2 -n 500 sh -c 'for i; do d="$0/$((i % 100))"; [ -d "$d" ] || mkdir -p "$d"; head -c 4096 /dev/zero | tr "\0" "$((i % 10))" >"$d/$i"; done' "$work/copy/files"
was=$runs; [ $runs -gt 5 ] && runs=5
measure "build, COPY $files files" 0.1 "$S build -q --no-cache -t bench-copy $work/copy" docker "${D:+$D build -q --no-cache -t bench-copy $work/copy}"

# A writable layer with many small files and one large one: diff and commit, beside what a shell would do by hand.
large=500; [ -n "$smoke" ] && large=5
fill="mkdir -p /data && i=0; while [ \$i -lt $files ]; do echo \$i > /data/\$i; i=\$((i+1)); done; dd if=/dev/urandom of=/large bs=1048576 count=$large 2>/dev/null"
$S run --network none --name bench-layer busybox sh -c "$fill" >/dev/null || die "the container to commit did not fill"
[ -n "$D" ] && { $D run --network none --name bench-layer busybox sh -c "$fill" >/dev/null || die "Docker's container did not fill"; }
measure "diff" 0.2 "$S diff bench-layer" docker "${D:+$D diff bench-layer}"
upper=$($S inspect -f '{{.GraphDriver.Data.UpperDir}}' bench-layer)
cat >"$work/tar.sh" <<TXT
#!/bin/bash
tar -C $upper -cf - . | tee $disk/by-hand.tar | sha256sum >/dev/null && sync $disk/by-hand.tar
TXT
chmod +x "$work/tar.sh"
PREPARE="sh -c '$build/strates --host $host docker rmi -f bench-commit >/dev/null 2>&1; true'" \
  measure "commit" 1.3 "$S commit bench-layer bench-commit" "tar+sha256" "$work/tar.sh"
[ -n "$D" ] && measure "commit, beside docker" "" "$S commit bench-layer bench-commit" docker "$D commit bench-layer bench-commit"
runs=$was

# How it grows: with stopped containers in the store.
crowd=1000; [ -n "$smoke" ] && crowd=20
before="$S run --rm --network none busybox true"
measure "run, empty store" "" "$before"
for i in $(seq $crowd); do echo "bench-crowd-$i"; done | xargs -P2 -I{} $S create --name {} busybox true >/dev/null || die "could not make $crowd containers"
measure "run, $crowd stopped" "" "$before"
measure "ps -a, $crowd stopped" "" "$S ps -aq"

# The trace, watched or not.
"$build/strates" --host "$host" trace --follow --json >"$work/trace.json" 2>/dev/null &
follower=$!
measure "run, trace watched" "" "$S run --rm --network none busybox true"
kill $follower 2>/dev/null; wait $follower 2>/dev/null

if grep -qE "$only" <<<"memory"; then
  [ -n "$smoke" ] || sleep 60
  printf '%-26s %9.1f MB private, %s idle\n' "memory of the daemon" "$(awk '/^Private_/ {sum += $2} END {print sum / 1024}' "/proc/$daemon_pid/smaps_rollup")" "${smoke:+not }60 s"
fi
$S ps -aq | xargs -r -n 200 $S rm -f >/dev/null 2>&1
exit $status
