#!/usr/bin/env bash
# How fast images go to a registry and come from it, beside the peers that this machine has, as ratios. See --help.
set -u
here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
top=$(cd "$here/../.." && pwd)

usage() {
  cat <<'TXT'
usage: tests/bench/registry.sh [--smoke] [--runs N] [--only PATTERN] [--json FILE]

Pushes to Debian's docker-registry on loopback and pulls from it: an image with one incompressible layer of 500 MB, and one of 30 small layers. Ours beside
docker, podman and skopeo, in one run, stores on one journaled ext4 loop image. Before each push the registry is emptied, before each pull the image is removed.
skopeo pulls to an OCI layout: nothing is unpacked. At the end, our own server: 200 pulls of one image from 8 connections.

  --smoke          the smallest sizes, two runs, no peers: does the bench still work? (CI)
  --runs N         runs of each command (5)
  --only PATTERN   lines whose name matches this regular expression
  --json FILE      the figures, one object a line
  -h, --help       this help

Needs root, hyperfine and docker-registry; the programs of build/release (STRATES_BUILD names another folder).

example:
  ./run --build-only && tests/bench/registry.sh --only push
TXT
}

runs=5
command -v docker-registry >/dev/null || { echo "skipped: docker-registry is not installed"; exit 0; }
. "$here/engines.sh"

