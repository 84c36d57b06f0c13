#include "linux/network/docker_rules.hpp"

#include <algorithm>

#include "base/strings.hpp"

namespace strates::linux_world {

namespace {

std::string mark(const std::string& table, const std::string& interface) { return "comment \"" + table + " " + interface; }

}  // namespace

// In front: what follows in the chain may be a return or somebody's own drop.
std::string plan_passage(const std::string& table, const std::string& interface) {
  std::string out;
  for (const char* way : {"iifname", "oifname"})
    out += "insert rule ip filter DOCKER-USER " + std::string(way) + " \"" + interface + "\" counter accept " + mark(table, interface) + "\"\n";
  return out;
}

std::string plan_no_passage(const std::string& table, const std::string& interface, const std::string& chain) {
  const std::string wanted = interface.empty() ? mark(table, "") : mark(table, interface) + "\"";
  constexpr std::string_view kHandle = "# handle ";
  std::string out;
  for (const auto& line : split_lines(chain)) {
    const size_t at = line.rfind(kHandle);
    if (at == std::string::npos || line.find(wanted) == std::string::npos) continue;
    const std::string handle = line.substr(at + kHandle.size());
    const bool number = !handle.empty() && std::all_of(handle.begin(), handle.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (number) out += "delete rule ip filter DOCKER-USER handle " + handle + "\n";
  }
  return out;
}

}  // namespace strates::linux_world
