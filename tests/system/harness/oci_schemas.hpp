// The JSON schemas of the OCI image specification (Debian's golang-github-opencontainers-image-spec-dev), asked by Debian's python3-jsonschema.
#pragma once

#include <string>
#include <vector>

#include "tests/system/harness/process.hpp"

namespace strates::system_test {

// Empty: both are here.
std::string why_no_oci_schemas();
// `what`: "layout", "config" or "tables", and names of folders or files; exit 0 where all of them hold to the schemas (oci_schemas.py).
Result ask_oci_schemas(const std::string& what, std::vector<std::string> names);

}  // namespace strates::system_test
