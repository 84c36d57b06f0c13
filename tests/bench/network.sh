#!/usr/bin/env bash
# How fast containers get their networks, and what goes through them, beside the peers that this machine has, as ratios. See --help.
set -u
here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
top=$(cd "$here/../.." && pwd)

usage() {
  cat <<'TXT'
usage: tests/bench/network.sh [--smoke] [--runs N] [--only PATTERN] [--json FILE]

In a network namespace of its own, so that the machine's interfaces and rules stay as they are: `run --rm` on the default bridge beside docker and podman, and
how long its interfaces outlive it; ten at once; `compose up -d` of ten services beside docker-compose with docker; requests a second (wrk) and throughput
(iperf3) through a published port beside the same server without a container; names of a network of many containers.

  --smoke          the smallest sizes, two runs, no peers: does the bench still work? (CI)
  --runs N         runs of each command (20)
  --only PATTERN   lines whose name matches this regular expression
  --json FILE      the figures, one object a line
  -h, --help       this help

Needs root and hyperfine; wrk, nginx and iperf3 for what goes through; the programs of build/release (STRATES_BUILD names another folder).

example:
  ./run --build-only && tests/bench/network.sh --only 'run|compose'
TXT
}

runs=20
if [ "$(id -u)" = 0 ] && [ -z "${STRATES_BENCH_NETWORK:-}" ]; then STRATES_BENCH_NETWORK=1 exec unshare -n "$0" "$@"; fi
dockerd_network="--ip-forward=true"
. "$here/engines.sh"
ip link set lo up 2>/dev/null || busybox ifconfig lo up || die "no loopback (iproute2 or busybox)"

P=
if [ -z "$smoke" ] && command -v podman >/dev/null; then
  P="podman --root $disk/podman --runroot $work/podman --storage-driver overlay --cgroup-manager cgroupfs"
  $S save busybox -o "$work/busybox.tar" && $P load -q -i "$work/busybox.tar" >"$work/podman.log" 2>&1 && $P run --rm busybox true >>"$work/podman.log" 2>&1 ||
    { echo "left out: podman does not run a container here ($(tail -1 "$work/podman.log"))"; P=; }
fi
before_leaving() {
  [ -n "${server_pids:-}" ] && kill $server_pids 2>/dev/null
  [ -n "$P" ] && $P system reset -f >/dev/null 2>&1
  [ -n "$D" ] && $D ps -aq | xargs -r $D rm -f >/dev/null 2>&1
}
server_pids=

[ -n "$json" ] && : >"$json"
echo "engine $("$build/strates" --version 2>/dev/null | head -1), $(nproc) cores, $runs runs each, medians; in brackets: the peer's time over ours"
measure "run, bridge" 1 "$S run --rm busybox true" docker "${D:+$D run --rm busybox true}" podman "${P:+$P run --rm busybox true}"
if grep -qE "$only" <<<"interfaces gone"; then
  worst=0
  for _ in $(seq 10); do
    $S run --rm busybox true
    began=$(date +%s%N)
    while grep -qE '^ *veth' /proc/net/dev; do :; [ $(($(date +%s%N) - began)) -gt 5000000000 ] && break; done
    took=$((($(date +%s%N) - began) / 1000)); [ $took -gt $worst ] && worst=$took
  done
  printf '%-26s %9.1f ms after the exit, at most\n' "interfaces gone" "$(awk -v t=$worst 'BEGIN {print t / 1000}')"
fi
ten() { # ten DOCKER NAME: a script that runs ten at once, and fails when one of them does
  printf '#!/bin/sh\npids=\nfor i in 1 2 3 4 5 6 7 8 9 10; do %s run --rm busybox true & pids="$pids $!"; done\nfor pid in $pids; do wait "$pid" || exit 1; done\n' "$1" >"$work/ten-$2.sh"
  chmod +x "$work/ten-$2.sh"
  echo "$work/ten-$2.sh"
}
measure "run, ten at once" 1 "$(ten "$S" ours)" docker "${D:+$(ten "$D" docker)}"

# ---------------------------------------------------------------- ten services
mkdir -p "$work/ten"
{
  echo "services:"
  for i in $(seq 10); do printf '  s%s:\n    image: busybox\n    command: sleep 100000\n    stop_grace_period: 0s\n' "$i"; done
} >"$work/ten/compose.yaml"
sed -i '1i version: "3.8"' "$work/ten/compose.yaml"
down="$work/down.sh"
{ echo '#!/bin/sh'; echo "cd $work/ten"; echo "$build/strates --host $host compose down -t 0 >/dev/null 2>&1"; [ -n "$D" ] && echo "DOCKER_HOST=unix://$work/docker.sock docker-compose -f compose.yaml down -t 0 >/dev/null 2>&1"; echo true; } >"$down"
chmod +x "$down"
if [ -x "$build/strates-compose" ]; then
  was=$runs; [ "$runs" -gt 5 ] && runs=5
  theirs=; [ -n "$D" ] && command -v docker-compose >/dev/null && theirs="env DOCKER_HOST=unix://$work/docker.sock docker-compose -f $work/ten/compose.yaml up -d"
  PREPARE=$down measure "compose up, ten services" 0.1 "$build/strates --host $host compose -f $work/ten/compose.yaml up -d" docker-compose "$theirs"
  "$down"
  runs=$was
fi

