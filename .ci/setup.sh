# Sourced by ./run and ./test: finds what is missing of .ci/packages and installs it, once, saying so.
# setup_packages [test]: with "test" the packages that only tests need as well.

setup_packages() {
  local wanted missing=() package
  if [ "${1:-}" = test ]; then wanted=$(sed -e 's/#.*//' -e 's/^test: *//' "$STRATES_TOP/.ci/packages")
  else wanted=$(sed -e 's/#.*//' -e '/^test:/d' "$STRATES_TOP/.ci/packages"); fi
  local installed
  # shellcheck disable=SC2086
  installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $wanted 2>/dev/null | awk '$2 == "installed" {print $1}')
  for package in $wanted; do
    printf '%s\n' "$installed" | grep -qx -- "$package" || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  local sudo=()
  if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "strates: il manque des paquets (${missing[*]}) et ni root ni sudo ne sont là pour les installer : lancez « apt-get install ${missing[*]} » en root, puis recommencez." >&2
      return 1
    fi
    sudo=(sudo)
  fi
  if ! command -v apt-get >/dev/null; then
    echo "strates: il manque ${missing[*]} et apt-get n'est pas là : Strates se construit sur Debian 12 (ou WSL2, ou une machine virtuelle)." >&2
    return 1
  fi
  echo "strates: installation de ${missing[*]}" >&2
  # policy-rc.d answers "do not start": a package that brings a daemon (docker.io) must not start it.
  local policy=/usr/sbin/policy-rc.d made_policy=
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' | "${sudo[@]}" tee $policy >/dev/null && "${sudo[@]}" chmod 755 $policy && made_policy=1
  fi
  local status=0
  { "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null 2>&1 ||
      { "${sudo[@]}" apt-get update -qq >&2 && "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null; }; } || status=1
  [ -n "$made_policy" ] && "${sudo[@]}" rm -f $policy
  [ $status = 0 ] || echo "strates: apt-get n'a pas pu tout installer : vérifiez /etc/apt/sources.list et le réseau, puis recommencez." >&2
  return $status
}

# setup_build PRESET: configures once, builds, quiet unless it fails.
setup_build() {
  local preset=$1 dir="$STRATES_TOP/build/$1"
  shift
  # Another clone of the same source finds what this one compiled.
  export CCACHE_BASEDIR=$STRATES_TOP CCACHE_NOHASHDIR=1
  [ -e "$dir/build.ninja" ] || (cd "$STRATES_TOP" && cmake --preset "$preset" >"/tmp/strates-cmake.$$" 2>&1) ||
    { cat "/tmp/strates-cmake.$$" >&2; rm -f "/tmp/strates-cmake.$$"; return 1; }
  rm -f "/tmp/strates-cmake.$$"
  if [ -t 2 ]; then ninja -C "$dir" "$@" >&2; else
    ninja -C "$dir" "$@" >"$dir/build.log" 2>&1 || { grep -E 'error|FAILED|warning' "$dir/build.log" | head -40 >&2; tail -n 30 "$dir/build.log" >&2; return 1; }
  fi
}
