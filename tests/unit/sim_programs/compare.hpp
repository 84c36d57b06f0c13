// Runs a script in a simulated container and in the real thing, and compares bytes and exit codes.
#pragma once

#include <string>

namespace strates::sim::testing {

struct Case {
  const char* script;
  const char* input = "";
};

void compare_busybox(const Case* cases, size_t count);
void compare_debian(const Case* cases, size_t count);

template <size_t N>
void compare_busybox(const Case (&cases)[N]) { compare_busybox(cases, N); }
template <size_t N>
void compare_debian(const Case (&cases)[N]) { compare_debian(cases, N); }

}  // namespace strates::sim::testing
