# Builds run containers too.
mkdir -p /root/context
printf 'FROM busybox\nRUN cat /sys/fs/cgroup/memory.max >/limit && echo built\nCMD cat /limit\n' >/root/context/Dockerfile
like "build" "*built*Successfully built* -> 0" "$(give strates docker build --network none -t b /root/context)"
same "what was built runs" "max -> 0" "$(give strates docker run --rm --network none b)"
like "build -m" "*Successfully built* -> 0" "$(give strates docker build --no-cache --network none -m 48m -t b /root/context)"
same "its RUN had the limit" "50331648 -> 0" "$(give strates docker run --rm --network none b)"
d rmi -f b >/dev/null
check "nothing of the builds stays" alone
