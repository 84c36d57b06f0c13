// Built-ins that show or set the shell's state: variables, options, traps, what a name means.
#include "base/strings.hpp"
#include "sim/process/container_kernel.hpp"
#include "sim/process/loader.hpp"
#include "sim/process/signals.hpp"
#include "sim/programs/file_mode.hpp"
#include "sim/programs/start.hpp"
#include "sim/shell/arithmetic.hpp"
#include "sim/shell/builtins.hpp"
#include "sim/shell/parser.hpp"

namespace strates::sim::shell {

namespace {

using Outcome = Builtins::Outcome;
using Words = std::vector<std::string>;

Outcome status(int value) { return {Outcome::Kind::Status, value}; }

// 'it'"'"'s': what the shell would read again.
std::string quoted(std::string_view text) { return "'" + replace_all(text, "'", "'\"'\"'") + "'"; }

struct OptionName {
  char letter;
  std::string_view name;
};
constexpr OptionName kOptions[] = {{'e', "errexit"}, {'f', "noglob"}, {'x', "xtrace"}, {'u', "nounset"}};

}  // namespace

Outcome Builtins::export_(Shell& shell, Shell::Frame&, const Words& words) {
  const bool is_export = words.front() == "export";
  bool list = words.size() == 1 || (words.size() == 2 && words[1] == "-p");
  int code = 0;
  if (list) {
    std::string text;
    for (const Variable& variable : shell.variables_.sorted()) {
      if (!(is_export ? variable.exported : variable.readonly)) continue;
      text += words.front() + " " + variable.name + (variable.value ? "=" + quoted(*variable.value) : "") + "\n";
    }
    write(shell, text, code);
    return status(code);
  }
  for (size_t i = 1; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (i == 1 && word == "-p") continue;
    if (i == 1 && word == "-n" && is_export && shell.dialect_ == Dialect::Ash) {
      for (size_t k = 2; k < words.size(); ++k) shell.variables_.make(words[k]).exported = false;
      return status(0);
    }
    const size_t equal = word.find('=');
    const std::string name = word.substr(0, equal);
    if (!is_name(name)) {
      shell.complain(name + ": bad variable name", words.front());
      shell.shell_error(2);
      return status(2);
    }
    if (equal != std::string::npos && !shell.set_variable(name, word.substr(equal + 1), words.front())) return status(2);
    Variable& variable = shell.variables_.make(name);
    (is_export ? variable.exported : variable.readonly) = true;
  }
  return status(0);
}

Outcome Builtins::unset(Shell& shell, Shell::Frame&, const Words& words) {
  bool function = false;
  for (size_t i = 1; i < words.size(); ++i) {
    if (words[i] == "-f" || words[i] == "-v") {
      function = words[i] == "-f";
      continue;
    }
    if (function) {
      shell.functions_.erase(words[i]);
      continue;
    }
    if (!is_name(words[i])) {
      shell.complain(words[i] + ": bad variable name", "unset");
      shell.shell_error(2);
      return status(2);
    }
    if (!shell.variables_.unset(words[i])) {
      shell.complain(words[i] + ": is read only", "unset");
      shell.shell_error(2);
      return status(2);
    }
  }
  return status(0);
}

Outcome Builtins::local(Shell& shell, Shell::Frame&, const Words& words) {
  Shell::Frame* function = nullptr;
  for (size_t i = shell.frames_.size(); i-- > 0 && function == nullptr;)
    if (shell.frames_[i]->kind == Shell::Frame::Kind::Function) function = shell.frames_[i].get();
  if (function == nullptr) {
    shell.complain("not in a function", "local");
    shell.shell_error(2);
    return status(2);
  }
  for (size_t i = 1; i < words.size(); ++i) {
    const size_t equal = words[i].find('=');
    const std::string name = words[i].substr(0, equal);
    if (!is_name(name)) {
      shell.complain(name + ": bad variable name", "local");
      shell.shell_error(2);
      return status(2);
    }
    bool known = false;
    for (const auto& saved : function->variables) known = known || saved.name == name;
    if (!known) {
      const Variable* before = shell.variables_.find(name);
      function->variables.push_back({name, before == nullptr ? std::nullopt : std::optional(*before)});
    }
    if (equal != std::string::npos && !shell.set_variable(name, words[i].substr(equal + 1), "local")) return status(2);
  }
  return status(0);
}

Outcome Builtins::set(Shell& shell, Shell::Frame&, const Words& words) {
  int code = 0;
  if (words.size() == 1) {
    std::string text;
    for (const Variable& variable : shell.variables_.sorted())
      if (variable.value) text += variable.name + "=" + quoted(*variable.value) + "\n";
    write(shell, text, code);
    return status(code);
  }
  size_t at = 1;
  for (; at < words.size(); ++at) {
    const std::string& word = words[at];
    if (word == "--") {
      shell.positional_.assign(words.begin() + static_cast<std::ptrdiff_t>(at) + 1, words.end());
      return status(0);
    }
    if (word == "-" || word.empty() || (word[0] != '-' && word[0] != '+')) break;
    for (size_t i = 1; i < word.size(); ++i) {
      char letter = word[i];
      if (letter == 'o') {
        if (at + 1 >= words.size()) {
          shell.unsupported("set -o without a name");
          return status(2);
        }
        const std::string& name = words[++at];
        letter = '\0';
        for (const OptionName& option : kOptions)
          if (option.name == name) letter = option.letter;
        if (name == "pipefail" && shell.dialect_ == Dialect::Ash) {
          shell.pipefail_ = word[0] == '-';
          continue;
        }
        if (letter == '\0') {
          shell.unsupported("set -o " + name);
          return status(2);
        }
      }
      if (std::string_view("efxu").find(letter) == std::string_view::npos) {
        shell.unsupported(std::string("set ") + word[0] + letter);
        return status(2);
      }
      if (word[0] == '-') shell.options_.insert(letter);
      else shell.options_.erase(letter);
    }
  }
  if (at < words.size()) shell.positional_.assign(words.begin() + static_cast<std::ptrdiff_t>(at), words.end());
  return status(0);
}

Outcome Builtins::trap(Shell& shell, Shell::Frame&, const Words& words) {
  size_t at = 1;
  if (at < words.size() && words[at] == "--") ++at;
  int code = 0;
  if (at >= words.size()) {
    std::string text;
    for (const auto& [signal, action] : shell.traps_) text += "trap -- " + quoted(action) + " " + signal_name(signal) + "\n";
    write(shell, text, code);
    return status(code);
  }
  if (words[at] == "-l" || words[at] == "-p") {
    shell.unsupported("trap " + words[at]);
    return status(2);
  }
  std::optional<std::string> action;
  const bool reset = words.size() - at == 1 || signal_number(words[at]).has_value();
  if (!reset || words[at] == "-") {
    if (words[at] != "-") action = words[at];
    ++at;
  }
  for (; at < words.size(); ++at) {
    const auto signal = signal_number(words[at]);
    if (!signal) {
      if (shell.dialect_ == Dialect::Ash) shell.complain(words[at] + ": invalid signal specification", "trap");
      else shell.self_->write(2, "trap: " + words[at] + ": bad trap\n");
      code = 1;
      continue;
    }
    auto& dispositions = shell.self_->dispositions;
    if (!action) {
      shell.traps_.erase(*signal);
      dispositions.erase(*signal);
      continue;
    }
    shell.traps_[*signal] = *action;
    if (*signal != 0) dispositions[*signal] = action->empty() ? Disposition::Ignore : Disposition::Handle;
  }
  return status(code);
}

Outcome Builtins::umask(Shell& shell, Shell::Frame&, const Words& words) {
  int code = 0;
  std::uint32_t& mask = shell.self_->umask;
  const bool symbolic = words.size() > 1 && words[1] == "-S";
  if (words.size() == 1 || (symbolic && words.size() == 2)) {
    if (!symbolic) {
      const std::string digits = octal(mask);
      write(shell, std::string(digits.size() < 4 ? 4 - digits.size() : 0, '0') + digits + "\n", code);
    } else {
      std::string text;
      for (const auto& [who, shift] : {std::pair{"u=", 6}, {",g=", 3}, {",o=", 0}}) {
        const std::uint32_t allowed = ~mask >> shift & 7;
        text += std::string(who) + (allowed & 4 ? "r" : "") + (allowed & 2 ? "w" : "") + (allowed & 1 ? "x" : "");
      }
      write(shell, text + "\n", code);
    }
    return status(code);
  }
  const std::string& wanted = words.back();
  if (!wanted.empty() && wanted[0] >= '0' && wanted[0] <= '9') {
    std::uint32_t value = 0;
    for (const char c : wanted) {
      if (c < '0' || c > '7' || value > 0777) {
        shell.complain((shell.dialect_ == Dialect::Ash ? "illegal mode: " : "Illegal number: ") + wanted, "umask");
        return status(2);
      }
      value = value * 8 + static_cast<std::uint32_t>(c - '0');
    }
    mask = value & 0777;
    return status(0);
  }
  const auto mode = parse_mode(wanted, ~mask & 0777, image::EntryType::File, 0, ModeStyle::Busybox);
  if (!mode) {
    shell.complain((shell.dialect_ == Dialect::Ash ? "illegal mode: " : "Illegal mode: ") + wanted, "umask");
    return status(2);
  }
  mask = ~*mode & 0777;
  return status(0);
}

int Builtins::describe(Shell& shell, const std::string& name, bool wordy, std::string& out) {
  if (shell.functions_.count(name) != 0) {
    out += wordy ? name + (shell.dialect_ == Dialect::Ash ? " is a function\n" : " is a shell function\n") : name + "\n";
    return 0;
  }
  for (const std::string_view keyword : {"if", "then", "else", "elif", "fi", "do", "done", "case", "esac", "while", "until", "for", "{", "}", "!", "in"})
    if (name == keyword) {
      out += wordy ? name + " is a shell keyword\n" : name + "\n";
      return 0;
    }
  if (const Row* row = find(name, shell.dialect_)) {
    out += wordy ? name + (row->special && row->name != "local" ? " is a special shell builtin\n" : " is a shell builtin\n") : name + "\n";
    return 0;
  }
  if (name.find('/') == std::string::npos && shell.dialect_ == Dialect::Ash && is_busybox_applet(name)) {
    out += wordy ? name + " is " + name + "\n" : name + "\n";
    return 0;
  }
  std::optional<std::string> path;
  if (name.find('/') != std::string::npos) {
    if (is_executable(*shell.self_, name)) path = name;
  } else {
    path = find_in_path(*shell.self_, name, shell.variables_.get("PATH").value_or(""));
  }
  if (path) {
    out += wordy ? name + " is " + *path + "\n" : *path + "\n";
    return 0;
  }
  if (wordy) out += name + ": not found\n";
  return 127;
}

Outcome Builtins::type(Shell& shell, Shell::Frame&, const Words& words) {
  std::string text;
  int code = 0, written = 0;
  for (size_t i = 1; i < words.size(); ++i)
    if (describe(shell, words[i], true, text) != 0) code = 127;
  write(shell, text, written);
  return status(written != 0 ? written : code);
}

Outcome Builtins::command(Shell& shell, Shell::Frame& frame, const Words& words) {
  size_t at = 1;
  bool brief = false, wordy = false;
  for (; at < words.size() && words[at].size() > 1 && words[at][0] == '-'; ++at) {
    if (words[at] == "--") {
      ++at;
      break;
    }
    if (words[at] == "-v") brief = true;
    else if (words[at] == "-V") wordy = true;
    else {
      shell.unsupported("command " + words[at]);
      return status(2);
    }
  }
  if (at >= words.size()) return status(0);
  if (brief || wordy) {
    std::string text;
    int written = 0;
    const int code = describe(shell, words[at], wordy, text);
    write(shell, text, written);
    return status(written != 0 ? written : code);
  }
  const Words rest(words.begin() + static_cast<std::ptrdiff_t>(at), words.end());
  if (const Row* row = find(rest.front(), shell.dialect_)) return row->function(shell, frame, rest);
  Process* child = shell.fork_process();
  if (child == nullptr) return status(2);
  const int failed = shell.load_into(*child, rest, false, {});
  if (failed != 0) {
    shell.self_->kernel.discard(*child);
    return status(failed);
  }
  shell.in_own_group(*child);
  frame.pids = {child->pid};
  frame.stage = 2;
  return {Outcome::Kind::Frames, 0};
}

Outcome Builtins::let(Shell& shell, Shell::Frame&, const Words& words) {
  std::int64_t value = 0;
  ArithmeticScope scope;
  scope.get = [&](std::string_view name) { return shell.variables_.get(name).value_or(""); };
  scope.set = [&](std::string_view name, std::int64_t now) { shell.variables_.set(name, std::to_string(now)); };
  for (size_t i = 1; i < words.size(); ++i) {
    const ArithmeticResult result = evaluate_arithmetic(words[i], scope, shell.dialect_);
    if (!result.error.empty()) {
      shell.complain(result.error, "let");
      return status(2);
    }
    value = result.value;
  }
  return status(value == 0 ? 1 : 0);
}

Outcome Builtins::getopts(Shell& shell, Shell::Frame&, const Words&) {
  shell.unsupported("getopts");
  return status(2);
}

}  // namespace strates::sim::shell
