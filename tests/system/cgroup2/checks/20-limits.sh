# Each limit is in its file, and the kernel holds it.
take() { echo "dd if=/dev/zero of=/dev/null bs=${1}M count=1 2>/dev/null && echo had it"; }

same "-m 32m, 8 MB" "had it -> 0" "$(give strates docker run --rm --network none -m 32m busybox sh -c "$(take 8)")"
same "-m without a warning" "" "$(d create --name warned --network none -m 32m busybox true 2>&1 >/dev/null)"
d rm warned >/dev/null
d run --name oom --network none -m 32m --memory-swap 32m busybox sh -c "exec dd if=/dev/zero of=/dev/null bs=100M count=1" >/dev/null 2>&1
same "-m 32m, 100 MB: killed" "137 true" "$(field oom .State.ExitCode) $(field oom .State.OOMKilled)"
d rm oom >/dev/null
d run --name child --network none -m 32m --memory-swap 32m busybox sh -c "dd if=/dev/zero of=/dev/null bs=100M count=1; exit 5" >/dev/null 2>&1
same "a child is killed, and it is said" "5 true" "$(field child .State.ExitCode) $(field child .State.OOMKilled)"
d rm child >/dev/null
same "--memory-swap lets the rest go to swap" "had it -> 0" "$(give strates docker run --rm --network none -m 32m --memory-swap 112m busybox sh -c "$(take 64)")"

check "run with every limit" d run -d --name all --network none -m 64m --memory-swap 96m --memory-reservation 16m --cpus 0.5 --pids-limit 8 --cpuset-cpus 0 \
  --cpu-shares 512 --blkio-weight 500 busybox sleep 1000
same "memory.max" 67108864 "$(of all memory.max)"
same "memory.swap.max" 33554432 "$(of all memory.swap.max)"
same "memory.low" 16777216 "$(of all memory.low)"
same "cpu.max" "50000 100000" "$(of all cpu.max)"
same "cpu.weight" 20 "$(of all cpu.weight)"
same "pids.max" 8 "$(of all pids.max)"
same "cpuset.cpus" 0 "$(of all cpuset.cpus)"
same "inspect tells them" "67108864 100663296 16777216 500000000 8 0 512 private" \
  "$(field all '.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.MemoryReservation}} {{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}} {{.HostConfig.CpusetCpus}} {{.HostConfig.CpuShares}} {{.HostConfig.CgroupnsMode')"
like "--pids-limit: fork is refused" "*can't fork*" "$(d exec all sh -c 'for i in 1 2 3 4 5 6 7 8 9; do sleep 3 & done' 2>&1)"
same "--cpuset-cpus: one processor of two" "2 1" "$(nproc) $(d exec all nproc)"

check "update" d update -m 48m --memory-swap 48m --cpus 0.25 --pids-limit 20 --cpuset-cpus 1 --cpu-shares 1024 all
same "update, the files" "50331648 0 25000 100000 20 1 39" "$(echo $(of all memory.max) $(of all memory.swap.max) $(of all cpu.max) $(of all pids.max) $(of all cpuset.cpus) $(of all cpu.weight))"
check "update, memory up again" d update -m 80m --memory-swap -1 all
same "update, without a limit of swap" "83886080 max" "$(of all memory.max) $(of all memory.swap.max)"
check "update, no limit of processes" d update --pids-limit -1 all
same "pids.max without a limit" max "$(of all pids.max)"
d rm -f all >/dev/null

# A quarter of one processor at most. Counted from outside.
d run -d --name busy --network none --cpus 0.25 busybox sh -c 'while :; do :; done' >/dev/null
sleep 1
used() { of busy cpu.stat | sed -n 's/^usage_usec //p'; }
before=$(used) began=$(date +%s%N)
sleep 4
between "--cpus 0.25: percent of a processor" 1 33 $((($(used) - before) * 100000 / ($(date +%s%N) - began)))
check "--cpus: it was throttled" test "$(of busy cpu.stat | sed -n 's/^nr_throttled //p')" -gt 0

# Of the same container, while it works: in one second out of many, when the machine below has no time for this one.
seen() { read -r percent usage limit pids <<<"$(d stats --no-stream --format '{{.CPUPerc}} {{.MemUsage}} {{.PIDs}}' busy | tr -d '/')"; }
worked() { seen && [ "${percent%.*}" -gt 0 ]; }
check "stats, processor" within 4 worked
seen
like "stats, memory" "[1-9]*iB [1-9]*iB" "$usage $limit"
same "stats, processes" 1 "$pids"
d rm -f busy >/dev/null
check "their groups are gone" alone
