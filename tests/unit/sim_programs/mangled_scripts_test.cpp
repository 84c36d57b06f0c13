// Scripts come from outside (a Dockerfile, a student): whatever they hold, the simulator stands and the container can be killed.
#include <doctest/doctest.h>

#include <random>

#include "container_run.hpp"

namespace strates::sim::testing {

TEST_CASE("mangled scripts neither crash the simulator nor keep a killed container alive") {
  static const char* const kScripts[] = {
      "x=1; for i in a 'b c' \"$x\"; do echo ${i:-$(echo \"`pwd`\")} $((x+=2)) | tr a-z A-Z >> f; done; cat < f",
      "f() { local a=$1; case $a in [a-c]*) return 3;; *) shift;; esac; }; f abc && echo y || { echo n >&2; exit 4; }; while read l; do echo \"<$l>\"; done <<E\n$x ${y#*.}\nE\n",
      "set -e; trap 'echo bye' EXIT; (cd /tmp && ls -la | sed -n 's/\\(.\\)x*/[\\1]/gp' | grep -E '^(a|b)+$') & wait $!; until false; do break; done",
      "find / -maxdepth 1 -type d | sort -r | head -n 3 | xargs -n1 basename; printf '%5d|%-3s|%b\\n' 3 a 'x\\ty'; [ a = b -o ! -f /etc/passwd ]; expr 1 + 2 '*' 3; cut -d: -f1,3- /etc/passwd | uniq -c | wc",
  };
  std::mt19937 random(7);  // fixed: the same scripts on every machine
  const std::string alphabet = "'\"`$(){}[]|&;<>\\#*?!=~-/ \n\t%:+@^,.0a\x80";
  TestContainer container("busybox");
  for (int round = 0; round < 400; ++round) {
    std::string script = kScripts[random() % std::size(kScripts)];
    for (unsigned edits = 1 + random() % 4; edits > 0 && !script.empty(); --edits) {
      const size_t at = random() % script.size();
      switch (random() % 4) {
        case 0: script.erase(at, 1 + random() % 5); break;
        case 1: script.insert(at, 1, alphabet[random() % alphabet.size()]); break;
        case 2: script[at] = alphabet[random() % alphabet.size()]; break;
        default: script.insert(at, script.substr(random() % script.size(), random() % 12)); break;
      }
    }
    INFO(script);
    REQUIRE(container.start({"sh", "-c", script}).ok());
    for (int steps = 0; steps < 3000 && !container.ended(); ++steps)
      if (!container.world.processes().step()) {
        const auto timer = container.world.processes().next_timer();
        if (!timer) break;
        container.world.clock().advance_to(*timer);
      }
    if (!container.ended()) {
      CHECK(container.world.processes().signal(container.spec.id, 9).ok());
      container.settle(10);
    }
    CHECK(container.ended());
    container.world.processes().forget(container.spec.id);
  }
}

}  // namespace strates::sim::testing
