#include "cli/usage.hpp"

#include <algorithm>

#include "base/strings.hpp"
#include "cli/docker_front.hpp"

namespace strates::cli {

namespace {

// Cuts at the last blank before `width`, unless the rest fits with `slop` more.
std::pair<std::string, std::string> cut_line(std::string_view text, size_t width, size_t slop) {
  if (width + slop > text.size()) return {std::string(text), ""};
  const std::string_view head = text.substr(0, width);
  size_t at = head.find_last_of(" \t\n");
  if (at == std::string_view::npos || at == 0) return {std::string(text), ""};
  const size_t newline = head.rfind('\n');
  if (newline != std::string_view::npos && newline > 0 && newline < at) at = newline;
  return {std::string(text.substr(0, at)), std::string(text.substr(at + 1))};
}

std::string wrap(std::string_view text, size_t indent, size_t columns) {
  constexpr size_t kSlop = 5, kNarrow = 24;
  std::string margin = "\n" + std::string(indent, ' ');
  size_t width = columns > indent ? columns - indent : 0;
  std::string out;
  if (width < kNarrow) {
    margin = "\n" + std::string(16, ' ');
    width = columns > 16 ? columns - 16 : 0;
    out = margin;
  }
  if (width < kNarrow) return replace_all(text, "\n", margin);
  width -= kSlop;
  auto [line, rest] = cut_line(text, width, kSlop);
  out += replace_all(line, "\n", margin);
  while (!rest.empty()) {
    const auto next = cut_line(rest, width, kSlop);
    out += margin + replace_all(next.first, "\n", margin);
    rest = next.second;
  }
  return out;
}

std::string plural(size_t count) { return count == 1 ? "argument" : "arguments"; }

std::string command_list(const std::vector<std::pair<std::string, std::string>>& rows) {
  size_t width = 0;
  for (const auto& [name, brief] : rows) width = std::max(width, name.size());
  width = std::max<size_t>(width, 11);  // cobra pads names to at least 11
  std::string out;
  for (const auto& [name, brief] : rows) out += "  " + name + std::string(width - name.size() + 1, ' ') + brief + "\n";
  return out;
}

std::string_view group_of(const Command& command) { return command.name.substr(0, command.name.find(' ')); }

// "image list" is a hidden name of "image ls": one handler, one group.
bool same_command(const Command& a, const Command& b) {
  return a.handler != nullptr && a.handler == b.handler && a.name.find(' ') != std::string_view::npos && b.name.find(' ') != std::string_view::npos && group_of(a) == group_of(b);
}

const Command& shown_name(const Command& command) {
  if (!command.hidden) return command;
  for (const Command& other : docker_commands())
    if (!other.hidden && same_command(command, other)) return other;
  return command;
}

std::string alias_list(const Command& command) {
  std::string out;
  const auto add = [&](const Command& one) { out += (out.empty() ? "" : ", ") + std::string(one.name.substr(one.name.find(' ') + 1)); };
  add(command);
  for (const Command& other : docker_commands())
    if (other.hidden && same_command(command, other)) add(other);
  return out.find(',') == std::string::npos ? "" : "\nAliases:\n  " + out + "\n";
}

}  // namespace

std::string command_path(const Command& command) { return "docker " + std::string(shown_name(command).name); }

std::string flag_usages(std::span<const FlagSpec> flags, size_t columns) {
  std::vector<std::pair<std::string, std::string>> lines;
  size_t widest = 0;
  std::vector<FlagSpec> sorted(flags.begin(), flags.end());
  std::sort(sorted.begin(), sorted.end(), [](const FlagSpec& a, const FlagSpec& b) { return a.name < b.name; });
  for (const FlagSpec& flag : sorted) {
    if (flag.support != FlagSupport::Yes) continue;
    std::string left = flag.shorthand != 0 ? std::string("  -") + flag.shorthand + ", --" : "      --";
    left += flag.name;
    if (!flag.type.empty()) left += " " + std::string(flag.type);
    std::string right(flag.help);
    const bool zero = flag.fallback.empty() || (flag.kind == FlagKind::Integer && flag.fallback == "0") || flag.fallback == "false";
    if (!zero) right += " (default " + (flag.type == "string" ? go_quote(flag.fallback) : std::string(flag.fallback)) + ")";
    widest = std::max(widest, left.size());
    lines.emplace_back(std::move(left), std::move(right));
  }
  std::string out;
  for (const auto& [left, right] : lines) out += left + std::string(widest - left.size() + 3, ' ') + wrap(right, widest + 3, columns) + "\n";
  return out;
}

std::string command_help(const Command& command, size_t columns) {
  std::string out = "\nUsage:  " + command_path(command) + (command.use.empty() ? "" : " ") + std::string(command.use) + "\n\n" + std::string(command.longer.empty() ? command.brief : command.longer) + "\n";
  out += alias_list(shown_name(command));
  const std::string flags = flag_usages(command.flags, columns - 1);
  if (!flags.empty()) out += "\nOptions:\n" + flags;
  return out;
}

std::string group_help(const CommandGroup& group) {
  const std::string name(group.name);
  std::vector<std::pair<std::string, std::string>> rows;
  for (const Command& command : docker_commands())
    if (command.handler != nullptr && !command.hidden && command.name.starts_with(name + " ")) rows.emplace_back(command.name.substr(name.size() + 1), command.brief);
  std::sort(rows.begin(), rows.end());
  return "\nUsage:  docker " + name + " COMMAND\n\n" + std::string(group.brief) + "\n\nCommands:\n" + command_list(rows) + "\nRun 'docker " + name +
         " COMMAND --help' for more information on a command.\n";
}

std::string docker_help(size_t columns) {
  std::vector<std::pair<std::string, std::string>> groups, rows;
  for (const CommandGroup& group : docker_groups()) groups.emplace_back(group.name, group.brief);
  for (const Command& command : docker_commands())
    if (command.handler != nullptr && command.name.find(' ') == std::string_view::npos) rows.emplace_back(command.name, command.brief);
  std::sort(rows.begin(), rows.end());
  return "\nUsage:  docker [OPTIONS] COMMAND\n\nA self-sufficient runtime for containers\n\nOptions:\n" + flag_usages(global_flags(), columns - 1) +
         "\nManagement Commands:\n" + command_list(groups) + "\nCommands:\n" + command_list(rows) +
         "\nRun 'docker COMMAND --help' for more information on a command.\n\nTo get more help with docker, check out our guides at https://docs.docker.com/go/guides/\n";
}

std::string argument_error(const Command& command, size_t count) {
  if (count >= command.least && count <= command.most) return "";
  const auto amount = [](size_t n) { return std::to_string(n) + " " + plural(n); };
  std::string rule;
  if (command.most == 0) rule = "accepts no arguments";
  else if (command.least == command.most) rule = "requires exactly " + amount(command.least);
  else if (command.most == kNoLimit) rule = "requires at least " + amount(command.least);
  else if (command.least == 0) rule = "requires at most " + amount(command.most);
  else rule = "requires at least " + std::to_string(command.least) + " and at most " + amount(command.most);
  const std::string path = command_path(command);
  return go_quote(path) + " " + rule + ".\nSee '" + path + " --help'.\n\nUsage:  " + path + (command.use.empty() ? "" : " ") + std::string(command.use) + "\n\n" +
         std::string(command.brief);
}

}  // namespace strates::cli
