// strates-registry: `strates registry ...` and `strates bundle ...` as words in, exit code out.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "cli/console.hpp"
#include "cli/flags.hpp"
#include "registry/program/machine.hpp"
#include "registry/program/shop.hpp"

namespace strates::registry::server {

struct Call {
  const Machine& machine;
  const std::vector<std::string>& words;  // after the command
  cli::Console& console;
};

// words[0]: "registry" or "bundle".
int run_program(const Machine& machine, const std::vector<std::string>& words, cli::Console& console);

Result<int> serve_command(const Call& call);
Result<int> gc_command(const Call& call);
Result<int> preload_command(const Call& call);
Result<int> password_command(const Call& call);
Result<int> bundle_create_command(const Call& call);
Result<int> bundle_list_command(const Call& call);
Result<int> bundle_load_command(const Call& call);

// The flags, or the help printed and no value. code registry.usage
Result<std::optional<cli::ParsedFlags>> read_flags(const Call& call, std::span<const cli::FlagSpec> specs, const char* usage, Text help);
// --root, STRATES_REGISTRY_ROOT, or where a registry lies by default.
std::string root_of(const cli::ParsedFlags& flags);
// --mirror and --mirror-login of a command; `otherwise`: when no --mirror is given. codes registry.usage, and those of Docker's configuration
Result<void> read_mirror(const cli::ParsedFlags& flags, const std::string& otherwise, ShopOptions& options);
// A line of progress; nothing with --json.
void say(const Call& call, const cli::ParsedFlags& flags, const std::string& line);
Error usage_error(const std::string& why);
std::string read_small_file(const std::string& path, bool& found);

}  // namespace strates::registry::server
