#include "viewer/terminal/shell_session.hpp"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>

#include "base/strings.hpp"

namespace strates::viewer {

namespace {

constexpr const char* kStartName = "/bashrc";
constexpr const char* kHistoryName = "/history";

Error files_error(std::string_view operation, const std::string& path, int number) {
  Error error = system_error(operation, path, number);
  error.code = "terminal.open";
  return error;
}

Result<void> write_file(const std::string& path, std::string_view text) {
  const UniqueFd file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return files_error("create", path, errno);
  while (!text.empty()) {
    const ssize_t count = write(file.get(), text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return files_error("write", path, errno);
    text.remove_prefix(static_cast<size_t>(count));
  }
  return success();
}

void remove_files(const std::string& directory) {
  unlink((directory + kStartName).c_str());
  unlink((directory + kHistoryName).c_str());
  rmdir(directory.c_str());
}

bool speaks_utf8(const std::string& locale) {
  const std::string lower = to_lower(locale);
  return lower.find("utf-8") != std::string::npos || lower.find("utf8") != std::string::npos;
}

// This terminal is of its own kind and speaks UTF-8; the rest is as the lesson's commands have it.
std::vector<std::string> environment_for(const std::vector<std::string>& given, const std::string& history) {
  std::vector<std::string> out;
  std::string all, letters, language;
  for (const auto& variable : given) {
    const auto name = std::string_view(variable).substr(0, variable.find('='));
    const std::string value = variable.substr(std::min(variable.size(), name.size() + 1));
    if (name == "LC_ALL") all = value;
    if (name == "LC_CTYPE") letters = value;
    if (name == "LANG") language = value;
    const bool ours = name == "TERM" || name == "HISTFILE" || name == "PROMPT_COMMAND" || name == "PS0" || name == "PS1" || name == "PS2" || name == "BASH_ENV" ||
                      name == "ENV" || name == "LINES" || name == "COLUMNS" || name == "SHELLOPTS" || name == "BASHOPTS" || name == "POSIXLY_CORRECT";
    if (!ours && !name.starts_with("BASH_FUNC_")) out.push_back(variable);
  }
  if (!speaks_utf8(!all.empty() ? all : !letters.empty() ? letters : language)) {
    std::erase_if(out, [](const std::string& variable) { return variable.starts_with("LC_ALL=") || variable.starts_with("LC_CTYPE="); });
    out.emplace_back("LC_CTYPE=C.UTF-8");
  }
  out.emplace_back("TERM=xterm-256color");
  out.push_back("HISTFILE=" + history);
  return out;
}

}  // namespace

struct ShellSession::Marks : ShellMarks::Sink {
  ShellSession& session;
  ShellMarks parser;

  Marks(ShellSession& of, std::string nonce) : session(of), parser(std::move(nonce), *this) {}

  void bytes(std::string_view bytes) override {
    session.screen_.feed(bytes);
    if (!session.running_) return;
    const size_t room = kOutputKept - session.output_.size();
    session.output_.append(bytes.substr(0, room));
    session.truncated_ = session.truncated_ || bytes.size() > room;
  }

  void mark(ShellMark mark) override {
    if (auto* start = std::get_if<StartMark>(&mark)) {
      session.running_ = true;
      session.events_.emplace_back(CommandStarted{std::move(start->line)});
    } else if (const auto* end = std::get_if<EndMark>(&mark)) {
      session.finish_command(end->exit_code);
    } else {
      // The first prompt: the shell has read its file.
      if (!std::exchange(session.prompted_, true)) unlink((session.directory_ + kStartName).c_str());
      session.screen_.settle();
      session.events_.emplace_back(PromptShown{});
    }
  }
};

Result<std::unique_ptr<ShellSession>> ShellSession::open(const lessons::ShellCommands& commands, GridSize size, const std::string& directory) {
  std::string files = commands.directory() + "/terminal-XXXXXX";
  if (mkdtemp(files.data()) == nullptr) return files_error("create directory", files, errno);
  std::string nonce = new_nonce();
  auto written = write_file(files + kStartName, shell_start_file(nonce));
  if (!written.ok()) {
    remove_files(files);
    return std::move(written).error();
  }
  PtyProcess::Program bash;
  bash.arguments = {"bash", "--noprofile", "--rcfile", files + kStartName, "-i"};
  bash.environment = environment_for(commands.environment(), files + kHistoryName);
  bash.directory = directory;
  auto process = PtyProcess::start(bash, size);
  if (!process.ok()) {
    remove_files(files);
    return std::move(process).error();
  }
  return std::unique_ptr<ShellSession>(new ShellSession(std::move(process).value(), std::move(files), std::move(nonce), size));
}

ShellSession::ShellSession(PtyProcess process, std::string directory, std::string nonce, GridSize size)
    : process_(std::move(process)), directory_(std::move(directory)), screen_(size), marks_(std::make_unique<Marks>(*this, std::move(nonce))) {
  process_.resize(screen_.size());  // within the screen's bounds
}

ShellSession::~ShellSession() { close(); }

std::vector<ShellEvent> ShellSession::pump() {
  if (ended_) return {};
  const auto end = std::chrono::steady_clock::now() + kLongestPump;
  process_.write_queued();
  const auto code = process_.exit_code();  // asked before reading: what it wrote is all there
  size_t taken = 0;
  bool drained = false;
  while (!drained && taken < kMostPumped && std::chrono::steady_clock::now() < end) {
    const std::string bytes = process_.read(kReadAtOnce);
    drained = bytes.empty();
    taken += bytes.size();
    marks_->parser.feed(bytes);
  }
  if (const std::string replies = screen_.take_replies(); !replies.empty()) process_.write(replies);
  if (code) read_after_end_ += taken;
  if (code && (drained || read_after_end_ >= kMostAfterEnd)) {  // what it left in the background may go on writing for ever
    marks_->parser.flush();
    finish_command(*code);  // the command that ended the shell
    ended_ = true;
    events_.emplace_back(ShellExited{*code});
  }
  return std::exchange(events_, {});
}

std::vector<ShellEvent> ShellSession::wait(std::chrono::milliseconds timeout) {
  pollfd entry{wake_descriptor(), POLLIN, 0};
  poll(&entry, 1, static_cast<int>(timeout.count()));
  return pump();
}

void ShellSession::finish_command(int exit_code) {
  if (!running_) return;
  running_ = false;
  events_.emplace_back(CommandEnded{exit_code, std::exchange(output_, {}), std::exchange(truncated_, false)});
}

void ShellSession::resize(GridSize size) {
  screen_.resize(size);
  process_.resize(screen_.size());
}

void ShellSession::close(std::chrono::milliseconds grace) {
  if (directory_.empty()) return;
  process_.close(grace);
  remove_files(directory_);
  directory_.clear();
  running_ = false;
  ended_ = true;
}

}  // namespace strates::viewer
