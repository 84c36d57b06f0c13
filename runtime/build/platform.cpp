#include "build/platform.hpp"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <string_view>

#include "base/strings.hpp"

namespace strates::build {

namespace {

// Go's, by which one word alone is told apart from an architecture.
constexpr std::string_view kSystems[] = {"aix", "android", "darwin", "dragonfly", "freebsd", "hurd", "illumos", "ios", "js", "linux", "macos", "nacl", "netbsd", "openbsd", "plan9", "solaris", "windows", "zos"};
constexpr std::string_view kArchitectures[] = {
    "386",  "aarch64", "amd64",    "amd64p32",   "arm",   "arm64",   "arm64be", "armbe", "armel", "armhf", "i386",  "mips",    "mips64", "mips64le", "mips64p32",
    "mips64p32le", "mipsle", "ppc", "ppc64", "ppc64le", "riscv", "riscv64", "s390", "s390x", "sparc", "sparc64", "wasm", "x86-64", "x86_64"};

template <size_t N>
bool knows(const std::string_view (&words)[N], const std::string& word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

}  // namespace

Result<void> check_platform(const std::string& text) {
  const auto refuse = [](const std::string& why) { return docker_error(ErrorKind::Invalid, "build.platform", why + ": invalid argument"); };
  if (text.find('*') != std::string::npos) return refuse(go_quote(text) + ": wildcards not yet supported");
  const auto parts = split(text, '/');
  for (const std::string& part : parts) {
    const bool valid = !part.empty() && std::all_of(part.begin(), part.end(), [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-'; });
    if (!valid) return refuse(go_quote(part) + " is an invalid component of " + go_quote(text) + ": platform specifier component must match \"^[A-Za-z0-9_-]+$\"");
  }
  if (parts.size() > 3) return refuse(go_quote(text) + ": cannot parse platform specifier");
  if (const std::string word = to_lower(parts.front()); parts.size() == 1 && !knows(kSystems, word) && !knows(kArchitectures, word))
    return refuse(go_quote(text) + ": unknown operating system or architecture");
  return {};
}

}  // namespace strates::build
