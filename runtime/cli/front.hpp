// `strates ...` as words in, exit code out: options, engine, then the command.
#pragma once

#include <string>
#include <vector>

#include "cli/console.hpp"

namespace strates::cli {

// `program`: argv[0]. Called `docker` (a symbolic link), it is Docker's command line.
int run_front(const std::string& program, const std::vector<std::string>& words, Console& console);

}  // namespace strates::cli
