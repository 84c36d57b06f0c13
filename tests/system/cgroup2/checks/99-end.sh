# Everything goes.
d ps -aq | while read -r id; do d rm -f "$id" >/dev/null; done
same "no container" "" "$(d ps -aq)"
stop_daemon
check "no control group" alone
same "no mount of the engine's" "" "$(grep " $root/" /proc/self/mounts)"
same "no pair of interfaces" "" "$(ip link | grep -o 'veth[^:@]*')"
same "no process" "" "$(ps -e -o comm= | grep '^strates')"
same "nothing to say in the daemon's log" "" "$(grep -i -E 'error|internal|abort' /root/daemon.log)"
