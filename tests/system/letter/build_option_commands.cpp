// docker build: the options that limit RUN's containers, and those that the classic builder refuses or ignores.
#include "tests/system/letter/commands.hpp"

namespace strates::system_test {

std::vector<LetterCommand> build_option_commands() {
  const std::string from = "printf 'FROM busybox\\nRUN true\\n' | docker build --network none --no-cache ";
  return {
      {"build of a file", "docker build /etc/hostname"},
      {"build with a host", "printf 'FROM busybox\\nRUN grep course /etc/hosts\\n' | docker build --network none --no-cache --add-host course.example:1.2.3.4 -"},
      {"build with ulimits", "printf 'FROM busybox\\nRUN ulimit -n; ulimit -Hn\\n' | docker build --network none --no-cache --ulimit nofile=100:200 -", In::LinuxOnly},
      {"build with all its limits", from + "-q --memory 64m --memory-swap 128m --cpu-period 50000 --cpu-quota 25000 --cpuset-cpus 0 --cpu-shares 512 - >/dev/null && echo built"},
      {"build with too little memory", from + "--memory 1m -"},
      {"build with swap below memory", from + "--memory 64m --memory-swap 32m -"},
      {"build with too short a quota", from + "--cpu-quota 5 -"},
      {"build with absent processors", from + "--cpuset-cpus 4000 - 2>&1 | sed 's/available: .*/available: N/'", In::LinuxOnly},
      {"build with a bad host", from + "--add-host bad -"},
      {"build with a bad ulimit", from + "--ulimit nofile -"},
      {"build with a security option", from + "--security-opt seccomp=unconfined -"},
      {"build with another isolation", from + "--isolation hyperv -"},
      {"build squashed", from + "--squash -"},
      {"build with what only BuildKit has", from + "-q --secret id=a --ssh default --progress plain --output out - >/dev/null && echo built; ls out 2>/dev/null"},
      {"build for another platform", from + "-q --platform linux/arm64 - >/dev/null && echo built"},
      {"build for no platform", from + "--platform foo -; " + from + "--platform a/b/c/d -; " + from + "--platform linux/ -"},
      {"build from another platform", "printf 'FROM --platform=linux/arm64 busybox\\nRUN true\\n' | docker build -q --network none - >/dev/null && echo built; printf 'FROM --platform=foo busybox\\n' | docker build -"},
      {"build from the cache of a loaded image",
       "printf 'FROM busybox\\nLABEL kind=cached\\nRUN echo 1 > /one\\nRUN echo 2 > /two\\n' > Cached; docker build -q --network none -t cached:1 - < Cached >/dev/null; docker save -o cached.tar cached:1; "
       "docker rmi cached:1 >/dev/null; docker load -q -i cached.tar; docker build --network none --cache-from cached:1 -t cached:2 - < Cached | grep -c 'Using cache'; docker rmi -f cached:1 cached:2 >/dev/null"},
      {"the loose ones of the builds go", "docker image prune -f >/dev/null; docker ps -aq | xargs -r docker rm -f >/dev/null; docker images --format '{{.Repository}}' | sort"},
  };
}

}  // namespace strates::system_test
