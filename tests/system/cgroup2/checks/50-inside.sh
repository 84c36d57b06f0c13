# What a container sees of control groups.
run() { give strates docker run --rm --network none "$@"; }
same "its own group is the root of what it sees" "0::/ -> 0" "$(run busybox cat /proc/self/cgroup)"
same "also for exec" "0::/" "$(d run -d --name ex --network none busybox sleep 1000 >/dev/null; d exec ex cat /proc/self/cgroup)"
d rm -f ex >/dev/null
like "read-only" "*Read-only file system* -> 1" "$(run busybox mkdir /sys/fs/cgroup/x)"
like "mounted read-only, as one tree" "*cgroup2 ro,*" "$(run busybox grep ' /sys/fs/cgroup ' /proc/mounts)"
same "its limit is in it" "33554432 -> 0" "$(run -m 32m busybox cat /sys/fs/cgroup/memory.max)"
like "--cgroupns host: the whole tree" "0::/strates/* -> 0" "$(run --cgroupns host busybox cat /proc/self/cgroup)"
like "--cgroupns host: seen from its top" "*strates* -> 0" "$(run --cgroupns host busybox ls /sys/fs/cgroup)"
like "--cgroupns host: read-only" "*Read-only file system* -> 1" "$(run --cgroupns host busybox mkdir /sys/fs/cgroup/x)"
same "--privileged: its own group as well" "0::/ -> 0" "$(run --privileged busybox cat /proc/self/cgroup)"
same "--privileged: it may make groups" " -> 0" "$(run --privileged busybox mkdir /sys/fs/cgroup/x /sys/fs/cgroup/x/y)"
check "and they go with it" alone
d run -d --name pr --privileged --network none busybox sh -c 'mkdir /sys/fs/cgroup/a; sh -c "echo 0 >/sys/fs/cgroup/a/cgroup.procs; exec sleep 998"; sleep 1000' >/dev/null
check "a process moves to a group below" within 10 eval 'of pr a/cgroup.procs | grep -q .'
like "top sees it there" "*sleep 998*" "$(d top pr)"
check "pause reaches below" d pause pr
check "unpause" d unpause pr
check "rm -f reaches below" d rm -f pr
check "nothing of it stays" alone
same "the machine's options of the mount are as they were" "$mounted" "$(options)"

same "--cgroup-parent" "/a/b -> 0" "$(run --cgroup-parent /a/b --cgroupns host -m 32m busybox sh -c 'sed "s,0::,,; s,/[^/]*\$,," /proc/self/cgroup')"
check "the parent goes with it" test ! -e /sys/fs/cgroup/a
