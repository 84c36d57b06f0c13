# The daemon as a service of systemd: in a group that has a process and so can have no controllers for groups below (cgroup-v2.rst, "No Internal Process Constraint").
stop_daemon
service=/sys/fs/cgroup/system.slice/strates.service
mkdir -p $service
echo "+memory +pids" >/sys/fs/cgroup/cgroup.subtree_control
echo "+memory +pids" >/sys/fs/cgroup/system.slice/cgroup.subtree_control
echo $BASHPID >$service/cgroup.procs
check "a service starts" start_daemon
same "it is in its group" "0::/system.slice/strates.service" "$(cat /proc/$(daemon)/cgroup)"
check "run with limits" d run -d --name sv --network none -m 32m --memory-swap 48m --cpus 0.5 --pids-limit 9 --cpuset-cpus 1 busybox sleep 1000
same "they are written" "33554432 16777216 9 1" "$(echo $(of sv memory.max) $(of sv memory.swap.max) $(of sv pids.max) $(of sv cpuset.cpus))"
same "the container is not in the service's group" "$(field sv .State.Pid)" "$(of sv cgroup.procs)"
check "a container below a slice" d run -d --name sl --network none --cgroup-parent /system.slice -m 32m busybox sleep 1000
same "it is there" "0::/system.slice/$(field sl .Id)" "$(cat "/proc/$(field sl .State.Pid)/cgroup")"
d rm -f sv sl >/dev/null
check "their groups are gone" alone
same "none is below the slice" "strates.service" "$(cd /sys/fs/cgroup/system.slice && ls -d */ | tr -d '/\n')"
like "below a group with processes: a limit is refused, with the reason" "*processes are in the control group*-> 125" "$(give strates docker run --rm --network none --cgroup-parent /system.slice/strates.service -m 32m busybox true)"
same "without limits it runs there" " -> 0" "$(give strates docker run --rm --network none --cgroup-parent /system.slice/strates.service busybox true)"
same "and leaves nothing" "" "$(ls -d $service/*/ 2>/dev/null)"
stop_daemon
echo $BASHPID >/sys/fs/cgroup/cgroup.procs
check "the service's group can go" rmdir $service /sys/fs/cgroup/system.slice
start_daemon
