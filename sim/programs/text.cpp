// Programs that need all of their input before they write: sort, sha256sum.
#include <algorithm>

#include "base/strings.hpp"
#include "sim/process/container_kernel.hpp"
#include "sim/programs/atomic.hpp"
#include "sim/programs/options.hpp"

namespace strates::sim::programs {

namespace {

// The bytes of an operand ("-": standard input). False: `code` says what run() must return.
bool take_operand(Call& call, const std::string& operand, std::string& bytes, std::string& why, int& code) {
  if (operand == "-") {
    const std::string* input = call.standard_input();
    if (input == nullptr) {
      call.drop_output();
      code = kNeedsInput;
      return false;
    }
    bytes = *input;
    return true;
  }
  auto file = call.process.open_for_reading(operand);
  if (!file.ok()) {
    why = reason(file.error());
    return false;
  }
  for (;;) {
    Reading reading = file.value()->read(1 << 20);
    if (reading.kind == Reading::Kind::Failed) {
      why = reading.error;
      return false;
    }
    if (reading.kind != Reading::Kind::Data) return true;
    bytes += reading.bytes;
    if (bytes.size() > (256u << 20)) {
      why = "File too large";
      return false;
    }
  }
}

// The number at the beginning of a line, as sort -n compares.
long double leading_number(std::string_view line) {
  size_t at = line.find_first_not_of(" \t");
  if (at == std::string_view::npos) return 0;
  const bool negative = line[at] == '-';
  if (negative) ++at;
  long double value = 0, scale = 1;
  bool fraction = false;
  for (; at < line.size(); ++at) {
    if (line[at] == '.' && !fraction) {
      fraction = true;
      continue;
    }
    if (line[at] < '0' || line[at] > '9') break;
    value = value * 10 + (line[at] - '0');
    if (fraction) scale *= 10;
  }
  return (negative ? -value : value) / scale;
}

}  // namespace

int sort(Call& call) {
  const Options options = parse_options(call.args, "rnuk:t:", {{"reverse", 'r'}, {"numeric-sort", 'n'}, {"unique", 'u'}});
  if (!options.bad.empty()) return call.unknown_option(options.bad);
  size_t field = 0, last_field = 0;
  bool numeric = options.has('n'), reverse = options.has('r');
  if (options.has('k')) {
    std::string key = options.value('k');
    if (options.values.at('k').size() > 1) return call.refuse("more than one -k");
    while (!key.empty() && (key.back() == 'n' || key.back() == 'r')) {
      (key.back() == 'n' ? numeric : reverse) = true;
      key.pop_back();
    }
    const size_t comma = key.find(',');
    std::uint64_t number = 0, end = 0;
    if (!parse_number(key.substr(0, comma), 10'000, number) || number == 0) return call.refuse("-k " + options.value('k'));
    if (comma != std::string::npos && (!parse_number(key.substr(comma + 1), 10'000, end) || end < number)) return call.refuse("-k " + options.value('k'));
    field = static_cast<size_t>(number);
    last_field = static_cast<size_t>(end);
  }
  const std::string separator = options.value('t');
  if (separator.size() > 1) return call.refuse("-t " + separator);
  std::vector<std::string> operands = options.operands;
  if (operands.empty()) operands.push_back("-");
  std::vector<std::string> lines;
  for (const std::string& operand : operands) {
    std::string bytes, why;
    int code = 0;
    if (!take_operand(call, operand, bytes, why, code)) {
      if (code != 0) return code;
      if (call.busybox()) return call.fail(operand + ": " + why, 2);
      return call.fail((why == "Is a directory" ? "read failed: " : "cannot read: ") + operand + ": " + why, 2);
    }
    for (std::string& line : split_lines(bytes)) lines.push_back(std::move(line));
  }
  const auto key = [&](const std::string& line) -> std::string {
    if (field == 0) return line;
    size_t at = 0, start = 0, end = line.size();
    for (size_t index = 1; at <= line.size(); ++index) {
      if (index == field) start = at;
      size_t next = at;
      if (!separator.empty()) {
        next = std::min(line.find(separator, at), line.size());
      } else {
        while (next < line.size() && (line[next] == ' ' || line[next] == '\t')) ++next;
        while (next < line.size() && line[next] != ' ' && line[next] != '\t') ++next;
      }
      if (index < field && next >= line.size()) return "";
      if (index == last_field) {
        end = next;
        break;
      }
      if (next >= line.size()) break;
      at = separator.empty() ? next : next + 1;
    }
    return line.substr(start, end - start);
  };
  const auto order = [&](const std::string& a, const std::string& b) {
    if (numeric) {
      const long double left = leading_number(key(a)), right = leading_number(key(b));
      return left < right ? -1 : left > right ? 1 : 0;
    }
    return key(a).compare(key(b));
  };
  std::stable_sort(lines.begin(), lines.end(), [&](const std::string& a, const std::string& b) {
    int how = order(a, b);
    if (how != 0) return reverse ? how > 0 : how < 0;
    if (options.has('u')) return false;  // the first of equals is kept
    how = a.compare(b);
    return options.has('r') ? how > 0 : how < 0;
  });
  for (size_t i = 0; i < lines.size(); ++i) {
    if (options.has('u') && i > 0 && order(lines[i - 1], lines[i]) == 0) continue;
    call.out(lines[i] + "\n");
  }
  return 0;
}

int sha256sum(Call& call) {
  const Options options = parse_options(call.args, "cs", {{"check", 'c'}, {"status", 's'}});
  if (!options.bad.empty() || options.has('s')) return call.unknown_option(options.bad.empty() ? "-s" : options.bad);
  std::vector<std::string> operands = options.operands;
  if (operands.empty()) operands.push_back("-");
  int code = 0;
  const auto cannot = [&](const std::string& operand, const std::string& why) {
    if (call.busybox()) return call.fail(why == "Is a directory" ? "can't read '" + operand + "': " + why : "can't open '" + operand + "': " + why);
    return call.fail(operand + ": " + why);
  };
  if (!options.has('c')) {
    for (const std::string& operand : operands) {
      std::string bytes, why;
      int now = 0;
      if (!take_operand(call, operand, bytes, why, now)) {
        if (now != 0) return now;
        code = cannot(operand, why);
        continue;
      }
      call.out(call.process.kernel.hasher().sha256_hex(bytes) + "  " + operand + "\n");
    }
    return code;
  }
  size_t wrong = 0, checked = 0, unreadable = 0;
  for (const std::string& operand : operands) {
    std::string list, why;
    int now = 0;
    if (!take_operand(call, operand, list, why, now)) {
      if (now != 0) return now;
      code = cannot(operand, why);
      continue;
    }
    for (const std::string& line : split_lines(list)) {
      if (line.size() < 67 || !is_hex(std::string_view(line).substr(0, 64)) || line[64] != ' ') return call.refuse("the line '" + line + "' of a list");
      const std::string name = line.substr(66), wanted = to_lower(line.substr(0, 64));
      ++checked;
      std::string bytes;
      if (name == "-" || !take_operand(call, name, bytes, why, now)) {
        code = cannot(name, why);
        if (call.busybox()) ++wrong;
        else ++unreadable;
        call.out(name + (call.busybox() ? ": FAILED\n" : ": FAILED open or read\n"));
        continue;
      }
      const bool good = call.process.kernel.hasher().sha256_hex(bytes) == wanted;
      call.out(name + (good ? ": OK\n" : ": FAILED\n"));
      if (!good) ++wrong;
    }
  }
  if (unreadable > 0) code = call.fail("WARNING: " + std::to_string(unreadable) + " listed file" + (unreadable == 1 ? "" : "s") + " could not be read");
  if (wrong > 0) {
    code = 1;
    if (call.busybox()) call.fail("WARNING: " + std::to_string(wrong) + " of " + std::to_string(checked) + " computed checksums did NOT match");
    else call.fail("WARNING: " + std::to_string(wrong) + " computed checksum" + (wrong == 1 ? "" : "s") + " did NOT match");
  }
  return code;
}

}  // namespace strates::sim::programs
