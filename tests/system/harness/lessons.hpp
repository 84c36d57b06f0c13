// Playing the course's lessons from outside.
#pragma once

#include <string>
#include <vector>

#include "tests/system/harness/daemon.hpp"

namespace strates::system_test {

// Empty: strates-learn is built.
std::string why_not_learn();
// The course's own lessons.
std::string lessons_folder();
// `strates learn` on the course, against this daemon.
Result learn(Daemon& daemon, std::vector<std::string> words, Milliseconds limit = Milliseconds(60'000));
// Fails the test unless a lesson, played in English, ended with all its checks passed and all its proofs found.
void check_played(const Result& result, const std::string& log);

}  // namespace strates::system_test
