# A container lives and dies as anywhere.
same "run, true" " -> 0" "$(give strates docker run --rm --network none busybox true)"
same "run, output and exit code" "hello -> 7" "$(give strates docker run --rm --network none busybox sh -c 'echo hello; exit 7')"
like "run hello-world" "*Strates*-> 0" "$(give strates docker run --rm hello-world)"
same "run, no such program" 127 "$(d run --rm --network none busybox nothing >/dev/null 2>&1; echo $?)"
same "nothing stays of what ran" "" "$(ls -d $groups/*/ 2>/dev/null)"

check "run -d" d run -d --name ran --network none busybox sleep 1000
same "its group holds its process" "$(field ran .State.Pid)" "$(of ran cgroup.procs)"
same "exec" "inside -> 3" "$(give strates docker exec ran sh -c 'echo inside; exit 3')"
d exec -d ran sleep 999
same "what exec started is in the group" 2 "$(of ran cgroup.procs | wc -l)"
like "top sees both" "*sleep 1000*sleep 999*" "$(d top ran)"
same "kill by name of a signal" "ran -> 0" "$(give strates docker kill -s KILL ran)"
same "its exit code" 137 "$(within 10 test "$(field ran .State.Running)" = false; field ran .State.ExitCode)"
check "start again" d start ran
same "stop -t 1 kills what does not listen" "ran -> 0" "$(give strates docker stop -t 1 ran)"
same "stopped" "exited 137" "$(field ran .State.Status) $(field ran .State.ExitCode)"
d rm -f ran >/dev/null
check "its group is gone" alone
