// What `docker run` and `docker create` share: the flags that describe a container and the request made of them.
#pragma once

#include <string>

#include "base/json.hpp"
#include "cli/command.hpp"

namespace strates::cli {

struct ContainerSpec {
  std::string image, name, platform, cidfile, pull;
  bool attach_in = false, attach_out = false, attach_err = false;
  bool tty = false, open_stdin = false, auto_remove = false;
};

enum class Detach { No, Yes };

// Reads flags and arguments; errors are Docker's sentences, without "docker: ".
Result<ContainerSpec> container_spec(const ParsedFlags& flags, Detach detach);
// The body of POST /containers/create, every key that the real client sends, in its order.
Result<Json> create_body(const ParsedFlags& flags, const ContainerSpec& spec, TerminalSize size);
// The flags of both commands that Docker documents, sorted out into what Strates has and what it refuses by name.
std::span<const FlagSpec> container_flags();

// --restart: "on-failure:3" as Docker's {"Name", "MaximumRetryCount"}. What the name may be is the daemon's to say.
Result<Json> restart_policy_json(const std::string& text);

struct Created {
  std::string id;
};
// Creates, after asking for the image when it is absent; prints what Docker prints meanwhile; writes the cidfile.
Result<Created> create_container(Invocation& invocation, const ContainerSpec& spec);

// "docker: MESSAGE." and perhaps "See 'docker run --help'.", on standard error.
enum class WithHelp { No, Yes };
void report_error(Invocation& invocation, const std::string& message, WithHelp help);

}  // namespace strates::cli
