// Does a program need a dynamic loader?
#pragma once

#include <string>

namespace strates::cli {

// An ELF executable without PT_INTERP (System V ABI, "Program Header"): it runs in an image that holds nothing else.
bool is_static_program(const std::string& path);

}  // namespace strates::cli
