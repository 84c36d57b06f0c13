#include "sim/programs/call.hpp"

#include "base/strings.hpp"
#include "sim/programs/program_table.hpp"

namespace strates::sim {

int Call::unknown_option(std::string_view option) {
  const std::string known(program_summary(base_name(args.front())));
  return refuse("option " + std::string(option) + (known.empty() ? "" : "; what is simulated: " + known));
}

std::string reason(const Error& error) { return std::string(errno_text(errno_of(error))); }

}  // namespace strates::sim
