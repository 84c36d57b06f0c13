// Children of a shell: forks, descriptors, and what file a command's name means.
#include <algorithm>

#include "base/strings.hpp"
#include "sim/process/container_kernel.hpp"
#include "sim/process/loader.hpp"
#include "sim/process/signals.hpp"
#include "sim/process/terminal.hpp"
#include "sim/programs/start.hpp"
#include "sim/shell/pattern.hpp"
#include "sim/shell/shell.hpp"

namespace strates::sim::shell {

Process* Shell::fork_process() {
  Process* child = self_->kernel.fork(*self_);
  if (child == nullptr) {
    complain(dialect_ == Dialect::Ash ? "can't fork: Resource temporarily unavailable" : "Cannot fork");
    shell_error(2);
    return nullptr;
  }
  child->dispositions.erase(kSigTerm);
  if (interactive_) {
    child->dispositions.erase(kSigQuit);
    child->dispositions.erase(kSigInt);
  }
  for (const auto& [signal, action] : traps_)
    if (action.empty() && signal != 0) child->dispositions[signal] = Disposition::Ignore;
  return child;
}

Process* Shell::fork_shell(NodePtr node) {
  Process* child = fork_process();
  if (child == nullptr) return nullptr;
  auto copy = std::make_unique<Shell>(dialect_, args_);
  copy->begun_ = true;
  copy->subshell_ = true;
  copy->argument_zero_ = argument_zero_;
  copy->command_name_ = command_name_;
  copy->dollar_zero_ = dollar_zero_;
  copy->root_pid_ = root_pid_;
  copy->variables_ = variables_;
  copy->positional_ = positional_;
  copy->functions_ = functions_;
  copy->options_ = options_;
  copy->pipefail_ = pipefail_;
  copy->status_ = status_;
  copy->line_ = line_;
  copy->last_background_ = last_background_;
  copy->function_depth_ = function_depth_;
  copy->random_ = random_;
  for (const auto& [signal, action] : traps_)
    if (action.empty()) copy->traps_[signal] = action;
  auto frame = std::make_unique<Frame>();
  frame->node = std::move(node);
  frame->last = true;
  if (frame->node->kind != Node::Kind::Simple && !frame->node->redirects.empty()) {
    frame->kind = Frame::Kind::Redirected;
    frame->last = false;
  }
  // Whether the parent's `set -e` looks at a status has nothing to do with the child's end: it ends with its status anyway.
  if (!frames_.empty()) frame->tested = frames_.back()->tested;
  copy->frames_.push_back(std::move(frame));
  child->program = std::move(copy);
  return child;
}

void Shell::in_own_group(Process& child) {
  if (!interactive_ || subshell_ || !self_->terminal) return;
  child.group = child.pid;
  self_->terminal->foreground = child.group;
}

void Shell::take_terminal() {
  if (!interactive_ || subshell_ || !self_->terminal) return;
  self_->terminal->foreground = self_->group;
}

void Shell::collect_background(bool tell) {
  constexpr size_t kMostKept = 1000;  // statuses that nobody asked for
  for (size_t i = background_.size(); i-- > 0;) {
    const int pid = background_[i];
    const auto ended = self_->kernel.reap(*self_, pid);
    if (!ended) continue;
    background_status_[pid] = ended->code;
    background_.erase(background_.begin() + static_cast<std::ptrdiff_t>(i));
    if (tell) note_child_death(*ended);
    if (background_status_.size() > kMostKept) background_status_.erase(background_status_.begin());
  }
}

void Shell::note_child_death(const engine::ExitStatus& status) {
  if (status.signal == 0 || status.signal == kSigPipe) return;
  if (status.signal == kSigInt) {
    if (interactive_) self_->write(2, "\n");
    return;
  }
  self_->write(2, std::string(signal_sentence(status.signal)) + "\n");
}

// ---------------------------------------------------------------- redirections

std::vector<Shell::ResolvedRedirect> Shell::resolve(const std::vector<Redirect>& redirects, Expander& expander) {
  std::vector<ResolvedRedirect> list;
  for (const Redirect& redirect : redirects) {
    std::string target = expander.text(redirect.target);
    if (!expander.good()) break;
    list.push_back({redirect.kind, redirect.descriptor, std::move(target)});
  }
  return list;
}

// "" or the message; what was done before an error is undone by restore_files.
std::string Shell::redirect(const std::vector<ResolvedRedirect>& redirects, Frame* saved) {
  const bool ash = dialect_ == Dialect::Ash;
  for (const ResolvedRedirect& one : redirects) {
    OpenFilePtr opened;
    bool close = false;
    switch (one.kind) {
      case Redirect::Kind::Document: opened = std::make_shared<FileReader>(one.target); break;
      case Redirect::Kind::In: {
        auto file = self_->open_for_reading(one.target);
        if (!file.ok()) {
          const bool absent = errno_of(file.error()) == Errno::NoEntry;
          if (ash) return "can't open " + one.target + ": " + (absent ? "no such file" : reason(file.error()));
          return "cannot open " + one.target + ": " + (absent ? "No such file" : reason(file.error()));
        }
        opened = std::move(file).value();
        break;
      }
      case Redirect::Kind::Out:
      case Redirect::Kind::Append: {
        auto file = self_->open_for_writing(one.target, one.kind == Redirect::Kind::Out ? Vfs::Write::Truncate : Vfs::Write::Append);
        if (!file.ok()) {
          const bool absent = errno_of(file.error()) == Errno::NoEntry;
          if (ash) return "can't create " + one.target + ": " + (absent ? "nonexistent directory" : reason(file.error()));
          return "cannot create " + one.target + ": " + (absent ? "Directory nonexistent" : reason(file.error()));
        }
        opened = std::move(file).value();
        break;
      }
      case Redirect::Kind::DuplicateIn:
      case Redirect::Kind::DuplicateOut: {
        if (one.target == "-") {
          close = true;
          break;
        }
        if (one.target.empty() || one.target.size() > 3 || one.target.find_first_not_of("0123456789") != std::string::npos)
          return ash ? "ambiguous redirect" : "Bad fd number";
        opened = self_->file(std::stoi(one.target));
        if (!opened) return one.target + ": Bad file descriptor";
        break;
      }
    }
    const auto before = self_->files.find(one.descriptor);
    if (saved != nullptr) saved->files.push_back({one.descriptor, before == self_->files.end() ? nullptr : before->second});
    if (close) self_->files.erase(one.descriptor);
    else self_->files[one.descriptor] = std::move(opened);
  }
  return {};
}

void Shell::restore_files(Frame& frame) {
  for (auto it = frame.files.rbegin(); it != frame.files.rend(); ++it) {
    if (it->before) self_->files[it->descriptor] = it->before;
    else self_->files.erase(it->descriptor);
  }
  frame.files.clear();
}

// ---------------------------------------------------------------- programs

int Shell::load_into(Process& into, const std::vector<std::string>& words, bool by_path_only, std::string_view builtin) {
  const std::string& name = words.front();
  std::vector<std::string> environment = variables_.environment();
  const bool has_slash = name.find('/') != std::string::npos;
  if (!has_slash && dialect_ == Dialect::Ash && !by_path_only && is_busybox_applet(name)) {
    auto program = start_program("busybox", words);
    into.env = std::move(environment);
    into.args = words;
    (&into == self_ ? into.replacement : into.program) = std::move(program);
    return 0;
  }
  std::optional<std::string> path;
  bool forbidden = false;
  if (has_slash) {
    path = name;
  } else if (!name.empty()) {
    const std::string search = variables_.get("PATH").value_or("");
    path = find_in_path(*self_, name, search);
    if (!path)
      for (const std::string& directory : split(search, ':')) {
        const auto stat = self_->vfs().stat(self_->absolute(join_path(directory, name)));
        forbidden = forbidden || (stat.ok() && stat.value().meta.type == image::EntryType::File);
      }
  }
  if (!path) {
    complain(name + (forbidden ? ": Permission denied" : ": not found"), builtin);
    return forbidden ? 126 : 127;
  }
  std::vector<std::string> args = words;
  auto loaded = load_program(*self_, *path, args);
  if (!loaded.ok() && errno_of(loaded.error()) == Errno::ExecFormat) {
    // Text without "#!" runs in a shell of the same kind (POSIX 2.9.1.1).
    args.front() = *path;
    args.insert(args.begin(), dialect_ == Dialect::Ash ? "sh" : "sh");
    into.env = std::move(environment);
    into.args = args;
    (&into == self_ ? into.replacement : into.program) = std::make_unique<Shell>(dialect_, args);
    return 0;
  }
  if (!loaded.ok()) {
    const Errno number = errno_of(loaded.error());
    complain(name + ": " + (number == Errno::NoEntry ? std::string("not found") : reason(loaded.error())), builtin);
    return number == Errno::NoEntry ? 127 : 126;
  }
  into.env = std::move(environment);
  into.args = std::move(loaded.value().args);
  (&into == self_ ? into.replacement : into.program) = std::move(loaded.value().program);
  return 0;
}

// ---------------------------------------------------------------- file names

std::vector<std::string> Shell::glob(const std::string& pattern) {
  std::vector<std::string> found{pattern.front() == '/' ? "/" : ""};
  const std::vector<std::string> parts = split(pattern, '/');
  for (size_t i = 0; i < parts.size(); ++i) {
    const std::string& part = parts[i];
    const bool last = i + 1 == parts.size();
    if (part.empty()) {
      if (last)  // "dir*/": directories only
        found.erase(std::remove_if(found.begin(), found.end(),
                                   [&](std::string& path) {
                                     const auto stat = self_->vfs().stat(self_->absolute(path));
                                     if (!stat.ok() || stat.value().meta.type != image::EntryType::Directory) return true;
                                     if (path.back() != '/') path += '/';
                                     return false;
                                   }),
                    found.end());
      continue;
    }
    std::vector<std::string> next;
    for (const std::string& base : found) {
      const std::string prefix = base.empty() || base.back() == '/' ? base : base + "/";
      if (!has_magic(part)) {
        const std::string path = prefix + unescape_pattern(part);
        if (self_->vfs().lstat(self_->absolute(path)).ok()) next.push_back(path);
        continue;
      }
      auto names = self_->vfs().list(self_->absolute(base.empty() ? "." : base));
      if (!names.ok()) continue;
      std::vector<std::string> all = std::move(names).value();
      if (part.front() == '.') all.insert(all.begin(), {".", ".."});
      for (const std::string& name : all) {
        if (name.front() == '.' && part.front() != '.') continue;
        if (!matches(part, name)) continue;
        const std::string path = prefix + name;
        if (!last) {
          const auto stat = self_->vfs().stat(self_->absolute(path));
          if (!stat.ok() || stat.value().meta.type != image::EntryType::Directory) continue;
        }
        next.push_back(path);
      }
    }
    found = std::move(next);
    if (found.size() > 100'000) return {};
  }
  std::sort(found.begin(), found.end());
  if (found.size() == 1 && found.front().empty()) return {};
  return found;
}

}  // namespace strates::sim::shell
