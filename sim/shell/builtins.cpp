// Built-ins that change the shell: its flow, its directory, its input.
#include "sim/shell/builtins.hpp"

#include <array>

#include "base/strings.hpp"
#include "sim/process/container_kernel.hpp"
#include "sim/process/loader.hpp"
#include "sim/process/signals.hpp"
#include "sim/programs/atomic.hpp"
#include "sim/programs/start.hpp"
#include "sim/shell/arithmetic.hpp"
#include "sim/shell/parser.hpp"

namespace strates::sim::shell {

namespace {

using Outcome = Builtins::Outcome;
using Words = std::vector<std::string>;

Outcome status(int value) { return {Outcome::Kind::Status, value}; }

constexpr std::array kRows = {
    Builtins::Row{":", Builtins::colon, true, true},          Builtins::Row{"true", Builtins::colon, false, true},
    Builtins::Row{"false", Builtins::false_, false, true},    Builtins::Row{"echo", Builtins::program, false, true},
    Builtins::Row{"printf", Builtins::program, false, true},  Builtins::Row{"test", Builtins::program, false, true},
    Builtins::Row{"[", Builtins::program, false, true},       Builtins::Row{"kill", Builtins::program, false, true},
    Builtins::Row{"cd", Builtins::cd, false, true},           Builtins::Row{"chdir", Builtins::cd, false, true},
    Builtins::Row{"pwd", Builtins::pwd, false, true},         Builtins::Row{"exit", Builtins::exit, true, true},
    Builtins::Row{"return", Builtins::return_, true, true},   Builtins::Row{"break", Builtins::break_, true, true},
    Builtins::Row{"continue", Builtins::break_, true, true},  Builtins::Row{"shift", Builtins::shift, true, true},
    Builtins::Row{"export", Builtins::export_, true, true},   Builtins::Row{"readonly", Builtins::export_, true, true},
    Builtins::Row{"unset", Builtins::unset, true, true},      Builtins::Row{"set", Builtins::set, true, true},
    Builtins::Row{"local", Builtins::local, true, true},      Builtins::Row{"read", Builtins::read, false, true},
    Builtins::Row{"wait", Builtins::wait, false, true},       Builtins::Row{"eval", Builtins::eval, true, true},
    Builtins::Row{".", Builtins::dot, true, true},            Builtins::Row{"source", Builtins::dot, true, false},
    Builtins::Row{"exec", Builtins::exec, true, true},        Builtins::Row{"trap", Builtins::trap, true, true},
    Builtins::Row{"umask", Builtins::umask, false, true},     Builtins::Row{"type", Builtins::type, false, true},
    Builtins::Row{"command", Builtins::command, false, true}, Builtins::Row{"let", Builtins::let, false, false},
    Builtins::Row{"getopts", Builtins::getopts, false, true},
    // What real ash and dash have, and this one refuses.
    Builtins::Row{"alias", Builtins::refused, false, true},   Builtins::Row{"unalias", Builtins::refused, false, true},
    Builtins::Row{"bg", Builtins::refused, false, true},      Builtins::Row{"fg", Builtins::refused, false, true},
    Builtins::Row{"jobs", Builtins::refused, false, true},    Builtins::Row{"times", Builtins::refused, true, true},
    Builtins::Row{"ulimit", Builtins::ulimit, false, true},  Builtins::Row{"hash", Builtins::refused, false, true},
    Builtins::Row{"help", Builtins::refused, false, false},   Builtins::Row{"history", Builtins::refused, false, false},
};

}  // namespace

const Builtins::Row* Builtins::find(std::string_view name, Dialect dialect) {
  for (const Row& row : kRows)
    if (row.name == name && (dialect == Dialect::Ash || row.in_dash)) return &row;
  return nullptr;
}

Outcome Builtins::colon(Shell&, Shell::Frame&, const Words&) { return status(0); }
Outcome Builtins::false_(Shell&, Shell::Frame&, const Words&) { return status(1); }

Outcome Builtins::refused(Shell& shell, Shell::Frame&, const Words& words) {
  shell.self_->write(2, "strates-sim: sh: not supported: " + words.front() + "\n");
  return status(2);
}

void Builtins::write(Shell& shell, std::string_view text, int& code) {
  if (const std::string error = shell.self_->write(1, text); !error.empty()) {
    shell.complain("write error: " + error);
    code = 1;
  }
}

// echo, printf, test and kill are the programs of the same names, run in the shell.
Outcome Builtins::program(Shell& shell, Shell::Frame&, const Words& words) {
  const bool ash = shell.dialect_ == Dialect::Ash;
  // busybox names the applet that runs, the shell; dash the built-in, behind its line.
  const std::string prefix = ash ? (shell.args_.empty() ? "sh" : base_name(shell.args_.front()))
                                 : shell.argument_zero_ + ": " + std::to_string(shell.line_) + ": " + words.front();
  Call call(*shell.self_, words, prefix, ash ? Family::Busybox : Family::Dash);
  int code = run_builtin_program(words.front(), call);
  call.flush();
  if (!call.write_error.empty() && !shell.self_->ended) {
    if (ash) shell.self_->write(2, prefix + ": write error: " + call.write_error + "\n");
    else shell.complain("I/O error", words.front());
    code = 1;
  }
  return status(code);
}

bool Builtins::number(Shell& shell, std::string_view text, std::string_view builtin, int& value) {
  if (text.empty() || text.size() > 9 || text.find_first_not_of("0123456789") != std::string_view::npos) {
    shell.complain("Illegal number: " + std::string(text), builtin);
    const Row* row = find(builtin, shell.dialect_);
    if (row != nullptr && row->special) shell.shell_error(2);  // the error of another ends the built-in only
    return false;
  }
  value = std::stoi(std::string(text));
  return true;
}

Outcome Builtins::cd(Shell& shell, Shell::Frame&, const Words& words) {
  Process& self = *shell.self_;
  bool physical = false;
  size_t at = 1;
  for (; at < words.size() && words[at].size() == 2 && words[at][0] == '-'; ++at) {
    if (words[at] == "-P") physical = true;
    else if (words[at] == "-L") physical = false;
    else break;
  }
  if (at < words.size() && words[at] == "--") ++at;
  std::string target = at < words.size() ? words[at] : shell.variables_.get("HOME").value_or("");
  bool shown = false;
  if (target == "-" && at < words.size()) {
    target = shell.variables_.get("OLDPWD").value_or("");
    shown = true;
  }
  if (target.empty()) target = ".";
  const std::string old = shell.variables_.get("PWD").value_or(self.cwd);
  // CDPATH is not looked at: nobody sets it in an image. The logical path: ".." undoes the last name.
  std::string logical = clean_path(target.front() == '/' ? target : old + "/" + target);
  if (physical)
    if (auto real = self.vfs().real_path(self.absolute(target)); real.ok()) logical = real.value();
  const auto stat = self.vfs().stat(logical);
  std::string why;
  if (!stat.ok()) why = reason(stat.error());
  else if (stat.value().meta.type != image::EntryType::Directory) why = "Not a directory";
  else if (auto names = self.vfs().list(logical); !names.ok() && errno_of(names.error()) == Errno::AccessDenied) {
    const std::uint32_t mode = stat.value().meta.mode;
    const bool search = self.who.uid == stat.value().meta.uid ? (mode & 0100) != 0 : self.who.gid == stat.value().meta.gid ? (mode & 0010) != 0 : (mode & 0001) != 0;
    if (!search) why = "Permission denied";
  }
  if (!why.empty()) {
    shell.complain("can't cd to " + target + (shell.dialect_ == Dialect::Ash ? ": " + why : ""), words.front());
    return status(2);
  }
  self.cwd = logical;
  if (!shell.set_variable("OLDPWD", old)) return status(2);
  if (!shell.set_variable("PWD", logical)) return status(2);
  shell.variables_.make("OLDPWD").exported = shell.dialect_ == Dialect::Ash || shell.variables_.make("OLDPWD").exported;
  int code = 0;
  if (shown) write(shell, logical + "\n", code);
  return status(code);
}

Outcome Builtins::pwd(Shell& shell, Shell::Frame&, const Words& words) {
  std::string path = shell.variables_.get("PWD").value_or(shell.self_->cwd);
  if (words.size() > 1 && words[1] == "-P") {
    if (auto real = shell.self_->vfs().real_path(shell.self_->cwd); real.ok()) path = real.value();
  } else {
    path = shell.self_->cwd;
  }
  int code = 0;
  write(shell, path + "\n", code);
  return status(code);
}

Outcome Builtins::exit(Shell& shell, Shell::Frame&, const Words& words) {
  int code = shell.status_;
  if (shell.frames_.size() > 1)  // in an EXIT trap, `exit` keeps the status that led there
    for (const auto& frame : shell.frames_)
      if (frame->keep_status && words.size() < 2) code = *frame->keep_status;
  if (words.size() > 1 && !number(shell, words[1], "exit", code)) return status(2);
  shell.exit_now(code);
  return status(code);
}

Outcome Builtins::return_(Shell& shell, Shell::Frame&, const Words& words) {
  int code = shell.status_;
  if (words.size() > 1 && !number(shell, words[1], "return", code)) return status(2);
  shell.status_ = code & 0xff;
  if (!shell.unwind(Shell::Unwind::Return, 1)) shell.exit_now(code);
  return status(code);
}

Outcome Builtins::break_(Shell& shell, Shell::Frame&, const Words& words) {
  int levels = 1;
  if (words.size() > 1 && (!number(shell, words[1], words.front(), levels) || levels < 1)) {
    if (levels < 1) {
      shell.complain("Illegal number: " + words[1], words.front());
      shell.shell_error(2);
    }
    return status(2);
  }
  shell.status_ = 0;
  shell.unwind(words.front() == "break" ? Shell::Unwind::Break : Shell::Unwind::Continue, levels);
  return status(0);
}

Outcome Builtins::shift(Shell& shell, Shell::Frame&, const Words& words) {
  int count = 1;
  if (words.size() > 1 && !number(shell, words[1], "shift", count)) return status(2);
  if (static_cast<size_t>(count) > shell.positional_.size()) {
    if (shell.dialect_ == Dialect::Ash) return status(1);
    shell.complain("can't shift that many", "shift");
    shell.shell_error(2);
    return status(2);
  }
  shell.positional_.erase(shell.positional_.begin(), shell.positional_.begin() + count);
  return status(0);
}

Outcome Builtins::eval(Shell& shell, Shell::Frame& frame, const Words& words) {
  if (words.size() < 2) return status(0);
  auto source = std::make_shared<Source>();
  source->text = join(Words(words.begin() + 1, words.end()), " ");
  source->line = shell.dialect_ == Dialect::Ash ? 0 : shell.line_;
  source->ended = true;
  frame.stage = 1;
  Shell::Frame& script = shell.push_script(std::move(source));
  script.tested = frame.tested;
  script.command_name = shell.command_name_;
  shell.command_name_ = "eval";
  shell.status_ = 0;
  return {Outcome::Kind::Frames, 0};
}

Outcome Builtins::dot(Shell& shell, Shell::Frame& frame, const Words& words) {
  if (words.size() < 2) {
    if (shell.dialect_ == Dialect::Dash) return status(0);
    shell.complain("filename argument required", words.front());
    return status(2);
  }
  Process& self = *shell.self_;
  std::string path = words[1];
  if (path.find('/') == std::string::npos) {
    bool found = false;
    for (const std::string& directory : split(shell.variables_.get("PATH").value_or(""), ':')) {
      const std::string candidate = join_path(directory, path);
      if (const auto stat = self.vfs().stat(self.absolute(candidate)); stat.ok() && stat.value().meta.type == image::EntryType::File) {
        path = candidate;
        found = true;
        break;
      }
    }
    if (!found && shell.dialect_ == Dialect::Ash) found = self.vfs().stat(self.absolute(path)).ok();
    if (!found) {
      shell.complain(words[1] + ": not found", words.front());
      shell.shell_error(shell.dialect_ == Dialect::Ash ? 2 : 127);
      return status(127);
    }
  }
  auto bytes = self.vfs().read(self.absolute(path));
  if (!bytes.ok()) {
    if (shell.dialect_ == Dialect::Ash) shell.complain("can't open '" + path + "': " + reason(bytes.error()), words.front());
    else shell.complain("cannot open " + path + ": " + (errno_of(bytes.error()) == Errno::NoEntry ? "No such file" : reason(bytes.error())), words.front());
    shell.shell_error(2);
    return status(2);
  }
  auto source = std::make_shared<Source>();
  source->kind = Source::Kind::File;
  source->text = std::move(bytes).value();
  source->name = path;
  source->ended = true;
  frame.stage = 1;
  Shell::Frame& script = shell.push_script(std::move(source));
  script.tested = frame.tested;
  script.command_name = shell.command_name_;
  shell.command_name_ = path;
  if (words.size() > 2 && shell.dialect_ == Dialect::Ash) {
    script.positional = shell.positional_;
    ++shell.function_depth_;
    shell.positional_.assign(words.begin() + 2, words.end());
  }
  shell.status_ = 0;
  return {Outcome::Kind::Frames, 0};
}

Outcome Builtins::exec(Shell& shell, Shell::Frame& frame, const Words& words) {
  if (words.size() < 2) {
    frame.files.clear();  // the redirections stay
    return status(0);
  }
  if (words[1] == "-a" || words[1] == "-c") {
    shell.unsupported("exec " + words[1]);
    return status(2);
  }
  const int failed = shell.load_into(*shell.self_, Words(words.begin() + 1, words.end()), false, "exec");
  if (failed != 0) {
    if (!shell.interactive_) shell.exit_now(failed);
    return status(failed);
  }
  frame.files.clear();
  shell.replaced_ = true;
  return {Outcome::Kind::Replaced, 0};
}

Outcome Builtins::read(Shell& shell, Shell::Frame& frame, const Words& words) {
  Words names;
  for (size_t i = 1; i < words.size(); ++i) {
    if (names.empty() && words[i].size() > 1 && words[i][0] == '-' && words[i] != "--") {
      if (words[i] == "-r") {
        names.clear();
        frame.result = 1;  // raw
        continue;
      }
      if (words[i] == "-p" && i + 1 < words.size()) {
        if (shell.self_->is_terminal(0)) shell.self_->write(2, words[i + 1]);
        ++i;
        continue;
      }
      shell.unsupported("read " + words[i]);
      return status(2);
    }
    if (words[i] == "--") continue;
    if (!is_name(words[i])) {
      if (shell.dialect_ == Dialect::Ash) {
        shell.self_->write(2, (shell.args_.empty() ? std::string("sh") : base_name(shell.args_.front())) + ": read: '" + words[i] + "': bad variable name\n");
        return status(1);
      }
      shell.complain(words[i] + ": bad variable name", "read");
      return status(2);
    }
    names.push_back(words[i]);
  }
  if (names.empty()) {
    if (shell.dialect_ == Dialect::Dash) {
      shell.complain("arg count", "read");
      return status(2);
    }
    names.push_back("REPLY");
  }
  frame.words = std::move(names);
  frame.words.insert(frame.words.begin(), "read");
  return {Outcome::Kind::Reading, 0};
}

Step Builtins::read_step(Shell& shell, Shell::Frame& frame) {
  Process& self = *shell.self_;
  bool complete = false, ended = false;
  const bool raw = frame.result == 1;
  while (!complete && !ended) {
    const OpenFilePtr from = self.file(0);
    Reading reading = self.read(0, from && from->seekable() ? 4096 : 1);
    if (reading.kind == Reading::Kind::Blocked) return Step::blocked();
    if (reading.kind != Reading::Kind::Data) {
      ended = true;
      break;
    }
    size_t used = 0;
    for (; used < reading.bytes.size() && !complete; ++used) {
      const char c = reading.bytes[used];
      if (frame.escaped) {
        frame.escaped = false;
        if (c == '\n') {  // a continued line
          frame.line.pop_back();
          continue;
        }
        frame.line += c;
        continue;
      }
      if (c == '\\' && !raw) {
        frame.escaped = true;
        frame.line += '\1';  // the next character is taken as it is
        continue;
      }
      if (c == '\n') complete = true;
      else if (c != '\0') frame.line += c;
    }
    from->unread(reading.bytes.size() - used);
  }
  if (frame.escaped && !frame.line.empty()) frame.line.pop_back();

  // Fields: as many as names; the last takes the rest.
  const std::string ifs = shell.variables_.get("IFS").value_or(" \t\n");
  const std::string& line = frame.line;
  const auto blank = [&](size_t i) { return i < line.size() && (line[i] == ' ' || line[i] == '\t' || line[i] == '\n') && ifs.find(line[i]) != std::string::npos; };
  const auto separator = [&](size_t i) { return i < line.size() && ifs.find(line[i]) != std::string::npos; };
  std::vector<std::string> values;
  size_t at = 0;
  while (blank(at)) ++at;
  const size_t names = frame.words.size() - 1;
  while (values.size() + 1 < names && at < line.size()) {
    std::string value;
    while (at < line.size() && !separator(at)) {
      if (line[at] == '\1' && at + 1 < line.size()) ++at;
      value += line[at++];
    }
    values.push_back(std::move(value));
    while (blank(at)) ++at;
    if (separator(at)) {
      ++at;
      while (blank(at)) ++at;
    }
  }
  if (at < line.size() || values.size() < names) {
    std::string rest;
    size_t kept = 0;  // up to here: not a blank to be cut off
    size_t separators = 0;
    for (; at < line.size(); ++at) {
      if (line[at] == '\1' && at + 1 < line.size()) {
        rest += line[++at];
        kept = rest.size();
        continue;
      }
      if (separator(at) && !blank(at)) ++separators;
      rest += line[at];
      if (!blank(at)) kept = rest.size();
    }
    rest.erase(kept);
    // One separator at the very end belongs to no field.
    if (separators == 1 && !rest.empty() && ifs.find(rest.back()) != std::string::npos) rest.pop_back();
    if (values.size() < names) values.push_back(std::move(rest));
  }
  values.resize(names);
  const std::vector<std::string> variables(frame.words.begin() + 1, frame.words.end());
  const bool tested = frame.tested;
  shell.pop();
  int code = complete ? 0 : 1;
  for (size_t i = 0; i < variables.size(); ++i)
    if (!shell.variables_.set(variables[i], values[i])) {
      shell.complain(variables[i] + ": is read only", "read");
      code = 2;
    }
  shell.status_ = code;
  Shell::Frame outcome;
  outcome.tested = tested;
  shell.check_errexit(outcome);
  return Step::again();
}

Outcome Builtins::wait(Shell& shell, Shell::Frame& frame, const Words& words) {
  frame.words = {"wait"};
  frame.pids.clear();
  for (size_t i = 1; i < words.size(); ++i) {
    int pid = 0;
    if (words[i].rfind('%', 0) == 0) {
      shell.unsupported("wait " + words[i]);
      return status(2);
    }
    if (!number(shell, words[i], "wait", pid)) return status(2);
    frame.pids.push_back(pid);
  }
  frame.result = 0;
  frame.index = words.size() > 1 ? 1 : 0;
  return {Outcome::Kind::Waiting, 0};
}

Step Builtins::wait_step(Shell& shell, Shell::Frame& frame) {
  shell.collect_background(frame.index == 1);
  if (frame.index == 0) {  // all
    if (!shell.background_.empty()) return Step::blocked();
    shell.background_status_.clear();
  }
  while (!frame.pids.empty()) {
    const int pid = frame.pids.front();
    const auto known = shell.background_status_.find(pid);
    if (known != shell.background_status_.end()) {
      frame.result = known->second;
      shell.background_status_.erase(known);
    } else {
      for (const int running : shell.background_)
        if (running == pid) return Step::blocked();
      frame.result = 127;
    }
    frame.pids.erase(frame.pids.begin());
  }
  shell.status_ = frame.result;
  Shell::Frame outcome;
  outcome.tested = frame.tested;
  shell.pop();
  shell.check_errexit(outcome);
  return Step::again();
}

}  // namespace strates::sim::shell
