#include "engine/signals.hpp"

#include <tuple>

#include "base/strings.hpp"

namespace strates::engine {

namespace {

struct SignalName {
  std::string_view name;
  int number;
};

constexpr SignalName kSignals[] = {
    {"HUP", 1},   {"INT", 2},   {"QUIT", 3},  {"ILL", 4},     {"TRAP", 5},  {"ABRT", 6},  {"IOT", 6},   {"BUS", 7},   {"FPE", 8},   {"KILL", 9},   {"USR1", 10},
    {"SEGV", 11}, {"USR2", 12}, {"PIPE", 13}, {"ALRM", 14},   {"TERM", 15}, {"STKFLT", 16}, {"CHLD", 17}, {"CLD", 17},  {"CONT", 18}, {"STOP", 19},  {"TSTP", 20},
    {"TTIN", 21}, {"TTOU", 22}, {"URG", 23},  {"XCPU", 24},   {"XFSZ", 25}, {"VTALRM", 26}, {"PROF", 27}, {"WINCH", 28}, {"IO", 29},  {"POLL", 29}, {"PWR", 30},
    {"SYS", 31},  {"UNUSED", 31}, {"RTMIN", 34}, {"RTMAX", 64},
};
constexpr int kRealTimeMin = 34;
constexpr int kRealTimeMax = 64;

std::optional<int> small_number(std::string_view text) {
  if (text.empty() || text.size() > 3) return std::nullopt;
  int number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return number;
}

}  // namespace

std::optional<int> parse_signal(std::string_view text) {
  if (const auto number = small_number(text)) {
    if (*number == 0) return std::nullopt;
    return number;
  }
  std::string name = to_upper(text);
  if (name.starts_with("SIG")) name.erase(0, 3);
  for (const auto& row : kSignals)
    if (row.name == name) return row.number;
  for (const auto& [prefix, base, sign] : {std::tuple{"RTMIN+", kRealTimeMin, 1}, std::tuple{"RTMAX-", kRealTimeMax, -1}}) {
    if (!name.starts_with(prefix)) continue;
    const auto offset = small_number(std::string_view(name).substr(6));
    if (!offset || *offset > kRealTimeMax - kRealTimeMin) return std::nullopt;
    return base + sign * *offset;
  }
  return std::nullopt;
}

bool is_signal(int number) { return (number > 0 && number <= 31) || (number >= kRealTimeMin && number <= kRealTimeMax); }

std::string signal_name(int number) {
  for (const auto& row : kSignals)
    if (row.number == number) return "SIG" + std::string(row.name);
  return "SIG" + std::to_string(number);
}

}  // namespace strates::engine
