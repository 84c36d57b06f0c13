// Finds the program a container names, with the sentences runc 1.1 has for it (Go 1.19's exec.LookPath).
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace strates::linux_world {

// The last "PATH=..." counts. Relative to the calling process's root and working directory, as its user.
// codes process.not-found, process.permission; the cause is Docker's.
Result<std::string> find_executable(const std::string& name, const std::vector<std::string>& env);
// The execve of a program that was found failed: a missing interpreter, a format the kernel does not know.
Error execute_error(const std::string& path, int error_number);
// As Go words it: "no such file or directory".
std::string go_error(int error_number);
// The last value, as the kernel's later entries win in a shell; null when absent.
const char* env_value(const std::vector<std::string>& env, std::string_view name);

}  // namespace strates::linux_world
