#include "sim/shell/shell.hpp"

#include "base/strings.hpp"
#include "sim/process/container_kernel.hpp"
#include "sim/process/signals.hpp"
#include "sim/process/terminal.hpp"
#include "sim/programs/users.hpp"
#include "sim/shell/parser.hpp"

namespace strates::sim::shell {

namespace {

constexpr size_t kMostFrames = 1000;
constexpr std::string_view kBanner =
    "\n\nBusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) built-in shell (ash)\nEnter 'help' for a list of built-in commands.\n\n";

bool valid_name(std::string_view entry) {
  const size_t equal = entry.find('=');
  return equal != std::string_view::npos && is_name(entry.substr(0, equal));
}

}  // namespace

// ---------------------------------------------------------------- start

bool Shell::begin(Process& self) {
  begun_ = true;
  root_pid_ = self.pid;
  argument_zero_ = args_.empty() ? "sh" : args_.front();
  dollar_zero_ = argument_zero_;
  for (const std::string& entry : self.env) {
    if (!valid_name(entry)) continue;
    const size_t equal = entry.find('=');
    Variable& variable = variables_.make(entry.substr(0, equal));
    variable.value = entry.substr(equal + 1);
    variable.exported = true;
  }
  variables_.make("IFS").value = " \t\n";
  variables_.make("OPTIND").value = "1";
  variables_.make("PS1").value = dialect_ == Dialect::Ash ? "\\w \\$ " : self.who.uid == 0 ? "# " : "$ ";
  variables_.make("PS2").value = "> ";
  variables_.make("PS4").value = "+ ";
  variables_.make("PPID").value = std::to_string(self.parent);
  if (!variables_.get("PATH")) variables_.make("PATH").value = dialect_ == Dialect::Ash ? "/sbin:/usr/sbin:/bin:/usr/bin" : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  Variable& pwd = variables_.make("PWD");
  pwd.value = self.cwd;
  pwd.exported = true;
  if (dialect_ == Dialect::Ash) {
    variables_.make("HOSTNAME").value = self.kernel.options().hostname;
    Variable& level = variables_.make("SHLVL");
    level.value = std::to_string(level.value ? std::atoi(level.value->c_str()) + 1 : 1);
    level.exported = true;
  }

  std::optional<std::string> command;
  bool wants_command = false, from_stdin = false;
  size_t at = 1;
  for (; at < args_.size(); ++at) {
    const std::string& arg = args_[at];
    if (arg.size() < 2 || (arg[0] != '-' && arg[0] != '+')) {
      if (arg == "-") ++at;
      break;
    }
    if (arg == "--") {
      ++at;
      break;
    }
    if (arg == "--login") continue;
    for (size_t i = 1; i < arg.size(); ++i) {
      const char letter = arg[i];
      if (letter == 'c') wants_command = true;
      else if (letter == 's') from_stdin = true;
      else if (letter == 'l') continue;
      else if (letter == 'i') interactive_ = true;
      else if (std::string_view("exufav").find(letter) != std::string_view::npos && letter != 'a' && letter != 'v') {
        if (arg[0] == '-') options_.insert(letter);
        else options_.erase(letter);
      } else if (letter == 'o' && at + 1 < args_.size() && i + 1 == arg.size() && args_[at + 1] == "pipefail" && dialect_ == Dialect::Ash) {
        pipefail_ = arg[0] == '-';
        ++at;
        break;
      } else {
        unsupported(std::string("option ") + arg[0] + letter);
        return false;
      }
    }
  }
  if (wants_command) {
    if (at >= args_.size()) {
      self.write(2, argument_zero_ + (dialect_ == Dialect::Ash ? ": -c requires an argument\n" : ": 0: -c requires an argument\n"));
      exit_now(2);
      return false;
    }
    command = args_[at++];
    if (at < args_.size()) {
      argument_zero_ = dollar_zero_ = args_[at++];
      if (dialect_ == Dialect::Ash) command_name_ = argument_zero_;
    }
  }
  auto source = std::make_shared<Source>();
  if (command) {
    source->text = *command;
    source->line = dialect_ == Dialect::Ash ? 0 : 1;
    source->ended = true;
    options_.insert('c');
  } else if (at < args_.size() && !from_stdin) {
    const std::string path = args_[at++];
    argument_zero_ = dollar_zero_ = path;
    if (dialect_ == Dialect::Ash) command_name_ = path;
    auto bytes = self.vfs().read(self.absolute(path));
    if (!bytes.ok()) {
      if (dialect_ == Dialect::Ash) self.write(2, (args_.empty() ? std::string("sh") : args_.front()) + ": can't open '" + path + "': " + reason(bytes.error()) + "\n");
      else self.write(2, args_.front() + ": 0: cannot open " + path + ": " + (errno_of(bytes.error()) == Errno::NoEntry ? "No such file" : reason(bytes.error())) + "\n");
      exit_now(2);
      return false;
    }
    source->kind = Source::Kind::File;
    source->text = std::move(bytes).value();
    source->name = path;
    source->ended = true;
  } else {
    source->kind = Source::Kind::Stdin;
    options_.insert('s');
    if (self.is_terminal(0) && self.is_terminal(2)) interactive_ = true;
  }
  positional_.assign(args_.begin() + static_cast<std::ptrdiff_t>(std::min(at, args_.size())), args_.end());
  if (interactive_) {
    options_.insert('i');
    self.dispositions[kSigInt] = Disposition::Handle;
    self.dispositions[kSigTerm] = Disposition::Ignore;
    self.dispositions[kSigQuit] = Disposition::Ignore;
    if (self.terminal) self.terminal->foreground = self.group;
    if (dialect_ == Dialect::Ash) self.write(2, kBanner);
    if (!self.terminal) {
      if (dialect_ == Dialect::Ash) self.write(2, argument_zero_ + ": can't access tty; job control turned off\n");
      else self.write(2, argument_zero_ + ": 0: can't access tty; job control turned off\n");
    }
  }
  push_script(std::move(source));
  return true;
}

// ---------------------------------------------------------------- turns

Step Shell::step(Process& self) {
  self_ = &self;
  graveyard_.clear();
  if (!begun_) {
    begin(self);
    return Step::again();
  }
  if (replaced_) return Step::replaced();
  if (run_trap()) return Step::again();
  if (exiting_ || frames_.empty()) return finish();
  Frame& frame = *frames_.back();
  if (frame.substitution) return drive_substitution(frame);
  switch (frame.kind) {
    case Frame::Kind::Script: return script(frame);
    case Frame::Kind::Redirected: return redirected(frame);
    case Frame::Kind::Function:
      pop();
      return Step::again();
    case Frame::Kind::Node: break;
  }
  const Step step = evaluate(frame);
  return replaced_ ? Step::replaced() : step;
}

Step Shell::finish() {
  const int code = exiting_.value_or(status_);
  const auto action = traps_.find(0);
  if (action != traps_.end() && !action->second.empty() && !exit_trap_done_) {
    exit_trap_done_ = true;
    exiting_.reset();
    status_ = code;
    auto source = std::make_shared<Source>();
    source->text = action->second;
    source->ended = true;
    push_script(std::move(source)).keep_status = code;
    return Step::again();
  }
  return Step::exited(code & 0xff);
}

void Shell::push(NodePtr node, const Frame& parent, bool tested, bool last) {
  auto frame = std::make_unique<Frame>();
  frame->tested = tested || parent.tested;
  frame->last = last;
  frame->node = node;
  if (node->kind != Node::Kind::Simple && !node->redirects.empty()) {
    frame->kind = Frame::Kind::Redirected;
    frame->last = false;
  }
  frames_.push_back(std::move(frame));
}

Shell::Frame& Shell::push_script(std::shared_ptr<Source> source) {
  auto frame = std::make_unique<Frame>();
  frame->kind = Frame::Kind::Script;
  frame->source = std::move(source);
  frames_.push_back(std::move(frame));
  return *frames_.back();
}

void Shell::leave(Frame& frame) {
  restore_files(frame);
  for (auto it = frame.variables.rbegin(); it != frame.variables.rend(); ++it) variables_.restore(it->name, it->before);
  frame.variables.clear();
  if (frame.positional) {
    positional_ = std::move(*frame.positional);
    frame.positional.reset();
    --function_depth_;
  }
  if (frame.command_name) command_name_ = *frame.command_name;
  if (frame.keep_status) status_ = *frame.keep_status;
}

void Shell::pop() {
  leave(*frames_.back());
  graveyard_.push_back(std::move(frames_.back()));
  frames_.pop_back();
}

void Shell::leave_all() {
  while (!frames_.empty()) pop();
}

void Shell::exit_now(int status) {
  leave_all();
  exiting_ = status & 0xff;
}

void Shell::shell_error(int status) {
  if (!interactive_ || subshell_) return exit_now(status);
  while (frames_.size() > 1) pop();
  status_ = status;
}

bool Shell::unwind(Unwind how, int levels) {
  // How far up the target is, if there is one.
  for (size_t i = frames_.size(); i-- > 0;) {
    Frame& frame = *frames_[i];
    const bool is_script = frame.kind == Frame::Kind::Script;
    const bool is_function = frame.kind == Frame::Kind::Function;
    if (how == Unwind::Return) {
      if (!is_function && !(is_script && frame.source->kind != Source::Kind::Stdin)) continue;
      if (is_script && frame.source->name.empty() && i > 0) continue;  // eval
      while (frames_.size() > i + 1) pop();
      if (is_script) frame.source->at = frame.source->text.size();
      return true;
    }
    if (is_function) return false;
    const bool loop = frame.kind == Frame::Kind::Node && (frame.node->kind == Node::Kind::For || frame.node->kind == Node::Kind::While || frame.node->kind == Node::Kind::Until);
    if (!loop) continue;
    bool outer = false;  // is there another loop outside?
    for (size_t k = i; k-- > 0 && !outer;) {
      if (frames_[k]->kind == Frame::Kind::Function) break;
      outer = frames_[k]->kind == Frame::Kind::Node && (frames_[k]->node->kind == Node::Kind::For || frames_[k]->node->kind == Node::Kind::While || frames_[k]->node->kind == Node::Kind::Until);
    }
    if (--levels > 0 && outer) continue;
    while (frames_.size() > i + 1) pop();
    if (how == Unwind::Break) pop();
    else frame.stage = 0;  // For: the next value; While, Until: the condition
    return true;
  }
  return false;
}

bool Shell::run_trap() {
  if (self_->caught.empty()) return false;
  if (!frames_.empty() && !frames_.back()->pids.empty() && frames_.back()->stage >= 2 && frames_.back()->words.empty()) return false;  // after the child
  const int signal = self_->caught.front();
  self_->caught.pop_front();
  const auto action = traps_.find(signal);
  if (action != traps_.end() && !action->second.empty()) {
    if (!frames_.empty() && !frames_.back()->words.empty() && frames_.back()->words.front() == "wait") {
      pop();
      status_ = 128 + signal;
    }
    auto source = std::make_shared<Source>();
    source->text = action->second;
    source->ended = true;
    push_script(std::move(source)).keep_status = status_;
    return true;
  }
  if (signal == kSigInt && interactive_) {
    while (frames_.size() > 1) pop();
    status_ = 130;
    if (self_->is_terminal(2)) self_->write(2, "\n");
    frames_.back()->stage = 0;
    return true;
  }
  return false;
}

// ---------------------------------------------------------------- reading commands

void Shell::prompt(bool continued) {
  const std::string format = variables_.get(continued ? "PS2" : "PS1").value_or("");
  std::string text;
  for (size_t i = 0; i < format.size(); ++i) {
    if (dialect_ != Dialect::Ash || format[i] != '\\' || i + 1 == format.size()) {
      text += format[i];
      continue;
    }
    const char c = format[++i];
    if (c == 'w' || c == 'W') {
      std::string shown = self_->cwd;
      const std::string home = variables_.get("HOME").value_or("");
      if (home.size() > 1 && (shown == home || shown.rfind(home + "/", 0) == 0)) shown = "~" + shown.substr(home.size());
      if (c == 'W') shown = base_name(shown);
      text += shown;
    } else if (c == '$') {
      text += self_->who.uid == 0 ? '#' : '$';
    } else if (c == 'h') {
      text += self_->kernel.options().hostname;
    } else if (c == 'u') {
      text += user_name(*self_, self_->who.uid);
    } else if (c == 'n') {
      text += '\n';
    } else {
      text += c;
    }
  }
  const bool editing = dialect_ == Dialect::Ash && self_->is_terminal(0);
  // busybox asks the terminal where its cursor is, unless something was typed already.
  if (editing && !self_->terminal->input_waits()) text += "\033[6n";
  self_->write(editing ? 1 : 2, text);
}

// False: nothing to read now.
bool Shell::read_more(Source& source) {
  const bool editing = interactive_ && dialect_ == Dialect::Ash && self_->is_terminal(0);
  if (!editing) {  // a buffer at a time, as they do: what a command of the script reads comes after it
    const Reading reading = self_->read(0, dialect_ == Dialect::Ash ? 1024 : 8192);
    if (reading.kind == Reading::Kind::Blocked) return false;
    if (reading.kind == Reading::Kind::Data) source.text += reading.bytes;
    else source.ended = true;
    return true;
  }
  self_->terminal->set_mode(LineMode::Raw);
  const Reading reading = self_->read(0, 1);
  if (reading.kind == Reading::Kind::Blocked) return false;
  if (reading.kind != Reading::Kind::Data) {
    self_->terminal->set_mode(LineMode::Cooked);
    source.ended = true;
    return true;
  }
  std::string shown;
  const LineEditor::Event event = editor_.take(reading.bytes.front(), shown);
  if (!shown.empty()) self_->write(1, shown);
  if (event == LineEditor::Event::None) return true;
  self_->terminal->set_mode(LineMode::Cooked);
  if (event == LineEditor::Event::Line) source.text += editor_.take_line() + "\n";
  if (event == LineEditor::Event::End) source.ended = true;
  if (event == LineEditor::Event::Interrupted) {
    source.text.erase(source.at);
    status_ = 130;
  }
  frames_.back()->stage = 0;  // prompt again
  return true;
}

// stage 0: a prompt is due; 1: it was shown.
Step Shell::script(Frame& frame) {
  Source& source = *frame.source;
  collect_background(false);
  if (frame.index != 0) {  // a command has run
    frame.index = 0;
    if (frame.keep_status.has_value() && exiting_) return Step::again();
  }
  if (frames_.size() > kMostFrames) {
    unsupported("more than " + std::to_string(kMostFrames) + " nested commands");
    return Step::again();
  }
  const Parsed parsed = parse_command(source.text, source.at, source.line, dialect_);
  const bool cut_short = parsed.open_document && !source.ended;
  const bool no_newline_yet = parsed.outcome == Parsed::Outcome::Command && !source.ended && parsed.end == source.text.size() && source.text.back() != '\n';
  if (!source.ended && (parsed.outcome == Parsed::Outcome::End || parsed.outcome == Parsed::Outcome::Incomplete || cut_short || no_newline_yet)) {
    if (parsed.outcome == Parsed::Outcome::End) {
      source.text.clear();
      source.at = 0;
    }
    if (interactive_ && source.kind == Source::Kind::Stdin && frame.stage == 0) {
      prompt(parsed.outcome != Parsed::Outcome::End);
      frame.stage = 1;
      return Step::again();
    }
    return read_more(source) ? Step::again() : Step::blocked();
  }
  frame.stage = 0;
  switch (parsed.outcome) {
    case Parsed::Outcome::End:
      if (frames_.size() == 1 && interactive_ && source.kind == Source::Kind::Stdin && dialect_ == Dialect::Dash) self_->write(2, "\n");
      pop();
      return Step::again();
    case Parsed::Outcome::Command: {
      source.at = parsed.end;
      source.line = parsed.end_line;
      if (!parsed.node) return Step::again();
      frame.index = 1;
      const bool rest = parse_command(source.text, source.at, source.line, dialect_).outcome != Parsed::Outcome::End;
      const bool last = source.ended && !rest && frames_.size() == 1 && source.kind == Source::Kind::Text && traps_.empty();
      push(parsed.node, frame, false, last);
      return Step::again();
    }
    case Parsed::Outcome::Incomplete:
    case Parsed::Outcome::Error:
      line_ = parsed.outcome == Parsed::Outcome::Incomplete ? parsed.end_line : parsed.error_line;
      complain(parsed.error);
      source.at = source.text.size();
      shell_error(2);
      return Step::again();
    case Parsed::Outcome::Unsupported:
      source.at = source.text.size();
      unsupported(parsed.error);
      return Step::again();
  }
  return Step::again();
}

// ---------------------------------------------------------------- messages

void Shell::complain(std::string_view message, std::string_view builtin) {
  std::string text = argument_zero_ + ": ";
  if (dialect_ == Dialect::Dash) {
    text += std::to_string(line_) + ": ";
    const std::string name = builtin.empty() ? command_name_ : std::string(builtin);
    if (!name.empty()) text += name + ": ";
  } else {
    const std::string name = builtin.empty() ? command_name_ : std::string(builtin);
    bool from_file = false;
    for (const auto& frame : frames_) from_file = from_file || (frame->source && frame->source->kind == Source::Kind::File);
    if (!name.empty()) {
      if (name != argument_zero_) text += name + ": ";
      if (!interactive_ || from_file) text += "line " + std::to_string(line_) + ": ";
    }
  }
  self_->write(2, text + std::string(message) + "\n");
}

void Shell::unsupported(std::string_view what) {
  self_->write(2, "strates-sim: sh: not supported: " + std::string(what) + "\n");
  if (begun_ && interactive_ && !frames_.empty()) return shell_error(2);
  exit_now(2);
}

void Shell::check_errexit(const Frame& frame) {
  if (status_ != 0 && options_.count('e') != 0 && !frame.tested) exit_now(status_);
}

// ---------------------------------------------------------------- variables

std::optional<std::string> Shell::variable(std::string_view name) {
  if (name == "?") return std::to_string(status_);
  if (name == "#") return std::to_string(positional_.size());
  if (name == "$") return std::to_string(root_pid_);
  if (name == "!") return last_background_ == 0 ? std::nullopt : std::optional(std::to_string(last_background_));
  if (name == "0") return dollar_zero_;
  if (name == "-") {
    std::string letters;
    for (const char letter : {'e', 'f', 'i', 's', 'x', 'u', 'c'})
      if (options_.count(letter) != 0 && (letter != 'c' || dialect_ == Dialect::Ash)) letters += letter;
    return letters;
  }
  if (name == "LINENO") return std::to_string(line_);
  if (name == "RANDOM" && dialect_ == Dialect::Ash) {
    random_ = (random_ + static_cast<std::uint32_t>(root_pid_)) * 1'103'515'245u + 12'345u;
    return std::to_string((random_ >> 16) & 0x7fff);
  }
  if (!name.empty() && name.front() >= '1' && name.front() <= '9') {
    if (name.size() > 6) return std::nullopt;
    const size_t index = static_cast<size_t>(std::stoi(std::string(name)));
    return index <= positional_.size() ? std::optional(positional_[index - 1]) : std::nullopt;
  }
  return variables_.get(name);
}

bool Shell::is_readonly(std::string_view name) {
  const Variable* found = variables_.find(name);
  return found != nullptr && found->readonly;
}

std::optional<std::string> Shell::home_of(std::string_view user) { return user_home(*self_, user); }

bool Shell::set_variable(const std::string& name, std::string value, std::string_view builtin) {
  if (variables_.set(name, std::move(value))) return true;
  complain(name + ": is read only", builtin);
  shell_error(2);
  return false;
}

}  // namespace strates::sim::shell
