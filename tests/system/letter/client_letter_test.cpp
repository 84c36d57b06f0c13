// Our docker against Debian's, on the same engine; our docker in both worlds: to the letter, but for the rows of the tables in commands.cpp.
#include <doctest/doctest.h>

#include <map>
#include <regex>

#include "tests/system/harness/daemon.hpp"
#include "tests/system/harness/normalise.hpp"
#include "tests/system/letter/commands.hpp"

using namespace strates::system_test;

namespace {

struct Answer {
  int exit = -1;
  std::string out, err;
};
using Transcript = std::map<std::string, Answer>;

// All of the list on a fresh engine. What a container left is checked by the next test's leak watch and by the stop.
Transcript play(World world, Client client, bool only_short = false) {
  const TemporaryRoot root;
  LeakWatch watch(root);
  write_letter_files(root);
  Daemon daemon(root, world);
  daemon.prepare({"busybox", "hello-world"});
  const std::vector<std::pair<std::string, std::string>> paths = {{root.daemon_root(), "<root>"}, {root.socket(), "<socket>"}, {root.work(), "<work>"}, {root.path(), "<test>"}};
  Transcript transcript;
  for (const auto& command : letter_commands()) {
    if (only_short && std::find(short_list().begin(), short_list().end(), command.label) == short_list().end()) continue;
    if (world == World::Sim && command.worlds == In::LinuxOnly) continue;
    const auto result = daemon.docker(command.script, client, Milliseconds(30'000));
    CHECK_FALSE_MESSAGE(result.timed_out, command.label << ": " << command.script << " did not end:\n" << result.all() << "\ndaemon:\n" << daemon.log());
    REQUIRE_MESSAGE(daemon.running(), "the daemon ended during " << command.script << ":\n" << daemon.log());
    CHECK(transcript.emplace(command.label, Answer{result.exit, normalise(result.out, paths), normalise(result.err, paths)}).second);
  }
  daemon.docker("docker rm -f $(docker ps -aq) 2>/dev/null");
  const int code = daemon.stop();
  CHECK_MESSAGE(code == 0, "the daemon ended with " << code << ":\n" << daemon.log());
  const auto left = watch.left();
  CHECK_MESSAGE(left.empty(), "left behind:\n" << joined(left));
  return transcript;
}

// A line break in front lets a pattern ask for a line's beginning.
std::string without(const std::string& text, const std::string& pattern) {
  if (pattern.empty()) return {};
  return std::regex_replace("\n" + text, std::regex(pattern), "");
}

void compare(const Transcript& first, const Transcript& second, const std::vector<AcceptedDifference>& accepted) {
  for (const auto& command : letter_commands()) {
    const auto a = first.find(command.label), b = second.find(command.label);
    if (a == first.end() || b == second.end()) continue;
    Answer one = a->second, other = b->second;
    CHECK_MESSAGE(one.exit == other.exit, command.label << ": " << command.script << "\nexit " << one.exit << " and " << other.exit << "\n" << one.out << one.err << "\n" << other.out << other.err);
    const bool same = one.out == other.out && one.err == other.err;
    for (const auto& row : accepted) {
      if (row.label != command.label) continue;
      // Which of two ends is first can make an output the same by chance: those rows speak of a time.
      CHECK_FALSE_MESSAGE((same && row.pattern.find("time=") == std::string::npos), row.label << ": the difference accepted (" << row.reason << ") no longer exists: remove its row");
      for (std::string* text : {&one.out, &one.err, &other.out, &other.err}) *text = without(*text, row.pattern);
    }
    const std::string out = difference(one.out, other.out), err = difference(one.err, other.err);
    CHECK_MESSAGE(out.empty(), command.label << ": " << command.script << "\nstdout:\n" << out);
    CHECK_MESSAGE(err.empty(), command.label << ": " << command.script << "\nstderr:\n" << err);
  }
}

// Both tests of the Linux world need our client's transcript: made once.
const Transcript& ours_on_linux() {
  static const Transcript transcript = play(World::Linux, Client::Ours);
  return transcript;
}

}  // namespace

TEST_CASE("every label of the tables names a command") {
  std::map<std::string, int> labels;
  for (const auto& command : letter_commands()) CHECK_MESSAGE(++labels[command.label] == 1, command.label);
  for (const auto& label : short_list()) CHECK_MESSAGE(labels.count(label) == 1, label);
  for (const auto* rows : {&accepted_between_clients(), &accepted_between_worlds(), &accepted_between_versions()})
    for (const auto& row : *rows) {
      CHECK_MESSAGE(labels.count(row.label) == 1, row.label);
      CHECK_FALSE(row.reason.empty());
    }
  CHECK(letter_commands().size() >= 60);
}

TEST_CASE("our docker says what Debian's docker says, to the letter") {
  if (skipped(why_not(World::Linux)) || skipped(why_not(Client::Debian))) return;
  compare(ours_on_linux(), play(World::Linux, Client::Debian), accepted_between_clients());
}

TEST_CASE("Docker's client of today works with our engine, and prints otherwise only where the list says so") {
  if (skipped(why_not(World::Linux)) || skipped(why_not(Client::Newer))) return;
  compare(ours_on_linux(), play(World::Linux, Client::Newer, true), accepted_between_versions());
}

TEST_CASE("the simulator answers as real containers do, to the letter") {
  if (skipped(why_not(World::Linux))) return;
  compare(ours_on_linux(), play(World::Sim, Client::Ours), accepted_between_worlds());
}
