#!/bin/bash
# Makes the database at the first start, from the environment, then becomes the server; any other command is run as it was given.
#
#   POSTGRES_PASSWORD           the superuser's password; wanted, unless POSTGRES_HOST_AUTH_METHOD is trust
#   POSTGRES_USER               the superuser's name (postgres)
#   POSTGRES_DB                 the database made for it (its name)
#   POSTGRES_INITDB_ARGS        more options of initdb
#   POSTGRES_HOST_AUTH_METHOD   how clients from elsewhere say who they are (scram-sha-256)
# Each of the first four also as NAME_FILE, a file that holds the value: secrets come as files.
# What is in /docker-entrypoint-initdb.d is run once, in the order of names: *.sh, *.sql and *.sql.gz.
set -Eeuo pipefail

fail() {
  printf 'Error: %s\n' "$1" >&2
  shift
  if [ $# -gt 0 ]; then printf '       %s\n' "$@" >&2; fi
  exit 1
}

# setting NAME DEFAULT: exports NAME from itself, from the file that NAME_FILE names, or the default.
setting() {
  local name=$1 file=$1_FILE
  if [ -n "${!name:-}" ] && [ -n "${!file:-}" ]; then fail "both $name and $file are set (they exclude each other)"; fi
  if [ -n "${!file:-}" ]; then
    [ -r "${!file}" ] || fail "$file: ${!file} cannot be read"
    export "$name=$(<"${!file}")"
  else
    export "$name=${!name:-$2}"
  fi
  unset "$file"
}

# The server of the first start: on its socket alone, so that nobody takes a half-made database for a ready one.
local_server() {
  pg_ctl -D "$PGDATA" -o "-c listen_addresses=''" -w "$@"
}

sql() {
  psql -v ON_ERROR_STOP=1 --no-psqlrc --no-password --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" "$@"
}

run_first_files() {
  local file
  for file in /docker-entrypoint-initdb.d/*; do
    case $file in
      *.sh)
        echo "$0: running $file"
        if [ -x "$file" ]; then "$file"; else . "$file"; fi
        ;;
      *.sql)
        echo "$0: running $file"
        sql -f "$file"
        ;;
      *.sql.gz)
        echo "$0: running $file"
        gunzip -c "$file" | sql
        ;;
      '/docker-entrypoint-initdb.d/*') ;;
      *) echo "$0: ignoring $file" ;;
    esac
  done
}

make_database() {
  if [ -z "$POSTGRES_PASSWORD" ] && [ "$POSTGRES_HOST_AUTH_METHOD" != trust ]; then
    fail 'Database is uninitialized and superuser password is not specified.' \
      'Give one in POSTGRES_PASSWORD, as in `docker run -e POSTGRES_PASSWORD=secret postgres`, or the file that holds it in POSTGRES_PASSWORD_FILE.' \
      'POSTGRES_HOST_AUTH_METHOD=trust lets everybody in without one: for trials on a network of your own.'
  fi
  local words=()
  read -ra words <<<"$POSTGRES_INITDB_ARGS"
  initdb -D "$PGDATA" --username="$POSTGRES_USER" --auth=trust --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") "${words[@]}"
  # Whoever is inside the container is trusted, as in Docker Hub's image; whoever comes from elsewhere shows a password.
  printf '\nhost all all all %s\n' "$POSTGRES_HOST_AUTH_METHOD" >>"$PGDATA/pg_hba.conf"

  local_server start
  if [ "$POSTGRES_DB" != postgres ]; then POSTGRES_DB=postgres sql --set db="$POSTGRES_DB" <<<'CREATE DATABASE :"db";'; fi
  run_first_files
  local_server -m fast stop
  printf '\nPostgreSQL init process complete; ready for start up.\n\n'
}

case ${1:-} in
  -*) set -- postgres "$@" ;;
esac
[ "${1:-}" = postgres ] || exec "$@"
for word in "$@"; do
  case $word in
    --help | -\? | --version | -V | --describe-config) exec "$@" ;;
  esac
done

if [ "$(id -u)" = 0 ]; then
  # A volume or a directory of the machine may be root's; the server refuses to be.
  mkdir -p "$PGDATA" /var/run/postgresql
  find "$PGDATA" /var/run/postgresql \! -user postgres -exec chown postgres:postgres {} +
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$BASH_SOURCE" "$@"
fi
mkdir -p "$PGDATA"
chmod 700 "$PGDATA"

if [ -s "$PGDATA/PG_VERSION" ]; then
  printf '\nPostgreSQL Database directory appears to contain a database; Skipping initialization\n\n'
else
  setting POSTGRES_PASSWORD ''
  setting POSTGRES_USER postgres
  setting POSTGRES_DB "$POSTGRES_USER"
  setting POSTGRES_INITDB_ARGS ''
  export POSTGRES_HOST_AUTH_METHOD=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}
  make_database
fi
exec "$@"
