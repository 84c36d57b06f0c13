# A container outlives its daemon, with its limits.
d run -d --name live --network none -m 40m --restart on-failure busybox sh -c 'trap "exit 9" TERM; while :; do sleep 0.2; done' >/dev/null
pid=$(field live .State.Pid)
stop_daemon -KILL
check "the container lives without a daemon" test -d "/proc/$pid"
check "the next daemon starts" start_daemon
same "it has it" "running $pid" "$(field live .State.Status) $(field live .State.Pid)"
same "with its limit" 41943040 "$(of live memory.max)"
same "exec joins its group" "0::/" "$(d exec live cat /proc/self/cgroup)"
check "update reaches it" d update -m 44m --memory-swap 88m live
same "updated" 46137344 "$(of live memory.max)"
check "pause reaches it" d pause live
stop_daemon
check "a daemon starts beside a paused container" start_daemon
same "it is paused still" paused "$(field live .State.Status)"
check "unpause" d unpause live
d stop -t 5 live >/dev/null
same "its own exit code" 9 "$(field live .State.ExitCode)"
d rm -f live >/dev/null

d run -d --name gone --network none -m 32m --memory-swap 32m busybox sh -c 'sleep 4; exec dd if=/dev/zero of=/dev/null bs=100M count=1' >/dev/null
stop_daemon -KILL
sleep 8
check "a daemon starts after a container died without one" start_daemon
same "it knows why" "exited 137 true" "$(field gone .State.Status) $(field gone .State.ExitCode) $(field gone .State.OOMKilled)"
d rm -f gone >/dev/null
check "their groups are gone" alone
