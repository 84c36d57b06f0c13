#!/usr/bin/env bash
# The layers of ARCHITECTURE.md as rules: who may include what. Fails with the offending lines.
set -u
top=${1:-$(cd "$(dirname "$0")/../.." && pwd)}
cd "$top" || exit 2
bad=0

# rule FOLDER REGEX MESSAGE: no file below FOLDER (main.cpp apart) includes what REGEX matches.
rule() {
  local hits
  [ -d "$1" ] || return 0
  hits=$(grep -rnE --include='*.hpp' --include='*.cpp' --include='*.h' --exclude='main.cpp' --exclude='main_*.cpp' "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]($2)" "$1")
  [ "$1" = runtime/cli ] && hits=$(grep -v '<linux/' <<<"$hits")  # the kernel's headers, not our world: doctor asks the kernel itself
  [ -z "$hits" ] && return 0
  bad=1
  printf '%s: %s\n%s\n' "$1" "$3" "$hits"
}

worlds='linux/|sim/'
upper='engine/|api/|cli/|daemon/|http/|adapters/'
rule runtime/base "image/|build/|compose/|registry/|$upper|$worlds" "base includes nothing of ours above it"
rule runtime/image "build/|compose/|registry/|$upper|$worlds" "image sees base"
rule runtime/build "compose/|registry/|$upper|$worlds" "build sees base and image"
rule runtime/registry/client "build/|compose/|$upper|$worlds" "the registry's client sees base and image"
rule runtime/compose "image/|build/|registry/|$upper|$worlds" "compose sees base"
rule runtime/engine "api/|cli/|daemon/|http/|adapters/|$worlds" "the engine sees base, image, build, and no world"
rule runtime/adapters "api/|cli/|daemon/|http/|$worlds" "adapters see the engine's ports"
rule runtime/linux "api/|cli/|daemon/|http/|sim/" "the Linux world sees the engine's ports"
rule sim "api/|cli/|daemon/|http/|adapters/|linux/|lessons/|viewer/" "the simulator sees the engine's ports"
rule runtime/api "cli/|daemon/|http/|adapters/|$worlds" "api sees the engine; HTTP is values"
rule runtime/http "cli/|daemon/|image/|build/|$worlds" "http carries values"
rule runtime/registry/server "engine/engine|api/|cli/|daemon/|http/|adapters/|$worlds" "the registry sees base, image and the engine's ports"
rule runtime/registry/program "engine/engine|daemon/|adapters/|$worlds" "the registry's program gets its machine from main"
rule runtime/cli "engine/engine|engine/ports|engine/engine_impl|http/server|daemon/|$worlds" "the command line sees base, image and the API client"
for folder in lessons exercises viewer/model; do
  rule $folder "engine/|build/|image/|registry/|http/|cli/|daemon/|adapters/|$worlds" "$folder sees base and the API client"
done

# Third parties stay in their folder.
only() {  # only HEADER-REGEX ALLOWED-FOLDER-REGEX
  local hits
  hits=$(grep -rnE --include='*.hpp' --include='*.cpp' --include='*.h' "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]($1)" runtime sim lessons exercises viewer 2>/dev/null | grep -vE "^($2)")
  [ -z "$hits" ] && return 0
  bad=1
  printf '%s belongs in %s only:\n%s\n' "$1" "$2" "$hits"
}
only 'imgui|GLFW/|GL/|EGL/' 'viewer/app/'
only 'vterm' 'viewer/terminal/'
only 'httplib\.h' 'runtime/http/'
only 'sqlite3\.h' 'runtime/linux/storage/'
only 'archive(_entry)?\.h' 'runtime/adapters/'
only 'openssl/' 'runtime/(adapters|http)/'
only 'isa-l' 'runtime/adapters/'
only 'netlink/|nftables/' 'runtime/linux/network/'
only 'crypt\.h' 'runtime/adapters/'
only 'yaml-cpp/' 'lessons/engine/|runtime/compose/yaml_reader\.cpp'
only 'nlohmann/json\.hpp' 'runtime/base/json(_full\.hpp|\.cpp)'

# The whole of nlohmann/json costs seconds a file: never through a header.
hits=$(grep -rnE --include='*.hpp' '^[[:space:]]*#[[:space:]]*include "base/json_full.hpp' runtime sim lessons exercises viewer 2>/dev/null |
  grep -v '^runtime/image/json_fields.hpp:')  # what the codecs of image share; no other header includes it
[ -z "$hits" ] || { bad=1; printf 'base/json_full.hpp is for .cpp files:\n%s\n' "$hits"; }

# System calls live in the Linux world; what may become WebAssembly stays free of them, of threads and of newer library parts.
for folder in runtime/engine runtime/image runtime/build runtime/compose runtime/api runtime/registry/server sim; do
  rule $folder 'sys/|unistd\.h|fcntl\.h|poll\.h|sched\.h' "no system calls here"
done
for folder in sim runtime/image runtime/build runtime/compose lessons/engine; do rule $folder 'thread>|future>|condition_variable>' "no threads here"; done
hits=$(grep -rnE 'std::(ranges::(sort|find|any_of|all_of|copy|transform|for_each)|jthread)' runtime/base runtime/engine runtime/image runtime/build runtime/compose sim lessons/engine 2>/dev/null)
[ -z "$hits" ] || { bad=1; printf 'no ranges algorithms and no jthread here (WebAssembly, GCC 12):\n%s\n' "$hits"; }

[ $bad = 0 ] && echo "includes follow the architecture"
exit $bad
