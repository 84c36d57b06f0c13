#include "engine/platform.hpp"

#include <algorithm>

#include "base/strings.hpp"

namespace strates::engine {

namespace {

struct Spelling {
  std::string_view written, architecture, variant;
};
constexpr Spelling kSpellings[] = {{"x86_64", "amd64", ""},  {"x86-64", "amd64", ""}, {"amd64", "amd64", ""}, {"i386", "386", ""},     {"i686", "386", ""},     {"386", "386", ""},
                                   {"aarch64", "arm64", ""}, {"arm64", "arm64", ""},  {"armhf", "arm", "v7"}, {"armel", "arm", "v6"}, {"armv7l", "arm", "v7"}, {"armv6l", "arm", "v6"},
                                   {"arm", "arm", "v7"},     {"ppc64le", "ppc64le", ""}, {"s390x", "s390x", ""}, {"riscv64", "riscv64", ""}, {"mips64le", "mips64le", ""}};
constexpr std::string_view kSystems[] = {"linux", "windows", "darwin", "freebsd"};

const Spelling* spelling_of(std::string_view text) {
  for (const auto& one : kSpellings)
    if (one.written == text) return &one;
  return nullptr;
}

// An arm machine runs what is for older ones: v8, v7, v6, v5.
int arm_rank(const std::string& variant) { return variant.size() == 2 && variant[0] == 'v' ? variant[1] - '0' : 0; }

}  // namespace

Result<Platform> parse_platform(const std::string& text, const std::string& machine) {
  Platform out;
  const auto take = [&](const Spelling& spelling) {
    out.architecture = spelling.architecture;
    out.variant = spelling.variant;
  };
  if (const auto* own = spelling_of(machine)) take(*own);
  if (text.empty()) return out;
  const auto unknown = [&] { return docker_error(ErrorKind::Invalid, "pull.platform", go_quote(text) + ": unknown operating system or architecture: invalid argument"); };
  const auto parts = split(to_lower(text), '/');
  const auto is_system = [](const std::string& word) { return std::find(std::begin(kSystems), std::end(kSystems), word) != std::end(kSystems); };
  for (const auto& part : parts)
    if (part.empty() || part.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-.") != std::string::npos)
      return docker_error(ErrorKind::Invalid, "pull.platform", go_quote(text) + " is an invalid component of " + go_quote(text) + ": platform specifier component must match \"^[A-Za-z0-9_-]+$\": invalid argument");
  if (parts.size() > 3) return docker_error(ErrorKind::Invalid, "pull.platform", go_quote(text) + ": cannot parse platform specifier: invalid argument");
  if (parts.size() == 1) {
    if (is_system(parts[0])) {
      out.os = parts[0];
      return out;
    }
    const auto* spelling = spelling_of(parts[0]);
    if (spelling == nullptr) return unknown();
    take(*spelling);
    return out;
  }
  out.os = parts[0];
  out.architecture = parts[1];
  out.variant.clear();
  if (const auto* spelling = spelling_of(parts[1])) take(*spelling);
  if (parts.size() == 3) out.variant = parts[2];
  if (out.architecture == "arm64" && out.variant == "v8") out.variant.clear();
  return out;
}

const image::Descriptor* choose_platform(const std::vector<image::Descriptor>& manifests, const Platform& platform) {
  const image::Descriptor* best = nullptr;
  int best_rank = -1;
  for (const auto& entry : manifests) {
    if (!entry.platform || entry.platform->os != platform.os || entry.platform->architecture != platform.architecture) continue;
    std::string variant = entry.platform->variant;
    if (platform.architecture == "arm64" && variant == "v8") variant.clear();
    int rank = 0;
    if (platform.architecture == "arm") {
      const int wanted = arm_rank(platform.variant.empty() ? "v7" : platform.variant), has = arm_rank(variant.empty() ? "v7" : variant);
      if (has > wanted) continue;
      rank = has;
    } else if (variant != platform.variant && !variant.empty()) {
      continue;
    } else {
      rank = variant == platform.variant ? 1 : 0;
    }
    if (rank > best_rank) {  // of equals, the first
      best = &entry;
      best_rank = rank;
    }
  }
  return best;
}

}  // namespace strates::engine
