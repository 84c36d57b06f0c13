// Variables and labels from files (--env-file, --label-file) and from flags, as docker/cli reads them (opts/file.go).
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace strates::cli {

enum class KeyValues {
  Variables,  // one without value takes this process's; one that is not set here is left out of a file, and unsets when it was a flag
  Labels,     // a line of a file without value is left out
};

// Files first, then flags, in their order. code cli.run: "poorly formatted environment: ..."
Result<std::vector<std::string>> key_values(const std::vector<std::string>& files, const std::vector<std::string>& flags, KeyValues kind);

}  // namespace strates::cli
