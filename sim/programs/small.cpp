// Programs of a few lines.
#include <algorithm>

#include "base/strings.hpp"
#include "sim/process/container_kernel.hpp"
#include "sim/process/loader.hpp"
#include "sim/programs/atomic.hpp"
#include "sim/programs/options.hpp"

namespace strates::sim::programs {

int true_(Call&) { return 0; }
int false_(Call&) { return 1; }
int sync(Call&) { return 0; }

int pwd(Call& call) {
  call.out(call.process.cwd + "\n");
  return 0;
}

int basename(Call& call) {
  const Options options = parse_options(call.args, "+");
  if (!options.bad.empty()) return call.unknown_option(options.bad);
  const auto& operands = options.operands;
  if (operands.empty() || operands.size() > 2) {
    if (call.busybox()) return call.refuse("the usage text (one or two operands are wanted)", 1);
    return call.fail((operands.empty() ? "missing operand" : "extra operand '" + operands[2] + "'") + "\nTry '" + call.name + " --help' for more information.");
  }
  std::string name = operands[0];
  while (name.size() > 1 && name.back() == '/') name.pop_back();
  if (const size_t slash = name.rfind('/'); slash != std::string::npos && name.size() > 1) name.erase(0, slash + 1);
  if (operands.size() == 2 && name.size() > operands[1].size() && name.compare(name.size() - operands[1].size(), std::string::npos, operands[1]) == 0) name.erase(name.size() - operands[1].size());
  call.out(name + "\n");
  return 0;
}

int dirname(Call& call) {
  const Options options = parse_options(call.args, "+");
  if (!options.bad.empty()) return call.unknown_option(options.bad);
  const auto& operands = options.operands;
  if (operands.empty() || (operands.size() > 1 && call.busybox())) {
    if (call.busybox()) return call.refuse("the usage text (one operand is wanted)", 1);
    return call.fail("missing operand\nTry '" + call.name + " --help' for more information.");
  }
  for (std::string path : operands) {
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    size_t slash = path.rfind('/');
    if (slash == std::string::npos) path = ".";
    else {
      while (slash > 0 && path[slash - 1] == '/') --slash;
      const bool double_root = slash == 0 && call.busybox() && path.rfind("//", 0) == 0 && path.rfind("///", 0) != 0;
      path.erase(slash == 0 ? (double_root ? 2 : 1) : slash);
    }
    call.out(path + "\n");
  }
  return 0;
}

int which(Call& call) {
  const Options options = parse_options(call.args, call.busybox() ? "a" : "as");
  if (!options.bad.empty()) return call.unknown_option(options.bad);
  if (options.has('a') || options.has('s')) return call.unknown_option(options.has('a') ? "-a" : "-s");
  int code = options.operands.empty() && !call.busybox() ? 1 : 0;
  for (const std::string& name : options.operands) {
    std::optional<std::string> path;
    if (name.find('/') != std::string::npos) {
      if (is_executable(call.process, name)) path = name;
    } else {
      const std::string fallback = call.busybox() ? "/sbin:/usr/sbin:/bin:/usr/bin" : "";
      path = find_in_path(call.process, name, call.process.variable("PATH").value_or(fallback));
    }
    if (path) call.out(*path + "\n");
    else code = 1;
  }
  return code;
}

int seq(Call& call) {
  std::vector<std::string> operands;
  std::string separator = "\n";
  bool equal_width = false;
  for (size_t i = 1; i < call.args.size(); ++i) {
    const std::string& arg = call.args[i];
    if (arg == "--") continue;
    if (arg == "-w") equal_width = true;
    else if (arg == "-s" && i + 1 < call.args.size()) separator = call.args[++i];
    else if (arg.rfind("-s", 0) == 0 && arg.size() > 2) separator = arg.substr(2);
    else if (arg.size() > 1 && arg[0] == '-' && (arg[1] < '0' || arg[1] > '9') && arg[1] != '.') return call.unknown_option(arg);
    else operands.push_back(arg);
  }
  if (operands.empty() || operands.size() > 3) {
    if (call.busybox()) return call.refuse("the usage text (one to three operands are wanted)", 1);
    return call.fail((operands.empty() ? "missing operand" : "extra operand '" + operands[3] + "'") + "\nTry '" + call.name + " --help' for more information.");
  }
  std::int64_t value[3] = {1, 1, 1};
  for (size_t i = 0; i < operands.size(); ++i) {
    const bool negative = operands[i][0] == '-';
    std::uint64_t number = 0;
    if (!parse_number(std::string_view(operands[i]).substr(negative ? 1 : 0), 1'000'000'000'000'000, number)) {
      if (operands[i].find_first_not_of("0123456789.-+eE") == std::string::npos) return call.refuse("numbers that are not whole");
      return call.busybox() ? call.refuse("the usage text (" + operands[i] + " is no number)", 1) : call.fail("invalid floating point argument: '" + operands[i] + "'\nTry '" + call.name + " --help' for more information.");
    }
    value[i] = negative ? -static_cast<std::int64_t>(number) : static_cast<std::int64_t>(number);
  }
  const std::int64_t first = operands.size() > 1 ? value[0] : 1;
  const std::int64_t step = operands.size() > 2 ? value[1] : 1;
  const std::int64_t last = value[operands.size() - 1];
  if (step == 0) return call.busybox() ? call.refuse("an increment of zero") : call.fail("invalid Zero increment value: '" + operands[1] + "'\nTry '" + call.name + " --help' for more information.");
  if ((last - first) / step > 10'000'000) return call.refuse("more than ten million numbers");
  size_t width = 0;
  if (equal_width) width = std::max(std::to_string(first).size(), std::to_string(last).size());
  bool any = false;
  for (std::int64_t now = first; step > 0 ? now <= last : now >= last; now += step) {
    std::string text = std::to_string(now < 0 ? -now : now);
    const size_t wanted = now < 0 && width > 0 ? width - 1 : width;
    if (text.size() < wanted) text.insert(0, wanted - text.size(), '0');
    call.out((any ? separator : "") + (now < 0 ? "-" : "") + text);
    any = true;
  }
  if (any) call.out("\n");
  return 0;
}

int mktemp(Call& call) {
  const Options options = parse_options(call.args, "dup:tq", {{"directory", 'd'}, {"dry-run", 'u'}});
  if (!options.bad.empty()) return call.unknown_option(options.bad);
  if (options.operands.size() > 1) return call.refuse("more than one template", 1);
  const std::string from_environment(call.process.variable("TMPDIR").value_or("/tmp"));
  const bool below = options.operands.empty() || options.has('t') || options.has('p');
  const std::string shape = options.operands.empty() ? (call.busybox() ? "tmp.XXXXXX" : "tmp.XXXXXXXXXX") : options.operands[0];
  const std::string pattern = below ? join_path(options.has('p') ? options.value('p') : from_environment, shape) : shape;
  size_t count = 0;
  while (count < pattern.size() && pattern[pattern.size() - 1 - count] == 'X') ++count;
  const auto failed = [&](const std::string& why) {
    return call.busybox() ? call.fail("(null): " + why) : call.fail(std::string("failed to create ") + (options.has('d') ? "directory" : "file") + " via template '" + pattern + "': " + why);
  };
  if (call.busybox() ? count < 6 : count < 3) return call.busybox() ? call.fail("(null): Invalid argument") : call.fail("too few X's in template '" + shape + "'");
  // Names are made of the pid and of a count: the same run gives the same names.
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  for (std::uint64_t attempt = 0; attempt < 1000; ++attempt) {
    std::uint64_t mixed = static_cast<std::uint64_t>(call.process.pid) * 0x9e3779b97f4a7c15u + attempt * 0xbf58476d1ce4e5b9u;
    std::string path = pattern;
    for (size_t i = 0; i < count; ++i) {
      mixed = (mixed ^ (mixed >> 29)) * 0x94d049bb133111ebu;
      path[path.size() - 1 - i] = kLetters[(mixed >> 33) % kLetters.size()];
    }
    if (call.vfs().lstat(call.path(path)).ok()) continue;
    if (!options.has('u')) {
      const auto done = options.has('d') ? call.vfs().make_directory(call.path(path), 0700) : call.vfs().write(call.path(path), "", Vfs::Write::Truncate, 0600);
      if (!done.ok()) return failed(reason(done.error()));
    }
    call.out(path + "\n");
    return 0;
  }
  return failed("File exists");
}

}  // namespace strates::sim::programs
