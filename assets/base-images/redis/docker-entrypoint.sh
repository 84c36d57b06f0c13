#!/bin/sh
# Starts redis-server as the account redis; any other command as it was given.
set -eu

# `docker run redis --appendonly yes` and `docker run redis /etc/my.conf` are options and a configuration of redis-server.
case ${1:-} in
  -* | *.conf) set -- redis-server "$@" ;;
esac

if [ "${1:-}" = redis-server ]; then
  shift
  # A container is reached from other containers only, and from the machine where a port is published: what "protected mode" guards against is already
  # kept out. A configuration that speaks of it decides, and so does an option, which comes later.
  case ${1:-} in
    '' | -*) set -- --protected-mode no "$@" ;;
    *) grep -qs '^[[:space:]]*protected-mode' "$1" || { configuration=$1; shift; set -- "$configuration" --protected-mode no "$@"; } ;;
  esac
  if [ "$(id -u)" = 0 ]; then
    # A volume or a directory of the machine may be root's.
    find . \! -user redis -exec chown redis:redis {} +
    exec setpriv --reuid=redis --regid=redis --clear-groups redis-server "$@"
  fi
  exec redis-server "$@"
fi

exec "$@"
