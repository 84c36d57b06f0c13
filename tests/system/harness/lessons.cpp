#include "tests/system/harness/lessons.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <regex>

#include "tests/support/places.hpp"

namespace strates::system_test {

std::string why_not_learn() { return std::filesystem::exists(program("strates-learn")) ? "" : "strates-learn is not built"; }

std::string lessons_folder() { return strates::testing::source_dir() + "/lessons/cours"; }

Result learn(Daemon& daemon, std::vector<std::string> words, Milliseconds limit) {
  words.insert(words.begin(), {"learn", "--lessons", lessons_folder(), "--host", daemon.host()});
  Options options;
  options.limit = limit;
  return daemon.strates(words, options);
}

// "Leçon terminée : N vérifications réussies sur N." in French, "Lesson finished: N checks passed of N." in English.
void check_played(const Result& result, const std::string& log) {
  REQUIRE_FALSE(result.timed_out);
  CHECK_MESSAGE(result.exit == 0, "exit " << result.exit << ":\n" << result.all() << "\ndaemon:\n" << log);
  std::smatch found;
  REQUIRE_MESSAGE(std::regex_search(result.out, found, std::regex("Lesson finished: ([0-9]+) checks passed of ([0-9]+)")), result.all());
  CHECK(found[1] == found[2]);
  CHECK(std::stoi(found[1]) >= 10);
  CHECK_MESSAGE(result.out.find("is not in the trace") == std::string::npos, result.out);
}

}  // namespace strates::system_test
