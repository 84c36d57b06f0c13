// `docker compose ...` as words in, exit code out.
#pragma once

#include "cli/compose/call.hpp"

namespace strates::cli {

// `words` come after "compose". Everything is printed; the result is the exit code.
int run_compose(Session& session, const ComposePorts& ports, const ComposeSurroundings& around, const std::vector<std::string>& words);

}  // namespace strates::cli
