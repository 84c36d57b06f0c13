#include "linux/process/ps_table.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "base/strings.hpp"
#include "base/unique_fd.hpp"
#include "linux/process/executable.hpp"

namespace strates::linux_world {

namespace {

constexpr size_t kMostOutput = 8 << 20;

struct Ran {
  std::string out, err;
  int code = 0;
};

std::vector<std::string> fields_of(std::string_view line) {
  std::vector<std::string> out;
  std::string word;
  for (const char c : line) {
    if (c != ' ' && c != '\t') {
      word += c;
    } else if (!word.empty()) {
      out.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) out.push_back(std::move(word));
  return out;
}

// posix_spawn: the daemon has threads, and ps is no container.
Result<Ran> run(const std::vector<std::string>& args) {
  int out_ends[2], err_ends[2];
  if (::pipe2(out_ends, O_CLOEXEC) != 0) return system_error("pipe", "ps", errno);
  UniqueFd out_read(out_ends[0]), out_write(out_ends[1]);
  if (::pipe2(err_ends, O_CLOEXEC) != 0) return system_error("pipe", "ps", errno);
  UniqueFd err_read(err_ends[0]), err_write(err_ends[1]);
  std::vector<std::string> texts{"ps"};
  texts.insert(texts.end(), args.begin(), args.end());
  std::vector<char*> words;
  for (auto& text : texts) words.push_back(text.data());
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out_write.get(), 1);
  ::posix_spawn_file_actions_adddup2(&actions, err_write.get(), 2);
  pid_t pid = 0;
  const int number = ::posix_spawnp(&pid, "ps", &actions, nullptr, words.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (number == ENOENT) return make_error(ErrorKind::Internal, "process.ps", "run", "ps", "exec: \"ps\": executable file not found in $PATH", "install procps");
  if (number != 0) return system_error("run", "ps", number);
  out_write.reset();
  err_write.reset();
  Ran ran;
  pollfd slots[2] = {{out_read.get(), POLLIN, 0}, {err_read.get(), POLLIN, 0}};
  std::string* const texts_of[2] = {&ran.out, &ran.err};
  while (slots[0].fd >= 0 || slots[1].fd >= 0) {
    if (::poll(slots, 2, -1) < 0) continue;
    for (size_t i = 0; i < 2; ++i) {
      if (slots[i].fd < 0 || slots[i].revents == 0) continue;
      char buffer[16384];
      const ssize_t count = ::read(slots[i].fd, buffer, sizeof buffer);
      if (count > 0 && texts_of[i]->size() < kMostOutput) texts_of[i]->append(buffer, static_cast<size_t>(count));
      if (count == 0 || (count < 0 && errno != EINTR)) slots[i].fd = -1;
    }
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  return ran;
}

}  // namespace

Result<void> check_ps_options(const std::vector<std::string>& options) {
  // "-o X=PID" would make another column look like the pids.
  for (const auto& option : options) {
    const size_t equals = option.find('=');
    if (equals == std::string::npos || option.compare(equals + 1, 3, "PID") != 0) continue;
    const std::string column = option.substr(0, equals);
    if (column != "pid")
      return docker_error(ErrorKind::Invalid, "process.ps", "specifying \"" + column + "=" + option.substr(equals + 1) + "\" is not allowed");
  }
  return success();
}

Result<engine::ProcessTable> parse_ps(std::string_view output, const std::vector<std::int64_t>& pids) {
  const auto lines = split_lines(output);
  engine::ProcessTable table;
  if (!lines.empty()) table.titles = fields_of(lines.front());
  const auto pid_title = std::find(table.titles.begin(), table.titles.end(), "PID");
  if (pid_title == table.titles.end()) return docker_error(ErrorKind::Internal, "process.ps", "Couldn't find PID field in ps output");
  const auto column = static_cast<size_t>(pid_title - table.titles.begin());
  bool previous = false;
  for (size_t i = 1; i < lines.size(); ++i) {
    auto fields = fields_of(lines[i]);
    if (fields.size() <= column) continue;
    bool ours = false;
    if (fields[column] == "-") {
      ours = previous;  // a thread of the process above
    } else {
      std::int64_t pid = 0;
      const auto read = std::from_chars(fields[column].data(), fields[column].data() + fields[column].size(), pid);
      if (read.ec != std::errc())
        return docker_error(ErrorKind::Internal, "process.ps", "Unexpected pid '" + fields[column] + "': strconv.Atoi: parsing " + go_quote(fields[column]) + ": invalid syntax");
      ours = std::find(pids.begin(), pids.end(), pid) != pids.end();
    }
    previous = ours;
    if (!ours) continue;
    // The last column is a command with blanks in it.
    const size_t last = table.titles.size() - 1;
    if (fields.size() > table.titles.size()) {
      std::string rest = fields[last];
      for (size_t j = last + 1; j < fields.size(); ++j) rest += " " + fields[j];
      fields.resize(last);
      fields.push_back(std::move(rest));
    }
    table.rows.push_back(std::move(fields));
  }
  return table;
}

Result<engine::ProcessTable> run_ps(const std::vector<std::string>& options, const std::vector<std::int64_t>& pids) {
  TRY(check_ps_options(options));
  const std::vector<std::string> usual = options.empty() ? std::vector<std::string>{"-ef"} : options;
  std::vector<std::string> asked = usual, numbers;
  for (const std::int64_t pid : pids) numbers.push_back(std::to_string(pid));
  // Only these, where ps and the options allow it: quicker, and no race with what starts meanwhile.
  asked.insert(asked.begin(), {"-q", join(numbers, ",")});
  Ran ran = TRY(run(asked));
  if (ran.code != 0) ran = TRY(run(usual));
  if (ran.code != 0) {
    // ps's own word, its first line (daemon/top_unix.go).
    const std::string said = ran.err.substr(0, ran.err.find('\n'));
    return docker_error(ErrorKind::Internal, "process.ps", "ps: " + (said.empty() ? "exit status " + std::to_string(ran.code) : said));
  }
  return parse_ps(ran.out, pids);
}

}  // namespace strates::linux_world
