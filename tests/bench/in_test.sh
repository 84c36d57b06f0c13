#!/usr/bin/env bash
# The bench inside ./test: with STRATES_FULL the whole of it, on a release build made for it; otherwise a smoke run on this build, whose figures mean nothing.
set -u
top=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd)
if [ -n "${STRATES_FULL:-}" ]; then
  "$top/run" --build-only || exit 1
  "$top/tests/bench/run.sh" && "$top/tests/bench/registry.sh" && exec "$top/tests/bench/network.sh"
  exit 1
fi
export STRATES_BUILD=$1 ASAN_OPTIONS=detect_leaks=0
"$top/tests/bench/run.sh" --smoke && "$top/tests/bench/registry.sh" --smoke && exec "$top/tests/bench/network.sh" --smoke
exit 1
