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

runs=20
. "$here/engines.sh"

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
# Content that no store has yet: one file is another each time. Then the same again, which a store may know.
PREPARE="sh -c 'date +%s%N >$work/copy/files/stamp'" \
  measure "build, COPY $files files" 0.1 "$S build -q --no-cache -t bench-copy $work/copy" docker "${D:+$D build -q --no-cache -t bench-copy $work/copy}"
measure "the same COPY again" "" "$S build -q --no-cache -t bench-copy $work/copy" docker "${D:+$D build -q --no-cache -t bench-copy $work/copy}"

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
