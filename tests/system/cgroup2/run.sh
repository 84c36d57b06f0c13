#!/usr/bin/env bash
# The engine on a machine that has only control groups of version 2, whatever this one has: a virtual machine is made, booted, and asked. See --help.
set -u
here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
top=$(cd "$here/../../.." && pwd)

usage() {
  cat <<'TXT'
usage: tests/system/cgroup2/run.sh [--only PATTERN] [--keep] [--programs FOLDER] [PROGRAM...]

Boots a Linux of Debian in QEMU, without v1 control groups, and runs the scripts of checks/ in it, then each PROGRAM (a test program of the dev
build, by name) as root. Says OK or FAIL for each check, and fails when one fails or when the machine ends before its last check.

  --only PATTERN     the scripts of checks/ whose name matches this regular expression; start and end always run
  --programs FOLDER  where the PROGRAMs are (build/dev)
  --keep             keep the folder with the disk and the console, and say where it is
  -h, --help         this help

The engine is build/release (STRATES_BUILD names another folder). Nothing of it needs root or KVM; a whole run takes two to ten minutes.

examples:
  ./test --full cgroup2
  tests/system/cgroup2/run.sh --only limits
  tests/system/cgroup2/run.sh --only none unit_linux_process
TXT
}

only=. keep= programs=$top/build/dev tests=()
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --only) only=${2:?}; shift ;;
    --programs) programs=${2:?}; shift ;;
    --keep) keep=1 ;;
    -*) echo "cgroup2: unknown option $1; see --help" >&2; exit 2 ;;
    *) tests+=("$1") ;;
  esac
  shift
done

build=$(readlink -f "${STRATES_BUILD:-$top/build/release}") programs=$(readlink -f "$programs")
. "$here/image.sh"
find_kernel || exit 77  # ctest: skipped
for program in strates strates-daemon strates-init strates-hello; do
  [ -x "$build/$program" ] || { echo "cgroup2: $build/$program is not built; run ./run --build-only" >&2; exit 1; }
done

work=$(mktemp -d /var/tmp/strates-cgroup2-XXXXXX)
qemu=
cleanup() {
  [ -n "$qemu" ] && kill "$qemu" 2>/dev/null
  if [ -n "$keep" ]; then echo "cgroup2: kept in $work" >&2; else rm -rf "$work"; fi
}
trap cleanup EXIT
trap 'exit 130' INT TERM

make_disk "$work" "$build" "$programs" "${tests[@]}" || exit 1

# One thread for both processors of the guest: it takes one core of this machine, without KVM as well.
mkfifo "$work/console"
timeout 3600 qemu-system-x86_64 -accel tcg,thread=single -cpu max -smp 2 -m 1024 -nodefaults -display none -no-reboot -serial stdio \
  -kernel "$kernel" -initrd "$initrd" -append "console=ttyS0 root=/dev/vda rw init=/strates/init.sh loglevel=3 panic=-1 idle=halt nowatchdog only=$only" \
  -drive "file=$work/root.img,format=raw,if=virtio,cache=unsafe" -drive "file=$work/swap.img,format=raw,if=virtio,cache=unsafe" \
  </dev/null >"$work/console" 2>&1 &
qemu=$!
tr -d '\r' <"$work/console" | tee "$work/log"
wait "$qemu"
qemu=

last=$(grep -a '^END ' "$work/log" | tail -1)
if [ -z "$last" ]; then
  echo "cgroup2: the machine ended before its last check" >&2
  exit 1
fi
[ "${last##* }" = 0 ] && ! grep -qa '^FAIL ' "$work/log"
