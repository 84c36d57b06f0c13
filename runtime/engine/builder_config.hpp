// What an instruction that runs nothing does to the configuration of the image, shared by builds and `commit --change`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "build/instruction.hpp"
#include "image/config.hpp"

namespace strates::engine {

struct ConfigState {
  image::RunConfig config;
  std::string maintainer;
  bool cmd_set = false;  // by a CMD of this stage: an ENTRYPOINT then leaves it
};

struct ConfigChange {
  std::string comment;  // what history shows after "#(nop) ": `CMD ["sh"]`
  std::string notice;   // said to the user; may be empty
};

// Replaces variables; EXPOSE's ports may become several. Errors: Docker's sentence, kind Invalid.
Result<build::Instruction> expand_step(const build::Instruction& instruction, const std::vector<std::string>& environment, char32_t escape);
// None: the instruction is none of these (FROM, RUN, COPY, ARG). The instruction is expanded already.
Result<std::optional<ConfigChange>> apply_config(const build::Instruction& instruction, ConfigState& state);

// The shell that runs shell forms: SHELL's, or /bin/sh -c.
image::StringList shell_of(const image::RunConfig& config);
// The words to run: a shell form behind its shell.
image::StringList resolve_command(const build::CommandLine& command, const image::RunConfig& config);
// The container configurations that name a step in the cache and in history. Old instructions carry the comment in one argument with the mark.
image::RunConfig with_comment(image::RunConfig config, const std::string& comment);
image::RunConfig with_single_comment(image::RunConfig config, const std::string& comment);

}  // namespace strates::engine
