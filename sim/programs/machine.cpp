// Programs that show the machine, the time, the users, the processes.
#include <algorithm>

#include "base/strings.hpp"
#include "sim/process/container_kernel.hpp"
#include "sim/process/machine.hpp"
#include "sim/process/signals.hpp"
#include "sim/programs/atomic.hpp"
#include "sim/programs/dates.hpp"
#include "sim/programs/hello_text.hpp"
#include "sim/programs/options.hpp"
#include "sim/programs/users.hpp"

namespace strates::sim::programs {

int hello(Call& call) {
  call.out(hello_text());
  return 0;
}

int uname(Call& call) {
  const Options options = parse_options(call.args, "asnrvmo", {{"all", 'a'}, {"kernel-name", 's'}, {"nodename", 'n'}, {"kernel-release", 'r'}, {"machine", 'm'}});
  if (!options.bad.empty()) return call.unknown_option(options.bad);
  if (!options.operands.empty()) return call.busybox() ? call.refuse("the usage text (no operand is wanted)", 1) : call.fail("extra operand '" + options.operands[0] + "'\nTry '" + call.name + " --help' for more information.");
  std::vector<std::string> parts;
  const auto add = [&](char letter, std::string_view text) {
    if (options.has('a') || options.has(letter)) parts.emplace_back(text);
  };
  add('s', kKernelName);
  add('n', call.process.kernel.options().hostname);
  add('r', kKernelRelease);
  add('v', kKernelVersion);
  add('m', kMachineName);
  add('o', "GNU/Linux");
  if (parts.empty()) parts.emplace_back(kKernelName);
  call.out(join(parts, " ") + "\n");
  return 0;
}

int hostname(Call& call) {
  if (call.args.size() == 2 && call.args[1] == "-i" && call.busybox()) return host_address(call);
  if (call.args.size() > 1) return call.refuse(call.args[1].rfind('-', 0) == 0 ? "option " + call.args[1] : std::string("to change the name"), 1);
  call.out(call.process.kernel.options().hostname + "\n");
  return 0;
}

int nproc(Call& call) {
  if (call.args.size() > 1) return call.unknown_option(call.args[1]);
  call.out(std::to_string(call.process.kernel.options().cpus) + "\n");
  return 0;
}

int date(Call& call) {
  const Options options = parse_options(call.args, "ud:", {{"utc", 'u'}, {"universal", 'u'}, {"date", 'd'}});
  if (!options.bad.empty()) return call.unknown_option(options.bad);
  if (const auto zone = call.process.variable("TZ"); zone && !zone->empty() && *zone != "UTC" && *zone != "UTC0" && !options.has('u')) return call.refuse("the time zone " + std::string(*zone));
  Nanos when = call.process.clock().now();
  if (options.has('d')) {
    const auto parsed = parse_date(options.value('d'));
    if (!parsed) {
      if (options.value('d').find_first_not_of("abcdefghijklmnopqrstuvwxyz ") == std::string::npos && !call.busybox()) return call.refuse("the date '" + options.value('d') + "'");
      return call.fail((call.busybox() ? "invalid date '" : "invalid date '") + options.value('d') + "'");
    }
    when = *parsed;
  }
  std::string format = "%a %b %e %H:%M:%S %Z %Y";
  if (options.operands.size() > 1) return call.refuse("more than one operand", 1);
  if (!options.operands.empty()) {
    if (options.operands[0][0] != '+') return call.refuse("to set the clock", 1);
    format = options.operands[0].substr(1);
  }
  const auto text = format_date(format, when);
  if (!text) return call.refuse("the format '" + format + "'");
  call.out(*text + "\n");
  return 0;
}

int whoami(Call& call) {
  if (call.args.size() > 1) return call.unknown_option(call.args[1]);
  const auto name = known_user_name(call.process, call.process.who.uid);
  if (!name) {
    const std::string uid = std::to_string(call.process.who.uid);
    return call.busybox() ? call.fail("unknown uid " + uid) : call.fail("cannot find name for user ID " + uid);
  }
  call.out(*name + "\n");
  return 0;
}

int id(Call& call) {
  const Options options = parse_options(call.args, "ugnG", {{"user", 'u'}, {"group", 'g'}, {"name", 'n'}, {"groups", 'G'}});
  if (!options.bad.empty()) return call.unknown_option(options.bad);
  Credentials who = call.process.who;
  std::vector<std::uint32_t> groups{who.gid};
  if (!options.operands.empty()) {
    const auto record = find_user(call.process, options.operands[0]);
    if (!record) return call.busybox() ? call.fail("unknown user " + options.operands[0]) : call.fail("'" + options.operands[0] + "': no such user");
    who.uid = record->uid;
    who.gid = record->gid;
    groups = {who.gid};
    for (const std::uint32_t group : groups_of(call.process, options.operands[0]))
      if (std::find(groups.begin(), groups.end(), group) == groups.end()) groups.push_back(group);
  } else {
    for (const std::uint32_t group : who.groups)
      if (std::find(groups.begin(), groups.end(), group) == groups.end()) groups.push_back(group);
  }
  const bool names = options.has('n');
  const auto user_text = [&] { return names ? user_name(call.process, who.uid) : std::to_string(who.uid); };
  const auto group_text = [&](std::uint32_t gid) { return names ? group_name(call.process, gid) : std::to_string(gid); };
  if (options.has('u')) {
    call.out(user_text() + "\n");
    return 0;
  }
  if (options.has('g')) {
    call.out(group_text(who.gid) + "\n");
    return 0;
  }
  if (options.has('G')) {
    std::vector<std::string> list;
    for (const std::uint32_t group : groups) list.push_back(group_text(group));
    call.out(join(list, " ") + "\n");
    return 0;
  }
  if (names) return call.busybox() ? call.refuse("-n without -u, -g or -G", 1) : call.fail("cannot print only names or real IDs in default format");
  const auto with_name = [&](std::uint32_t number, const std::optional<std::string>& name) { return std::to_string(number) + (name ? "(" + *name + ")" : ""); };
  std::string text = "uid=" + with_name(who.uid, known_user_name(call.process, who.uid)) + " gid=" + with_name(who.gid, known_group_name(call.process, who.gid));
  // busybox shows them only when there are supplementary groups.
  if (!call.busybox() || !call.process.who.groups.empty() || !options.operands.empty()) {
    text += " groups=";
    for (size_t i = 0; i < groups.size(); ++i) text += (i == 0 ? "" : ",") + with_name(groups[i], known_group_name(call.process, groups[i]));
  }
  call.out(text + "\n");
  return 0;
}

int env_print(Call& call) {
  const Options options = parse_options(call.args, "+");
  if (!options.bad.empty()) return call.unknown_option(options.bad);
  if (options.operands.empty()) {
    for (const std::string& entry : call.process.env) call.out(entry + "\n");
    return 0;
  }
  int code = 0;
  for (const std::string& name : options.operands) {
    const auto value = call.process.variable(name);
    if (value) call.out(std::string(*value) + "\n");
    else code = 1;
  }
  return code;
}

// busybox as Debian builds it: PID USER COMMAND. Only what the simulator knows: a process has used no processor time.
int ps(Call& call) {
  if (!call.busybox()) return call.refuse("of procps");
  const Options options = parse_options(call.args, "o:");
  if (!options.bad.empty() && options.bad != "-e" && options.bad != "-f") return call.unknown_option(options.bad);
  std::vector<std::string> columns{"pid", "user", "args"};
  if (options.has('o')) columns = split(options.value('o'), ',');
  for (const std::string& column : columns)
    if (column != "pid" && column != "ppid" && column != "user" && column != "time" && column != "args" && column != "comm" && column != "stat") return call.refuse("the column " + column);
  const auto cell = [&](const std::string& column, Process* process) -> std::string {
    const auto padded = [](std::string text, size_t width) { return text.size() < width ? text + std::string(width - text.size(), ' ') : text; };
    const auto aligned = [](std::string text, size_t width) { return text.size() < width ? std::string(width - text.size(), ' ') + text : text; };
    if (column == "pid") return process == nullptr ? padded("PID", 5) : aligned(std::to_string(process->pid), 5);
    if (column == "ppid") return process == nullptr ? padded("PPID", 5) : aligned(std::to_string(process->parent), 5);
    if (column == "user") return process == nullptr ? padded("USER", 8) : padded(user_name(call.process, process->who.uid).substr(0, 8), 8);
    if (column == "time") return process == nullptr ? padded("TIME", 5) : aligned("0:00", 5);
    if (column == "stat") return process == nullptr ? padded("STAT", 4) : padded(process->ended ? "Z" : process->stopped ? "T" : process == &call.process ? "R" : "S", 4);
    if (process == nullptr) return column == "comm" ? padded("COMMAND", 16) : "COMMAND";
    const std::string first = process->args.empty() ? "" : process->args.front();
    if (column == "comm") return padded(base_name(first).substr(0, 15), 16);
    return process->ended ? "[" + base_name(first).substr(0, 15) + "]" : join(process->args, " ");
  };
  const auto line = [&](Process* process) {
    std::string text;
    for (size_t i = 0; i < columns.size(); ++i) text += (i == 0 ? "" : " ") + cell(columns[i], process);
    // busybox cuts a line at 79 columns unless its output is wider; -w widens, which is not known here.
    if (text.size() > 79) text.resize(79);
    call.out(text + "\n");
  };
  line(nullptr);
  for (Process* process : call.process.kernel.all()) line(process);
  return 0;
}

int kill(Call& call) {
  const bool dash = call.family == Family::Dash;
  int signal = kSigTerm;
  size_t at = 1;
  const auto& args = call.args;
  if (at < args.size() && (args[at] == "-l" || args[at] == "-L")) {
    if (args.size() == 2) {
      if (!call.busybox()) return call.refuse("-l without a signal");
      for (int number = 1; number < 32; ++number) call.out((number < 10 ? " " : "") + std::to_string(number) + ") " + signal_name(number) + "\n");
      for (const auto& [number, name] : {std::pair{32, "RTMIN"}, {64, "RTMAX"}}) call.out(std::to_string(number) + ") " + name + "\n");
      return 0;
    }
    int code = 0;
    for (size_t i = 2; i < args.size(); ++i) {
      std::uint64_t number = 0;
      if (parse_number(args[i], 255, number)) {
        if (number > 128) number -= 128;
        call.out(signal_name(static_cast<int>(number)) + "\n");
      } else if (const auto known = signal_number(args[i])) {
        call.out(std::to_string(*known) + "\n");
      } else {
        code = call.busybox() ? call.fail("unknown signal '" + args[i] + "'") : call.refuse("-l " + args[i]);
      }
    }
    return code;
  }
  if (at < args.size() && args[at].size() > 1 && args[at][0] == '-' && args[at] != "--") {
    std::string name = args[at].substr(1);
    if (name == "s" && at + 1 < args.size()) name = args[++at];
    const auto known = signal_number(name);
    if (!known) return call.busybox() ? call.fail("bad signal name '" + name + "'") : dash ? call.fail("invalid signal number or name: " + name, 2) : call.refuse("the signal " + name);
    signal = *known;
    ++at;
  }
  if (at < args.size() && args[at] == "--") ++at;
  if (at >= args.size()) return call.busybox() ? call.fail("you need to specify whom to kill") : call.refuse("without a process");
  int code = 0;
  for (; at < args.size(); ++at) {
    const bool negative = args[at][0] == '-';
    std::uint64_t number = 0;
    if (!parse_number(std::string_view(args[at]).substr(negative ? 1 : 0), 4'194'304, number)) {
      if (args[at][0] == '%') return call.refuse("jobs (" + args[at] + ")");
      code = call.busybox() ? call.fail("invalid number '" + args[at] + "'") : dash ? call.fail("Illegal number: " + args[at], 2) : call.refuse(args[at]);
      continue;
    }
    const int pid = negative ? -static_cast<int>(number) : static_cast<int>(number);
    if (call.process.kernel.signal_pid(call.process, pid, signal)) continue;
    if (call.busybox()) code = call.fail("can't kill pid " + args[at] + ": No such process");
    else if (dash) code = call.fail("No such process\n", 1);
    else code = call.fail("(" + args[at] + "): No such process");
  }
  return code;
}

}  // namespace strates::sim::programs
