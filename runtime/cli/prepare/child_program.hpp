// Runs another program to its end and reads what it says.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace strates::cli {

struct ProgramEnd {
  int exit_code = 0;   // 128 + signal when one ended it
  std::string output;  // standard output, at most 1 MB
};

// `said`: each line of its standard error. The program is in a group of its own and is ended with this one.
Result<ProgramEnd> run_program(const std::vector<std::string>& arguments, const std::function<void(const std::string& line)>& said = nullptr);

}  // namespace strates::cli
