#include "tests/system/harness/oci_schemas.hpp"

#include <filesystem>

#include "tests/support/places.hpp"

namespace strates::system_test {

namespace {

constexpr const char* kSchemas = "/usr/share/gocode/src/github.com/opencontainers/image-spec/schema";
constexpr const char* kPython = "/usr/bin/python3";  // Debian's own: the package is for it

}  // namespace

std::string why_no_oci_schemas() {
  if (!std::filesystem::exists(std::string(kSchemas) + "/config-schema.json")) return std::string("no schemas in ") + kSchemas + " (golang-github-opencontainers-image-spec-dev)";
  return run({kPython, "-c", "import jsonschema"}).exit == 0 ? "" : "python3-jsonschema is not installed";
}

Result ask_oci_schemas(const std::string& what, std::vector<std::string> names) {
  names.insert(names.begin(), {kPython, "-W", "ignore", strates::testing::source_dir() + "/tests/system/harness/oci_schemas.py", kSchemas, what});
  return run(names);
}

}  // namespace strates::system_test
