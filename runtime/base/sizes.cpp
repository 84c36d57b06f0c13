#include "base/sizes.hpp"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <span>

#include "base/strings.hpp"
#include "base/text.hpp"

namespace strates {

namespace {

std::string scaled(double size, double base, std::span<const char* const> units, int digits) {
  size_t at = 0;
  while (size >= base && at + 1 < units.size()) {
    size /= base;
    ++at;
  }
  char text[64];
  std::snprintf(text, sizeof text, "%.*g%s", digits, size, units[at]);
  return text;
}

// Go's "%8v".
std::string right(const std::string& text, size_t width) { return std::string(width > text.size() ? width - text.size() : 0, ' ') + text; }

}  // namespace

std::string human_size(double bytes, int digits) {
  static constexpr const char* kUnits[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"};
  return scaled(bytes, 1000, kUnits, digits);
}

std::string told_size(std::uint64_t bytes) {
  if (bytes < 1000) return tr(bytes < 2 ? Text::ByteCountOne : Text::ByteCount, bytes);
  const bool french = language() == Language::French;
  const char* const units[] = {french ? "ko" : "kB", french ? "Mo" : "MB", french ? "Go" : "GB", french ? "To" : "TB"};
  double value = static_cast<double>(bytes) / 1000;
  size_t unit = 0;
  while (value >= 999.95 && unit + 1 < std::size(units)) {
    value /= 1000;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof text, value < 10 ? "%.1f" : "%.0f", value);
  return (french ? replace_all(text, ".", ",") + "\u00a0" : std::string(text) + " ") + units[unit];
}

std::string bytes_size(double bytes) {
  static constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"};
  return scaled(bytes, 1024, kUnits, 4);
}

std::string progress_bar(std::int64_t done, std::int64_t total, unsigned columns) {
  constexpr unsigned kLeast = 110;
  constexpr int kHalves = 50;  // the bar's length; each stands for two hundredths
  if (done <= 0 && total <= 0) return "";
  const std::string current = right(human_size(static_cast<double>(done)), 8);
  if (total <= 0) return current;
  const auto full = static_cast<size_t>(std::clamp(static_cast<int>(static_cast<double>(done) / static_cast<double>(total) * 100) / 2, 0, kHalves));
  const std::string bar = columns > kLeast ? "[" + std::string(full, '=') + ">" + std::string(kHalves - full, ' ') + "] " : "";
  // More than there should be: the total is not to be believed.
  return bar + current + (done > total ? "" : "/" + human_size(static_cast<double>(total)));
}

}  // namespace strates
