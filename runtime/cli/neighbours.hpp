// The programs installed beside this one.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace strates::cli {

// The directory of the running executable.
Result<std::string> program_directory();
// Path of "strates-daemon" and so on; code cli.no-neighbour when it is not there.
Result<std::string> neighbour(const std::string& name);
// Becomes that program. Returns only to say why it could not.
Error exec_neighbour(const std::string& name, const std::vector<std::string>& arguments, const std::vector<std::string>& environment = {});

}  // namespace strates::cli
