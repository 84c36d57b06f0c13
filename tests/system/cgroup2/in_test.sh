#!/usr/bin/env bash
# The virtual machine inside ./test: with STRATES_FULL the whole of it, on a release build made for it, with the test programs of this build that look most at
# control groups; otherwise skipped (ctest: 77), since it takes minutes and packages that nothing else needs.
set -u
top=$(cd "$(dirname "$(readlink -f "$0")")/../../.." && pwd)
[ -n "${STRATES_FULL:-}" ] || { echo "skipped: a virtual machine, run by ./test --full cgroup2"; exit 77; }
. "$top/tests/system/cgroup2/image.sh"
find_kernel || exit 77
[ -n "${STRATES_BUILD:-}" ] || "$top/run" --build-only || exit 1
exec "$top/tests/system/cgroup2/run.sh" --programs "$1" unit_linux unit_linux_process unit_linux_world
