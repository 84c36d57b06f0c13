# Sourced by the benches: reads their options, starts our engine and its peers with their stores on one journaled ext4 loop image, measures.
# Before: usage(), $top, runs=, and dockerd_network when its networks are measured. After: $S our docker, $D Docker's (empty: left out), $disk, $work, measure, context, die, $status.

# The disk is mounted where nobody else sees it: a test beside that looks for what was left behind would take it for that.
if [ -z "${STRATES_BENCH_PRIVATE:-}" ] && [ "$(id -u)" = 0 ] && unshare -m --propagation private true 2>/dev/null; then
  STRATES_BENCH_PRIVATE=1 exec unshare -m --propagation private "$(readlink -f "$0")" "$@"
fi

smoke= only=. json=
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

before_leaving() { :; }  # what else a bench started
cleanup() {
  before_leaving
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
if [ -n "$smoke" ]; then
  truncate -s $size "$work/image"
else
  # Written once: into a file with holes the first to write would pay for the blocks of all who come after, and the first is ours.
  dd if=/dev/zero of="$work/image" bs=4M count=$((${size%G} * 256)) conv=fsync status=none
fi || die "no file of $size in $work"
mkfs.ext4 -q -F -E nodiscard,lazy_itable_init=0,lazy_journal_init=0 "$work/image" || die "no ext4 image of $size in $work"
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
    --exec-opt native.cgroupdriver=cgroupfs ${dockerd_network:---bridge=none --iptables=false --ip-forward=false} --log-level warn >"$work/dockerd.log" 2>&1 &
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

# ---------------------------------------------------------------- measuring
medians() { grep -o '"median": *[0-9.e+-]*' "$1" | awk '{printf "%.2f\n", $NF * 1000}'; }  # a line each, in milliseconds

# measure NAME GOAL OURS [PEER COMMAND]...: one call of hyperfine, a line of the table. GOAL: our time over the fastest peer's, "" for none.
# PREPARE (a command before each run) and IDLE are taken from the environment.
measure() {
  local name=$1 goal=$2 ours=$3 names=(strates) commands=("$3") prepare=() i
  shift 3
  grep -qE "$only" <<<"$name" || return 0
  while [ $# -gt 1 ]; do names+=("$1"); commands+=("$2"); shift 2; done
  [ -n "${IDLE:-}" ] && prepare=(--prepare 'sleep 0.4')
  [ -n "${PREPARE:-}" ] && prepare=(--prepare "$PREPARE")
  local asked=() who=()
  for i in "${!commands[@]}"; do
    [ -n "${commands[$i]}" ] && asked+=("${commands[$i]}") who+=("${names[$i]}")
  done
  # -N: no shell between hyperfine and the command; a non-zero exit ends it.
  hyperfine -N --warmup 1 --runs "$runs" "${prepare[@]}" --export-json "$work/one.json" "${asked[@]}" >"$work/one.log" 2>&1 ||
    { echo "bench: $name: a command failed: $(grep -v '^ *$' "$work/one.log" | tail -4 | tr '\n' ' ')" >&2; status=1; return 1; }
  local line="" first="" best="" medians
  mapfile -t medians < <(medians "$work/one.json")
  for i in "${!asked[@]}"; do
    local ms=${medians[$i]}
    [ -n "$json" ] && printf '{"name":"%s","who":"%s","median_ms":%s,"runs":%s}\n' "$name" "${who[$i]}" "$ms" "$runs" >>"$json"
    if [ "$i" = 0 ]; then first=$ms; else
      line+=$(printf '  %s %.1f ms (%s×)' "${who[$i]}" "$ms" "$(awk -v a="$ms" -v b="$first" 'BEGIN {printf "%.1f", a / b}')")
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

