// How each kind of node runs, one step at a time.
#include "base/strings.hpp"
#include "sim/process/container_kernel.hpp"
#include "sim/process/signals.hpp"
#include "sim/process/terminal.hpp"
#include "sim/programs/start.hpp"
#include "sim/shell/builtins.hpp"
#include "sim/shell/parser.hpp"
#include "sim/shell/pattern.hpp"
#include "sim/shell/shell.hpp"

namespace strates::sim::shell {

namespace {
constexpr size_t kMostSubstitution = 16 << 20;
constexpr int kWaitStage = 2, kReadStage = 3, kWaitBuiltinStage = 4;
}  // namespace

Step Shell::evaluate(Frame& frame) {
  const NodePtr node = frame.node;
  switch (node->kind) {
    case Node::Kind::Simple: return simple(frame);
    case Node::Kind::Pipeline: return pipeline(frame);
    case Node::Kind::For: return for_loop(frame);
    case Node::Kind::Case: return case_choice(frame);
    case Node::Kind::Sequence:
      if (frame.index == node->children.size()) {
        if (node->children.empty()) status_ = 0;
        pop();
        return Step::again();
      }
      frame.index++;
      push(node->children[frame.index - 1], frame, false, frame.last && frame.index == node->children.size());
      return Step::again();
    case Node::Kind::And:
    case Node::Kind::Or:
      if (frame.stage == 0) {
        frame.stage = 1;
        push(node->children[0], frame, true, false);
        return Step::again();
      }
      if (frame.stage == 1 && (status_ == 0) == (node->kind == Node::Kind::And)) {
        frame.stage = 2;
        push(node->children[1], frame, false, frame.last);
        return Step::again();
      }
      pop();
      return Step::again();
    case Node::Kind::Not:
      if (frame.stage++ == 0) {
        push(node->children[0], frame, true, false);
        return Step::again();
      }
      status_ = status_ == 0 ? 1 : 0;
      pop();
      return Step::again();
    case Node::Kind::Group:
      if (frame.stage++ == 0) push(node->children[0], frame, false, frame.last);
      else pop();
      return Step::again();
    case Node::Kind::If:
      if (frame.stage == 0) {
        frame.stage = 1;
        push(node->children[0], frame, true, false);
        return Step::again();
      }
      if (frame.stage == 1) {
        frame.stage = 2;
        if (status_ == 0) push(node->children[1], frame, false, frame.last);
        else if (node->children.size() > 2) push(node->children[2], frame, false, frame.last);
        else {
          status_ = 0;
          pop();
        }
        return Step::again();
      }
      pop();
      return Step::again();
    case Node::Kind::While:
    case Node::Kind::Until:
      if (frame.stage == 0) {  // the condition
        if (frame.index++ > 0) frame.result = status_;
        frame.stage = 1;
        push(node->children[0], frame, true, false);
        return Step::again();
      }
      if ((status_ == 0) == (node->kind == Node::Kind::While)) {
        frame.stage = 0;
        push(node->children[1], frame, false, false);
        return Step::again();
      }
      status_ = frame.result;
      pop();
      return Step::again();
    case Node::Kind::Function:
      functions_[node->name] = node->children[0];
      status_ = 0;
      pop();
      return Step::again();
    case Node::Kind::Background: {
      Process* child = fork_shell(node->children[0]);
      if (child == nullptr) return Step::again();
      if (!interactive_) {
        child->files[0] = std::make_shared<DeviceFile>(Device::Null);
        child->dispositions[kSigInt] = Disposition::Ignore;
        child->dispositions[kSigQuit] = Disposition::Ignore;
      } else {
        child->group = child->pid;
      }
      background_.push_back(child->pid);
      last_background_ = child->pid;
      status_ = 0;
      pop();
      return Step::again();
    }
    case Node::Kind::Subshell:
      if (frame.stage == 0) {
        Process* child = fork_shell(node->children[0]);
        if (child == nullptr) return Step::again();
        in_own_group(*child);
        frame.pids = {child->pid};
        frame.stage = kWaitStage;
        return Step::again();
      }
      return wait_children(frame);
  }
  return Step::again();
}

Step Shell::redirected(Frame& frame) {
  if (frame.stage == 1) {
    pop();
    return Step::again();
  }
  Expander expander(*this, frame.answers);
  line_ = frame.node->line;
  const auto targets = resolve(frame.node->redirects, expander);
  if (!settled(frame, expander)) return Step::again();
  if (!expander.good()) return Step::again();
  frame.stage = 1;
  if (const std::string error = redirect(targets, &frame); !error.empty()) {
    complain(error);
    const bool tested = frame.tested;
    pop();
    status_ = dialect_ == Dialect::Ash ? 1 : 2;
    Frame parent;
    parent.tested = tested;
    check_errexit(parent);
    return Step::again();
  }
  auto inner = std::make_unique<Frame>();
  inner->node = frame.node;
  inner->tested = frame.tested;
  frames_.push_back(std::move(inner));
  return Step::again();
}

// ---------------------------------------------------------------- expansion over several steps

bool Shell::settled(Frame& frame, Expander& expander) {
  if (expander.good()) return apply_assigned(expander);
  if (expander.wanted() != nullptr && expander.error().empty()) {
    substitute(frame, *expander.wanted());
    return false;
  }
  if (expander.error().rfind("strates-sim:", 0) == 0) {
    unsupported(expander.error().substr(std::string_view("strates-sim: not supported: ").size()));
    return true;
  }
  complain(expander.error());
  shell_error(2);
  return true;
}

bool Shell::apply_assigned(const Expander& expander) {
  for (const auto& [name, value] : expander.assigned())
    if (!set_variable(name, value)) return false;
  return true;
}

bool Shell::substitute(Frame& frame, const Part& part) {
  if (!part.command) {
    frame.answers.emplace_back();
    return true;
  }
  auto [from, to] = make_pipe();
  Process* child = fork_shell(part.command);
  if (child == nullptr) return false;
  child->files[1] = to;
  frame.substitution = Substitution{child->pid, from, {}, true};
  return true;
}

Step Shell::drive_substitution(Frame& frame) {
  Substitution& running = *frame.substitution;
  if (running.reading) {
    const Reading reading = running.from->read(65'536);
    if (reading.kind == Reading::Kind::Blocked) return Step::blocked();
    if (reading.kind == Reading::Kind::Data) {
      running.output += reading.bytes;
      if (running.output.size() > kMostSubstitution) {
        frame.substitution.reset();
        unsupported("a command substitution of more than 16 MiB");
      }
      return Step::again();
    }
    running.reading = false;
    running.from.reset();
  }
  const auto ended = self_->kernel.reap(*self_, running.pid);
  if (!ended) return Step::blocked();
  substitution_status_ = ended->code;
  std::string output = std::move(running.output);
  while (!output.empty() && output.back() == '\n') output.pop_back();
  std::string text;
  for (const char c : output)
    if (c != '\0') text += c;
  frame.answers.push_back(std::move(text));
  frame.substitution.reset();
  return Step::again();
}

// ---------------------------------------------------------------- simple commands

Step Shell::simple(Frame& frame) {
  switch (frame.stage) {
    case 0: return run_simple(frame);
    case kWaitStage: return wait_children(frame);
    case kReadStage: return Builtins::read_step(*this, frame);
    case kWaitBuiltinStage: return Builtins::wait_step(*this, frame);
    default: {  // a function, eval or `.` has run
      pop();
      return Step::again();
    }
  }
}

void Shell::trace(const std::vector<std::string>& words, const std::vector<std::pair<std::string, std::string>>& assignments) {
  const auto shown = [this](const std::string& text) {
    const bool plain = !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+%@") == std::string::npos;
    if (plain || dialect_ == Dialect::Dash) return text;
    return "'" + replace_all(text, "'", "'\"'\"'") + "'";
  };
  std::string line = variables_.get("PS4").value_or("");
  bool first = true;
  for (const auto& [name, value] : assignments) {
    line += (first ? "" : " ") + name + "=" + (value.empty() ? "" : shown(value));
    first = false;
  }
  for (const std::string& word : words) {
    line += (first ? "" : " ") + shown(word);
    first = false;
  }
  self_->write(2, line + "\n");
}

Step Shell::run_simple(Frame& frame) {
  const NodePtr node = frame.node;
  line_ = node->line;
  Expander expander(*this, frame.answers);
  std::vector<std::string> words;
  for (const Word& word : node->words) {
    for (std::string& field : expander.fields(word)) words.push_back(std::move(field));
    if (!expander.good()) break;
  }
  std::vector<ResolvedRedirect> redirects;
  if (expander.good()) redirects = resolve(node->redirects, expander);
  std::vector<std::pair<std::string, std::string>> assignments;
  if (expander.good())
    for (const Assignment& assignment : node->assignments) {
      // A later assignment sees an earlier one (a=1 b=$a).
      assignments.emplace_back(assignment.name, expander.assignment_text(assignment.value));
      if (!expander.good()) break;
      if (words.empty()) expander.assume(assignment.name, assignments.back().second);
    }
  if (!expander.good()) {
    settled(frame, expander);
    return Step::again();
  }
  if (frame.answers.empty()) substitution_status_ = 0;
  if (!words.empty() && !apply_assigned(expander)) return Step::again();
  if (options_.count('x') != 0 && (!words.empty() || !assignments.empty())) trace(words, assignments);

  const bool was_tested = frame.tested;
  const auto end_with = [&](int status) {
    status_ = status;
    pop();
    Frame outcome;
    outcome.tested = was_tested;
    check_errexit(outcome);
    return Step::again();
  };

  if (words.empty()) {
    if (const std::string error = redirect(redirects, &frame); !error.empty()) {
      complain(error);
      return end_with(dialect_ == Dialect::Ash ? 1 : 2);
    }
    restore_files(frame);
    for (auto& [name, value] : assignments)
      if (!set_variable(name, std::move(value))) return Step::again();
    for (const auto& [name, value] : expander.assigned())
      if (variables_.get(name) != value && !is_readonly(name)) {
        bool own = false;
        for (const auto& assignment : assignments) own = own || assignment.first == name;
        if (!own) variables_.set(name, value);
      }
    return end_with(substitution_status_);
  }

  const std::string& name = words.front();
  const auto function = functions_.find(name);
  const Builtins::Row* builtin = function == functions_.end() ? Builtins::find(name, dialect_) : nullptr;
  const bool special = builtin != nullptr && builtin->special;

  if (const std::string error = redirect(redirects, &frame); !error.empty()) {
    complain(error);
    restore_files(frame);
    if (special && !interactive_) {
      exit_now(dialect_ == Dialect::Ash ? 1 : 2);
      return Step::again();
    }
    return end_with(dialect_ == Dialect::Ash ? 1 : 2);
  }
  for (const auto& [variable_name, value] : assignments) {
    if (!special) {
      const Variable* before = variables_.find(variable_name);
      frame.variables.push_back({variable_name, before == nullptr ? std::nullopt : std::optional(*before)});
    }
    if (!set_variable(variable_name, value)) return Step::again();
    if (!special) variables_.make(variable_name).exported = true;
  }

  if (function != functions_.end()) {
    if (function_depth_ >= 200) {
      unsupported("more than 200 nested functions");
      return Step::again();
    }
    frame.stage = 1;
    auto call = std::make_unique<Frame>();
    call->kind = Frame::Kind::Function;
    call->positional = std::move(positional_);
    call->tested = frame.tested;
    positional_.assign(words.begin() + 1, words.end());
    ++function_depth_;
    const NodePtr body = function->second;
    frames_.push_back(std::move(call));
    push(body, *frames_.back(), false, false);
    return Step::again();
  }

  if (builtin != nullptr) {
    const Builtins::Outcome outcome = builtin->function(*this, frame, words);
    switch (outcome.kind) {
      case Builtins::Outcome::Kind::Replaced: return Step::replaced();
      case Builtins::Outcome::Kind::Frames: return Step::again();
      case Builtins::Outcome::Kind::Reading: frame.stage = kReadStage; return Step::again();
      case Builtins::Outcome::Kind::Waiting: frame.stage = kWaitBuiltinStage; return Step::again();
      case Builtins::Outcome::Kind::Status: break;
    }
    if (exiting_ || frames_.empty() || frames_.back().get() != &frame) return Step::again();  // it ended the shell, or left a loop
    return end_with(outcome.status);
  }

  if (frame.last && traps_.empty() && !interactive_) {
    const int failed = load_into(*self_, words, false, {});
    if (failed != 0) return end_with(failed);
    replaced_ = true;
    return Step::replaced();
  }
  Process* child = fork_process();
  if (child == nullptr) return Step::again();
  const int failed = load_into(*child, words, false, {});
  if (failed != 0) {
    self_->kernel.discard(*child);
    return end_with(failed);
  }
  in_own_group(*child);
  restore_files(frame);
  frame.pids = {child->pid};
  frame.stage = kWaitStage;
  return Step::again();
}

// All children of this frame in the foreground have to end; the status is the last one's.
Step Shell::wait_children(Frame& frame) {
  bool moved = false;
  collect_background(false);
  for (size_t i = 0; i < frame.pids.size(); ++i) {
    int& pid = frame.pids[i];
    if (pid == 0) continue;
    const auto ended = self_->kernel.reap(*self_, pid);
    if (!ended) continue;
    moved = true;
    pid = 0;
    if (ended->code != 0 && pipefail_) frame.result = ended->code;
    if (i + 1 == frame.pids.size()) {
      if (!pipefail_) frame.result = ended->code;
      note_child_death(*ended);
    }
  }
  for (const int pid : frame.pids)
    if (pid != 0) return moved ? Step::again() : Step::blocked();
  take_terminal();
  status_ = frame.result;
  Frame outcome;
  outcome.tested = frame.tested;
  pop();
  check_errexit(outcome);
  return Step::again();
}

Step Shell::pipeline(Frame& frame) {
  if (frame.stage == kWaitStage) return wait_children(frame);
  OpenFilePtr input;
  int group = 0;
  const auto& members = frame.node->children;
  for (size_t i = 0; i < members.size(); ++i) {
    OpenFilePtr next_input, output;
    if (i + 1 < members.size()) std::tie(next_input, output) = make_pipe();
    Process* child = fork_shell(members[i]);
    if (child == nullptr) return Step::again();
    if (input) child->files[0] = input;
    if (output) child->files[1] = output;
    if (interactive_) {
      if (group == 0) in_own_group(*child);
      group = group == 0 ? child->pid : group;
      child->group = group;
    }
    frame.pids.push_back(child->pid);
    input = next_input;
  }
  frame.stage = kWaitStage;
  return Step::again();
}

Step Shell::for_loop(Frame& frame) {
  const Node& node = *frame.node;
  if (frame.stage == 0 && frame.index == 0) {
    line_ = node.line;
    if (node.has_list) {
      Expander expander(*this, frame.answers);
      std::vector<std::string> values;
      for (const Word& word : node.words) {
        for (std::string& field : expander.fields(word)) values.push_back(std::move(field));
        if (!expander.good()) break;
      }
      if (!settled(frame, expander) || !expander.good()) return Step::again();
      frame.list = std::move(values);
    } else {
      frame.list = positional_;
    }
    if (frame.list.empty()) status_ = 0;
    frame.index = 1;
  }
  if (frame.index > frame.list.size()) {
    pop();
    return Step::again();
  }
  const std::string value = frame.list[frame.index++ - 1];
  if (!set_variable(node.name, value)) return Step::again();
  push(node.children[0], frame, false, false);
  return Step::again();
}

Step Shell::case_choice(Frame& frame) {
  const Node& node = *frame.node;
  if (frame.stage == 1) {
    pop();
    return Step::again();
  }
  line_ = node.line;
  Expander expander(*this, frame.answers);
  const std::string subject = expander.text(node.words.front());
  const CaseItem* chosen = nullptr;
  for (const CaseItem& item : node.items) {
    for (const Word& pattern : item.patterns) {
      if (!expander.good() || chosen != nullptr) break;
      const std::string text = expander.pattern(pattern);
      if (expander.good() && matches(text, subject)) chosen = &item;
    }
    if (chosen != nullptr) break;
  }
  if (!settled(frame, expander) || !expander.good()) return Step::again();
  frame.stage = 1;
  const bool empty = chosen == nullptr || (chosen->body->kind == Node::Kind::Sequence && chosen->body->children.empty());
  if (empty) {
    status_ = 0;
    pop();
    return Step::again();
  }
  push(chosen->body, frame, false, frame.last);
  return Step::again();
}

}  // namespace strates::sim::shell
