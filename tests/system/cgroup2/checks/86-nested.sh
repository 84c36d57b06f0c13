# The daemon inside somebody else's container: what it sees as the root of all groups is not the machine's, and has processes.
stop_daemon
outer=/sys/fs/cgroup/outer
mkdir $outer
echo "+cpu +memory +pids +cpuset +io" >/sys/fs/cgroup/cgroup.subtree_control
start_nested() {
  bash -c "echo \$\$ >$outer/cgroup.procs
    exec unshare -C -m --propagation private bash -c 'umount -l /sys/fs/cgroup; mount -t cgroup2 cgroup2 /sys/fs/cgroup
      exec strates-daemon --root $root --socket /run/strates/strates.sock'" >>/root/daemon.log 2>&1 &
  echo $! >/run/daemon
  within 60 d version
}
was=$groups groups=$outer/strates
check "a daemon starts in a group that it takes for the root" start_nested
same "run without limits" " -> 0" "$(give strates docker run --rm --network none busybox true)"
like "a limit is refused, with the reason" "*processes are in the control group*-> 125" "$(give strates docker run --rm --network none -m 32m busybox true)"
same "the group is what it was" domain "$(cat $outer/cgroup.type)"
mkdir $outer/init
move() { for process in $(cat $outer/cgroup.procs); do echo "$process" >$outer/init/cgroup.procs; done; [ -z "$(cat $outer/cgroup.procs)" ]; }
check "its processes can be moved, as the advice says" within 10 move
check "then it runs with a limit" d run -d --name nest --network none -m 32m busybox sleep 1000
same "it is written" 33554432 "$(of nest memory.max)"
d rm -f nest >/dev/null
check "its group is gone" alone
stop_daemon
check "the groups can go" within 10 rmdir $outer/init $outer/strates $outer
groups=$was
start_daemon
