// The failure of a RUN, which the client turns into its own exit code.
#pragma once

#include <string_view>

#include "base/error.hpp"

namespace strates::engine {

// code build.run-failed, wire "The command '/bin/sh -c false' returned a non-zero code: 1".
Error run_failed(std::string_view command, int exit_code);
// Of such an error (errorDetail.code on the wire); 1 for any other.
int build_exit_code(const Error& error);

}  // namespace strates::engine
