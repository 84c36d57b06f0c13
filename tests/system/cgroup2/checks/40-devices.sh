# The program in the kernel that says which devices may be opened.
disk=$(stat -c '%Hr:%Lr' /dev/vda)
node="mknod /tmp/disk b ${disk/:/ }"
run() { give strates docker run --rm --network none "$@"; }
same "/dev/null, zero, urandom" "4 -> 0" "$(run busybox sh -c 'echo x >/dev/null; head -c2 /dev/zero >/tmp/a; head -c2 /dev/urandom >>/tmp/a; wc -c </tmp/a')"
like "a node of a disk can be made, not read" "made*Operation not permitted* -> 1" "$(run busybox sh -c "$node && echo made; head -c1 /tmp/disk")"
like "not written" "*peration not permitted*" "$(run busybox sh -c "$node; echo x >/tmp/disk")"
like "nor is the kernel's log read" "*peration not permitted*" "$(run busybox sh -c 'mknod /tmp/log c 1 11; head -c1 /tmp/log')"
same "--device" "1 -> 0" "$(run --device /dev/vda:/dev/x busybox sh -c 'head -c1 /dev/x | wc -c')"
like "--device, only to read" "*peration not permitted*" "$(run --device /dev/vda:/dev/x:r busybox sh -c 'exec 3<>/dev/x')"
same "--device-cgroup-rule" "1 -> 0" "$(run --device-cgroup-rule "b $disk r" busybox sh -c "$node; head -c1 /tmp/disk | wc -c")"
same "--privileged" "1 -> 0" "$(run --privileged busybox sh -c 'head -c1 /dev/vda | wc -c')"
same "a terminal" "tty -> 0" "$(run -t busybox sh -c 'test -t 0 && echo tty' | tr -d '\r\n')"
d run -d --name dev --network none busybox sleep 1000 >/dev/null
like "exec is under the same rules" "*peration not permitted*" "$(give strates docker exec dev sh -c "$node; head -c1 /tmp/disk")"
d rm -f dev >/dev/null
