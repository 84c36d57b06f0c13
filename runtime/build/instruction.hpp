// A Dockerfile's instructions, each with what it takes (BuildKit, frontend/dockerfile/instructions), and the stages they fall into.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "build/dockerfile.hpp"
#include "image/config.hpp"

namespace strates::build {

// `["sh", "-c", "x"]`, or for a shell form the one text a shell is to run.
struct CommandLine {
  std::vector<std::string> words;
  bool shell_form = false;
};

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct From {
  std::string base, name, platform;  // name in lower case; empty: none
};
struct Run {
  CommandLine command;
  std::vector<std::string> flags;  // names of those used: "mount"
};
struct Copy {
  bool add = false;
  std::vector<std::string> sources;
  std::string destination;
  std::string from, chown, chmod, checksum;
  std::vector<std::string> flags;  // names of those used, those above included
};
struct Arg {
  std::vector<std::pair<std::string, std::optional<std::string>>> values;
};
struct Cmd {
  CommandLine command;
};
struct Entrypoint {
  CommandLine command;
};
struct Env {
  Pairs values;
};
struct Label {
  Pairs values;
  bool literal = false;  // from --label: no variable is replaced in it
};
struct Workdir {
  std::string path;
};
struct Expose {
  std::vector<std::string> ports;  // sorted, as written: "8000-8010/udp"
};
struct User {
  std::string user;
};
struct Maintainer {
  std::string name;
};
struct Volume {
  std::vector<std::string> paths;
};
struct StopSignal {
  std::string signal;
};
struct Onbuild {
  std::string expression;  // "RUN make"
};
struct Shell {
  std::vector<std::string> words;
};
struct Health {
  image::Healthcheck check;
};

using Instruction = std::variant<From, Run, Copy, Arg, Cmd, Entrypoint, Env, Label, Workdir, Expose, User, Maintainer, Volume, StopSignal,
                                 Onbuild, Shell, Health>;

struct Step {
  Instruction instruction;
  std::string text;  // as written, continuations joined
  int line = 0;      // its first, from 1
  std::vector<Heredoc> heredocs;
};

struct Stage {
  From from;
  std::string text;
  int line = 0;
  std::vector<Step> steps;
};

struct Stages {
  std::vector<Step> arguments;  // ARG before the first FROM
  std::vector<Stage> stages;
};

// One instruction, nothing expanded. code dockerfile.instruction, Docker's sentences without the line.
Result<Step> parse_instruction(const Node& node, Dialect dialect = Dialect::BuildKit);
// All of a file. An error names its line: "dockerfile parse error line 2: unknown instruction: FROBNICATE".
Result<Stages> parse_stages(const Dockerfile& file, Dialect dialect = Dialect::BuildKit);

// What `docker build --label key=value` adds to the last stage.
Step label_step(const std::string& key, const std::string& value);

// Replaces the words in which an instruction allows variables. RUN, CMD, ENTRYPOINT, SHELL, HEALTHCHECK, ONBUILD and MAINTAINER have none;
// EXPOSE's may become several words, which is its caller's to do.
using ExpandWord = std::function<Result<std::string>(std::string_view word)>;
Result<Instruction> expand_instruction(const Instruction& instruction, const ExpandWord& expand);

// "<what> BuildKit. Refer to ... to learn how ...".
std::string needs_buildkit(std::string_view what);

}  // namespace strates::build
