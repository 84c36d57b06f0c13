# The machine is what this test is about, and the engine starts on it.
same "no hierarchy of version 1 is mounted" "" "$(grep ' - cgroup ' /proc/self/mountinfo)"
same "a process has one control group" 1 "$(wc -l </proc/self/cgroup)"
mounted=$(options)
check "doctor finds what it needs" strates doctor
like "doctor names version 2 and its controllers" "*version 2*cpu, memory, pids*" "$(strates --lang en doctor)"
if start_daemon; then yes "the daemon starts"; else give_up "the daemon starts"; fi
check "an image is prepared" strates images prepare busybox hello-world
like "info names version 2" "*Cgroup Version: 2*" "$(d info)"
same "info has no warning" "" "$(d info 2>&1 | grep -i warning)"
