// `-o FILE` of save and export: written beside and renamed, so that an interrupted download leaves no half file under the name.
#pragma once

#include <string>

#include "api/client.hpp"
#include "cli/console.hpp"

namespace strates::cli {

// May it be written? Docker's sentences (command.ValidateOutputPath): "invalid output path: directory "x" does not exist", `... must be a directory or a
// regular file: got a device`.
Result<void> check_output_path(const std::string& path);
// The rest of the stream into the file. On error nothing is left under either name.
Result<void> write_output_file(api::ClientStream& stream, const std::string& path);
// The same to standard output; stops when nobody reads it any more.
Result<void> write_output(api::ClientStream& stream, Console& console);

}  // namespace strates::cli