# ---------------------------------------------------------------- through a published port
# A program of this machine with its libraries as an image.
pack() { # pack NAME PROGRAM MORE...
  local name=$1 root="$work/pack-$1" one; shift
  mkdir -p "$root/tmp" "$root/etc" "$root/var/log" "$root/run"
  for one in "$@" $(ldd "$1" | grep -o '/[^ ]*'); do mkdir -p "$root$(dirname "$one")" && cp -L "$one" "$root$one"; done
  echo 'root:x:0:0::/:/bin/sh' >"$root/etc/passwd"; echo 'root:x:0:' >"$root/etc/group"
  tar -C "$root" -cf - . | $S import - "$name" >/dev/null || die "no image of $name"
}
ratio() { printf '%-26s %9s %s, %s without a container: %s of it%s\n' "$1" "$2" "$4" "$3" "$(awk -v a="$2" -v b="$3" 'BEGIN {printf "%.2f", a / b}')" \
  "$(awk -v a="$2" -v b="$3" -v g="$5" -v s="$smoke" 'BEGIN {if (s == "") print (a >= b * g) ? "  goal met" : "  GOAL MISSED (" g ")"}')"; }
seconds=5; [ -n "$smoke" ] && seconds=1
if grep -qE "$only" <<<"published, requests" && command -v wrk >/dev/null && command -v nginx >/dev/null; then
  conf="user root; daemon off; master_process off; error_log stderr; pid /tmp/nginx.pid; events { worker_connections 1024; } http { access_log off; client_body_temp_path /tmp/b; proxy_temp_path /tmp/p; fastcgi_temp_path /tmp/f; uwsgi_temp_path /tmp/u; scgi_temp_path /tmp/s; server { listen PORT; location / { return 200 hello; } } }"
  mkdir -p "$work/nginx" && echo "${conf//PORT/80}" >"$work/nginx.conf.80"; echo "${conf//PORT/8081}" | sed "s#/tmp/#$work/nginx/#g" >"$work/nginx.conf"
  nginx=$(command -v nginx)
  pack bench-nginx "$nginx"
  mkdir -p "$work/nginx-image" && cp "$work/nginx.conf.80" "$work/nginx-image/nginx.conf"
  printf 'FROM bench-nginx\nCOPY nginx.conf /nginx.conf\nCMD ["%s", "-c", "/nginx.conf"]\n' "$nginx" >"$work/nginx-image/Dockerfile"
  $S build -q -t bench-nginx:conf "$work/nginx-image" >/dev/null || die "no image of nginx"
  $S run -d --name bench-nginx -p 8080:80 bench-nginx:conf >/dev/null || die "nginx does not start in a container"
  "$nginx" -c "$work/nginx.conf" >"$work/nginx.log" 2>&1 & server_pids="$server_pids $!"
  for port in 8080 8081; do for _ in $(seq 50); do curl -sf "http://127.0.0.1:$port/" >/dev/null && break; sleep 0.1; done; done
  requests() { wrk -t1 -c16 -d${seconds}s "http://$1/" | awk '/Requests\/sec/ {print int($2)}'; }
  without=$(requests 127.0.0.1:8081); through=$(requests 127.0.0.1:8080)
  [ -n "$through" ] && [ -n "$without" ] || die "wrk got no answer ($($S logs bench-nginx 2>&1 | tail -1))"
  ratio "published, requests" "$through" "$without" "requests/s" 0.85
  $S rm -f bench-nginx >/dev/null
else
  command -v wrk >/dev/null && command -v nginx >/dev/null || echo "left out: requests through a published port (wrk and nginx are not installed)"
fi
if grep -qE "$only" <<<"published, throughput" && command -v iperf3 >/dev/null; then
  iperf=$(command -v iperf3)
  pack bench-iperf "$iperf"
  $S run -d --name bench-iperf -p 5201:5201 bench-iperf "$iperf" -s >/dev/null || die "iperf3 does not start in a container"
  "$iperf" -s -p 5202 >/dev/null 2>&1 & server_pids="$server_pids $!"
  sleep 1
  throughput() { "$iperf" -c 127.0.0.1 -p "$1" -t $seconds -J | grep -o '"bits_per_second":[[:space:]]*[0-9.e+]*' | tail -1 | awk -F: '{printf "%.1f", $2 / 1e9}'; }
  without=$(throughput 5202); through=$(throughput 5201)
  [ -n "$through" ] && [ -n "$without" ] || die "iperf3 got no answer ($($S logs bench-iperf 2>&1 | tail -1))"
  ratio "published, throughput" "$through" "$without" "Gbit/s" 0.7
  $S rm -f bench-iperf >/dev/null
else
  command -v iperf3 >/dev/null || echo "left out: throughput of a published port (iperf3 is not installed)"
fi

# ---------------------------------------------------------------- names
if grep -qE "$only" <<<"names"; then
  crowd=200; [ -n "$smoke" ] && crowd=5
  $S network create bench-names >/dev/null || die "no network for the names"
  for i in $(seq $crowd); do echo "bench-name-$i"; done | xargs -P2 -I{} $S run -d --network bench-names --name {} busybox sleep 100000 >/dev/null || die "could not start $crowd containers"
  took=$($S exec bench-name-1 sh -c "
    t() { cut -d' ' -f1 /proc/uptime | tr -d .; }
    a=\$(t); i=0; while [ \$i -lt 200 ]; do i=\$((i + 1)); /bin/busybox nslookup -type=a bench-name-\$((i % $crowd + 1)) 127.0.0.11 >/dev/null || exit 1; done; b=\$(t)
    c=\$(t); i=0; while [ \$i -lt 200 ]; do i=\$((i + 1)); /bin/busybox sleep 0; done; d=\$(t)
    echo \$(((b - a) - (d - c)))") || die "a name was not found"
  printf '%-26s %9.2f ms a name, %s containers on the network, the program that asks not counted\n' "names" "$(awk -v t="$took" 'BEGIN {print t * 10 / 200}')" "$crowd"
  $S ps -aq | xargs -r -n 100 $S rm -f >/dev/null; $S network rm bench-names >/dev/null
fi
exit $status
