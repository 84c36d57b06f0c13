// Where a container's output is kept: --log-driver and --log-opt, and what is wrong in them.
#include "tests/system/letter/commands.hpp"

namespace strates::system_test {

std::vector<LetterCommand> log_commands() {
  const std::string run = "docker run --network none ";
  return {
      {"a log that is not kept", run + "--name mute --log-driver none busybox echo hi; docker logs mute; docker inspect -f '{{.LogPath}}|{{.HostConfig.LogConfig}}' mute; docker rm mute"},
      {"a log in files that are full one after another",
       run + "--name turns --log-opt max-size=1k --log-opt max-file=3 busybox sh -c 'i=100; while [ $i -lt 200 ]; do echo line-number-$i; i=$((i+1)); done' | tail -1; "
             "docker logs turns | tail -2; docker logs turns | grep -c 'line-number-100$'; docker logs --tail 1 turns; "
             "docker inspect -f '{{json .HostConfig.LogConfig}} {{.HostConfig.LogConfig}}' turns; docker start -a turns | tail -1; docker logs turns | tail -1; docker rm turns"},
      {"a log option that nobody knows", run + "--rm --log-opt foo=bar busybox true; echo $?"},
      {"a log driver that nobody knows", run + "--rm --log-driver nosuch busybox true; echo $?"},
      {"log options for the driver none", run + "--rm --log-driver none --log-opt a=b busybox true; echo $?"},
      {"a log size that is none", run + "--rm --log-opt max-size=foo busybox true; echo $?; docker create --name sized --log-opt max-size=0 busybox true >/dev/null; docker start sized; "
                                        "docker inspect -f '{{.State.Status}} {{.State.ExitCode}} {{.State.Error}}' sized; docker rm sized"},
      {"numbers of log files that are none", "for files in 0 x -1 99999999999999999999; do " + run + "--rm --log-opt max-file=$files busybox true; echo $?; done"},
      {"log files compressed, which is not done here, and not", run + "--rm --log-opt compress=x busybox true; echo $?; " + run + "--rm --log-opt compress=true busybox true; echo $?; " + run +
                                                                    "--rm --log-opt compress=false busybox echo kept"},
  };
}

}  // namespace strates::system_test
