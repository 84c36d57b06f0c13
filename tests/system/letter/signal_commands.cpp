// Signals to `docker run` in the foreground: passed on, or not; the exit codes. TEST_CLIENT: timeout cannot start a shell's function.
#include "tests/system/letter/commands.hpp"

namespace strates::system_test {

std::vector<LetterCommand> signal_commands() {
  const std::string client = "\"$TEST_CLIENT\" $TEST_CLIENT_WORD run --network none ";
  const auto after = [&](const std::string& signal) { return "timeout --preserve-status -s " + signal + " 3 " + client; };
  return {
      {"run, attached to its input only", "echo fed | " + client + "--name fed -i -a stdin busybox cat; docker wait fed; docker logs fed; docker rm fed"},
      {"run, interrupted, with a program that minds", after("INT") + "--rm busybox sh -c 'trap \"echo got; exit 7\" INT; while :; do sleep 0.1; done'; echo $?"},
      {"run, hung up, with a program that minds", after("HUP") + "--rm busybox sh -c 'trap \"echo hung; exit 8\" HUP; while :; do sleep 0.1; done'; echo $?"},
      {"run, interrupted, with a program that dies of it", after("INT") + "--rm --init busybox sleep 100; echo $?", In::LinuxOnly},
      {"run, ended, with a program that dies of it", after("TERM") + "--rm --init busybox sleep 100; echo $?", In::LinuxOnly},
      {"run, interrupted, passing nothing on", after("INT") + "--name deaf --sig-proxy=false busybox sh -c 'trap \"exit 7\" INT; while :; do sleep 0.1; done'; echo $?; docker inspect -f '{{.State.Running}}' deaf; docker rm -f deaf"},
  };
}

}  // namespace strates::system_test
