#include "cli/usage.hpp"
#include "support.hpp"

using namespace strates;
using namespace strates::cli;
using namespace strates::cli::test;

namespace {

// Blanks and line ends do not count: a flag's place depends on which others are listed.
std::string squeezed(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != ' ' && c != '\n') out += c;
    else if (!out.empty() && out.back() != ' ') out += ' ';
  }
  return out;
}

bool complete(const Command& command) {
  for (const FlagSpec& flag : command.flags)
    if (flag.support == FlagSupport::NotYet) return false;
  return true;
}

}  // namespace

TEST_CASE("the help of a command is Docker's, to the letter, when Strates has all of its flags") {
  const auto recorded = reference("help");
  if (recorded.empty()) return;
  size_t whole = 0, parts = 0;
  for (const Command& command : docker_commands()) {
    const auto found = recorded.find(command_path(command) + " --help");
    if (found == recorded.end() || command.handler == nullptr) continue;
    INFO(command_path(command));
    if (complete(command)) {
      CHECK(command_help(command) == found->second.out);
      ++whole;
      continue;
    }
    const std::string all = squeezed(found->second.out);
    const std::string shown = command_help(command);
    CHECK(found->second.out.starts_with(shown.substr(0, shown.find("\nOptions:"))));
    for (const FlagSpec& flag : command.flags) {
      if (flag.support == FlagSupport::NotYet) continue;
      INFO(flag.name);
      CHECK(all.find(squeezed(flag_usages({&flag, 1}, 79))) != std::string::npos);
      ++parts;
    }
  }
  MESSAGE(whole << " helps are whole, of the others " << parts << " flags are there");
  CHECK(whole + parts >= 39);
}

TEST_CASE("docker --help lists what Strates has, in Docker's words") {
  const auto recorded = reference("help");
  if (recorded.empty()) return;
  const std::string all = squeezed(recorded.at("docker --help").out);
  for (const std::string& line : split_lines(docker_help())) {
    INFO(line);
    CHECK(all.find(squeezed(line)) != std::string::npos);
  }
}

TEST_CASE("the number of arguments is refused in Docker's words, exit code 1") {
  Stage stage;
  const Ran run = stage.docker({"run"});
  CHECK(run.code == 1);
  CHECK(run.err == "\"docker run\" requires at least 1 argument.\nSee 'docker run --help'.\n\nUsage:  docker run [OPTIONS] IMAGE [COMMAND] [ARG...]\n\n"
                   "Run a command in a new container\n");
  CHECK(stage.docker({"exec", "web"}).err.starts_with("\"docker exec\" requires at least 2 arguments.\n"));
  CHECK(stage.docker({"rename", "a"}).err.starts_with("\"docker rename\" requires exactly 2 arguments.\n"));
  CHECK(stage.docker({"ps", "x"}).err.starts_with("\"docker ps\" accepts no arguments.\n"));
  CHECK(stage.docker({"images", "a", "b"}).err.starts_with("\"docker images\" requires at most 1 argument.\n"));
  CHECK(stage.docker({"commit"}).err.starts_with("\"docker commit\" requires at least 1 and at most 2 arguments.\n"));
  for (const Asked& asked : run.asked) FAIL(asked.line);
}

TEST_CASE("a wrong flag is refused with exit code 125, an unknown command with 1") {
  Stage stage;
  const auto recorded = reference("run-errors");
  Ran ran = stage.docker({"run", "--frob"});
  CHECK(ran.code == 125);
  CHECK(ran.err == "unknown flag: --frob\nSee 'docker run --help'.\n");
  if (!recorded.empty()) CHECK(ran.err == recorded.at("docker run --frob").err);
  ran = stage.docker({"frob"});
  CHECK(ran.code == 1);
  CHECK(ran.err == "docker: 'frob' is not a docker command.\nSee 'docker --help'\n");
  ran = stage.docker({"manifest", "inspect", "busybox"});
  CHECK(ran.code == 1);
  CHECK(ran.err.starts_with("docker manifest: "));
  ran = stage.docker({"container", "ls", "--help"});
  CHECK(ran.out.starts_with("\nUsage:  docker container ls [OPTIONS]\n"));
}

TEST_CASE("every row of the table is well formed") {
  for (const Command& command : docker_commands()) {
    INFO(command.name);
    if (command.handler == nullptr) continue;
    CHECK_FALSE(command.brief.empty());
    std::string letters;
    std::vector<std::string_view> names;
    for (const FlagSpec& flag : command.flags) {
      INFO(flag.name);
      CHECK(std::find(names.begin(), names.end(), flag.name) == names.end());
      names.push_back(flag.name);
      if (flag.shorthand != 0) CHECK(letters.find(flag.shorthand) == std::string::npos);
      letters += flag.shorthand != 0 ? std::string(1, flag.shorthand) : "";
      if (flag.support == FlagSupport::Yes) CHECK_FALSE(flag.help.empty());
    }
  }
}
