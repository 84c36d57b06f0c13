#include "cli/credential_helper.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "base/unique_fd.hpp"

extern char** environ;

namespace strates::cli {

namespace {

constexpr size_t kMostOutput = 1 << 20;
constexpr std::string_view kNotFound = "credentials not found in native keychain";

}  // namespace

Result<CredentialHelper::Answer> CredentialHelper::run(const std::string& action, const std::string& input) const {
  int to[2], from[2];
  if (::pipe2(to, O_CLOEXEC) != 0) return system_error("pipe", program_, errno);
  UniqueFd child_in(to[0]), our_out(to[1]);
  if (::pipe2(from, O_CLOEXEC) != 0) return system_error("pipe", program_, errno);
  UniqueFd our_in(from[0]), child_out(from[1]);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, child_in.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, child_out.get(), STDOUT_FILENO);
  std::string program = program_, word = action;
  char* arguments[] = {program.data(), word.data(), nullptr};
  pid_t pid = 0;
  const int failed = ::posix_spawnp(&pid, program.c_str(), &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed == ENOENT)
    return docker_error(ErrorKind::NotFound, "cli.credentials", "exec: " + go_quote(program_) + ": executable file not found in $PATH, out: ``");
  if (failed != 0) return system_error("execute", program_, failed);
  child_in.reset();
  child_out.reset();
  // A helper that does not read must not end us.
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  for (std::string_view left = input; !left.empty();) {
    const ssize_t count = ::write(our_out.get(), left.data(), left.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    left.remove_prefix(static_cast<size_t>(count));
  }
  std::signal(SIGPIPE, before);
  our_out.reset();
  Answer out;
  char buffer[4096];
  for (;;) {
    const ssize_t count = ::read(our_in.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    if (out.output.size() < kMostOutput) out.output.append(buffer, static_cast<size_t>(count));
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  out.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return out;
}

Error CredentialHelper::failure(const std::string& doing, const Answer& answer) const {
  return docker_error(ErrorKind::Internal, "cli.credentials",
                      "error " + doing + " credentials - err: exit status " + std::to_string(answer.exit_code) + ", out: `" + std::string(trim(answer.output)) + "`");
}

Result<HelperSecret> CredentialHelper::get(const std::string& server) const {
  auto asked = run("get", server);
  if (!asked.ok()) {
    Error error = std::move(asked).error();
    error.wire = "error getting credentials - err: " + error.message();
    return error;
  }
  const Answer& answer = asked.value();
  if (answer.exit_code != 0) {
    if (trim(answer.output) == kNotFound) return HelperSecret{};
    return failure("getting", answer);
  }
  const Json json = TRY(parse_json(answer.output, {.bytes = kMostOutput, .depth = 8}));
  return HelperSecret{json_string(json, "Username"), json_string(json, "Secret")};
}

Result<void> CredentialHelper::store(const std::string& server, const HelperSecret& secret) const {
  const Answer answer = TRY(run("store", dump_json({{"ServerURL", server}, {"Username", secret.username}, {"Secret", secret.secret}})));
  if (answer.exit_code != 0) return failure("storing", answer);
  return success();
}

Result<void> CredentialHelper::erase(const std::string& server) const {
  const Answer answer = TRY(run("erase", server));
  if (answer.exit_code != 0 && trim(answer.output) != kNotFound) return failure("erasing", answer);
  return success();
}

std::vector<std::string> CredentialHelper::list() const {
  std::vector<std::string> out;
  const auto answer = run("list", "unused");
  if (!answer.ok() || answer.value().exit_code != 0) return out;
  const auto json = parse_json(answer.value().output, {.bytes = kMostOutput, .depth = 8});
  if (!json.ok() || !json.value().is_object()) return out;
  const Json servers = json.value();
  for (const auto& [server, user] : servers.items()) out.push_back(server);
  return out;
}

}  // namespace strates::cli
