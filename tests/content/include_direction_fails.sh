#!/usr/bin/env bash
# Proves that include_direction.sh refuses what it must: one wrong include per rule.
set -u
here=$(cd "$(dirname "$0")" && pwd)
tree=$(mktemp -d) || exit 2
trap 'rm -rf "$tree"' EXIT
count=0
refuses() {  # FILE INCLUDE
  mkdir -p "$tree/$(dirname "$1")"
  printf '#include %s\n' "$2" >"$tree/$1"
  if "$here/include_direction.sh" "$tree" >/dev/null; then echo "accepted: $1 includes $2"; exit 1; fi
  rm "$tree/$1"
  count=$((count + 1))
}
mkdir -p "$tree/runtime" "$tree/sim"
"$here/include_direction.sh" "$tree" >/dev/null || { echo "refused an empty tree"; exit 1; }
refuses runtime/base/a.cpp '"engine/engine.hpp"'
refuses runtime/image/a.cpp '"engine/ports.hpp"'
refuses runtime/engine/a.cpp '"linux/world.hpp"'
refuses runtime/engine/a.cpp '<sys/mount.h>'
refuses sim/a.cpp '<unistd.h>'
refuses sim/a.cpp '<thread>'
refuses runtime/linux/a.cpp '"sim/world.hpp"'
refuses lessons/engine/a.cpp '"engine/engine.hpp"'
refuses runtime/cli/a.cpp '<httplib.h>'
refuses runtime/api/a.cpp '<nlohmann/json.hpp>'
refuses runtime/api/a.hpp '"base/json_full.hpp"'
refuses runtime/linux/snapshot/a.cpp '<sqlite3.h>'
echo "$count wrong includes refused"