# ---------------------------------------------------------------- the registry
port=$((20000 + $$ % 20000)) place=127.0.0.1:$port
mkdir -p "$disk/registry"
printf 'version: 0.1\nlog: { level: warn, accesslog: { disabled: true } }\nstorage: { filesystem: { rootdirectory: %s }, delete: { enabled: true } }\nhttp: { addr: "%s" }\n' "$disk/registry" "$place" >"$work/registry.yml"
cat >"$work/registry.sh" <<TXT
#!/bin/sh
# registry.sh start|stop|empty
stop() { [ -f $work/registry.pid ] && kill \$(cat $work/registry.pid) 2>/dev/null; while kill -0 \$(cat $work/registry.pid 2>/dev/null) 2>/dev/null; do sleep 0.05; done; rm -f $work/registry.pid; }
start() {
  setsid docker-registry serve $work/registry.yml >>$work/registry.log 2>&1 </dev/null & echo \$! >$work/registry.pid
  for i in \$(seq 100); do curl -sf http://$place/v2/ >/dev/null && return; sleep 0.1; done
  exit 1
}
case \$1 in
  start) start ;;
  stop) stop ;;
  empty) stop; rm -rf $disk/registry/docker $disk/docker/image/overlay2/distribution/*; start; sync ;;
esac
TXT
chmod +x "$work/registry.sh"
before_leaving() { "$work/registry.sh" stop; [ -n "${P:-}" ] && $P system reset -f >/dev/null 2>&1; [ -n "${server_pid:-}" ] && kill "$server_pid" 2>/dev/null; }
"$work/registry.sh" start || die "docker-registry does not answer: $(tail -1 "$work/registry.log")"

P=
if [ -z "$smoke" ] && command -v podman >/dev/null; then
  P="podman --root $disk/podman --runroot $work/podman --storage-driver overlay --cgroup-manager cgroupfs"
  $P info >"$work/podman.log" 2>&1 || { echo "left out: podman does not start here ($(tail -1 "$work/podman.log"))"; P=; }
fi
K=; [ -z "$smoke" ] && command -v skopeo >/dev/null && K="skopeo"
[ -z "$smoke" ] && [ -z "$K" ] && echo "left out: skopeo is not installed"

# ---------------------------------------------------------------- the images
large=500000000 small=200000; [ -n "$smoke" ] && large=5000000 small=2000
context "$work/big" "FROM busybox" "COPY big /big"
head -c $large /dev/urandom >"$work/big/big"
lines=(); for i in $(seq 30); do lines+=("COPY f$i /f$i"); done
context "$work/l30" "FROM busybox" "${lines[@]}"
for i in $(seq 30); do head -c $small /dev/urandom >"$work/l30/f$i"; done

[ -n "$json" ] && : >"$json"
echo "engine $("$build/strates" --version 2>/dev/null | head -1), $(nproc) cores, $runs runs each, medians; in brackets: the peer's time over ours"
for image in big l30; do
  name=$place/$image
  $S build -q -t "$name" "$work/$image" >/dev/null || die "our build of $image failed"
  [ -n "$D$P$K" ] && $S save "$name" -o "$work/$image.tar"
  [ -n "$D" ] && { $D load -q -i "$work/$image.tar" >/dev/null || die "Docker does not take $image"; }
  [ -n "$P" ] && { $P load -q -i "$work/$image.tar" >/dev/null 2>&1 || die "podman does not take $image"; }
  rm -rf "$work/$image.tar.oci" "$disk/skopeo"
  "$work/registry.sh" empty && $S push -q "$name" >/dev/null || die "our push of $image failed"
  [ -n "$K" ] && { $K copy -q --src-tls-verify=false "docker://$name" "dir:$disk/skopeo-$image" || die "skopeo does not take $image"; }
  PREPARE="$work/registry.sh empty" measure "push $image" 1 "$S push -q $name" docker "${D:+$D push -q $name}" podman "${P:+$P push -q --tls-verify=false $name}" \
    skopeo "${K:+$K copy -q --dest-tls-verify=false dir:$disk/skopeo-$image docker://$name}"
  measure "push $image again" "" "$S push -q $name" docker "${D:+$D push -q $name}"
  remove="$work/remove.sh"
  { echo "#!/bin/sh"; echo "$S rmi -f $name >/dev/null 2>&1"; [ -n "$D" ] && echo "$D rmi -f $name >/dev/null 2>&1"; [ -n "$P" ] && echo "$P rmi -f $name >/dev/null 2>&1"; echo "rm -rf $disk/skopeo-oci; sync"; } >"$remove"
  chmod +x "$remove"
  PREPARE=$remove measure "pull $image" 1 "$S pull -q $name" docker "${D:+$D pull -q $name}" podman "${P:+$P pull -q --tls-verify=false $name}" \
    "skopeo, not unpacked" "${K:+$K copy -q --src-tls-verify=false docker://$name oci:$disk/skopeo-oci:latest}"
  measure "pull $image again" "" "$S pull -q $name" docker "${D:+$D pull -q $name}"
done
if grep -qE "$only" <<<"memory"; then
  printf '%-26s %9.1f MB at most, after a layer of %s MB\n' "memory of the daemon" "$(awk '/VmHWM/ {print $2 / 1024}' "/proc/$daemon_pid/status")" $((large / 1000000))
fi

# ---------------------------------------------------------------- our server under a class
if grep -qE "$only" <<<"server, 200 pulls"; then
  ours=127.0.0.1:$((port + 1))
  "$build/strates-registry" registry serve --root "$disk/ours" --listen "$ours" >"$work/server.log" 2>&1 &
  server_pid=$!
  for _ in $(seq 100); do curl -sf "http://$ours/v2/" >/dev/null && break; sleep 0.1; done
  $S tag "$place/l30" "$ours/l30" && $S push -q "$ours/l30" >/dev/null || die "our server takes no push: $(tail -1 "$work/server.log")"
  cat >"$work/class.sh" <<TXT
#!/bin/bash
# One pull: the manifest, then every blob on the same connection.
blobs=\$(curl -sf -H 'Accept: application/vnd.docker.distribution.manifest.v2+json' http://$ours/v2/l30/manifests/latest | grep -o 'sha256:[0-9a-f]*' | sort -u)
urls=(); for b in \$blobs; do urls+=("http://$ours/v2/l30/blobs/\$b" -o /dev/null); done
curl -sf "\${urls[@]}"
TXT
  chmod +x "$work/class.sh"
  pulls=200; [ -n "$smoke" ] && pulls=16
  began=$(date +%s.%N)
  failed=$(seq $pulls | xargs -P8 -I{} sh -c "$work/class.sh || echo failed" | wc -l)
  printf '%-26s %9.1f s for %s pulls of 32 blobs from 8 connections, %s failed, %s MB at most\n' "server, $pulls pulls" "$(awk -v a="$began" -v b="$(date +%s.%N)" 'BEGIN {print b - a}')" "$pulls" "$failed" \
    "$(awk '/VmHWM/ {print $2 / 1024}' "/proc/$server_pid/status")"
  [ "$failed" = 0 ] || { echo "bench: the server failed $failed pulls" >&2; status=1; }
fi
exit $status
