#include "real_run.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/strings.hpp"

namespace strates::sim::testing {

namespace fs = std::filesystem;

Scratch::Scratch() {
  std::string pattern = (fs::temp_directory_path() / "strates-programs-XXXXXX").string();
  if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
}

Scratch::~Scratch() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

std::optional<std::string> no_real_busybox() {
  if (geteuid() != 0) return "not root: chroot is needed to run busybox in a root of its own";
  if (access("/bin/busybox", X_OK) != 0) return "/bin/busybox is not there (package busybox-static)";
  return std::nullopt;
}

std::optional<std::string> no_real_dash() {
  if (access("/bin/dash", X_OK) != 0) return "/bin/dash is not there";
  if (geteuid() != 0) return "not root: the simulated container is";
  std::ifstream release("/etc/debian_version");
  std::string version;
  release >> version;
  if (version.rfind("12", 0) != 0) return "not Debian 12: its coreutils word some messages otherwise";
  return std::nullopt;
}

void make_busybox_root(const std::string& root, const std::string& passwd, const std::string& group) {
  for (const char* directory : {"bin", "etc", "dev", "tmp", "w", "root", "proc/self"}) fs::create_directories(fs::path(root) / directory);
  fs::permissions(fs::path(root), fs::perms(0755));
  fs::copy_file("/bin/busybox", fs::path(root) / "bin/busybox");
  std::ofstream(fs::path(root) / "etc/passwd") << passwd;
  std::ofstream(fs::path(root) / "etc/group") << group;
  mknod((root + "/dev/null").c_str(), S_IFCHR | 0666, makedev(1, 3));
  mknod((root + "/dev/zero").c_str(), S_IFCHR | 0666, makedev(1, 5));
  fs::create_symlink("/bin/busybox", fs::path(root) / "proc/self/exe");  // how its shell finds itself
  const Output list = run_real(root, "/", {"/bin/busybox", "--list"}, {}, "");
  for (const std::string& applet : split_lines(list.out))
    if (applet != "busybox") fs::create_symlink("busybox", fs::path(root) / "bin" / applet);
}

Output run_real(const std::string& root, const std::string& directory, const std::vector<std::string>& args, const std::vector<std::string>& env, const std::string& input) {
  int in[2], out[2], err[2];
  REQUIRE(pipe2(in, O_CLOEXEC) == 0);
  REQUIRE(pipe2(out, O_CLOEXEC) == 0);
  REQUIRE(pipe2(err, O_CLOEXEC) == 0);
  std::vector<char*> argv, envp;
  for (const std::string& arg : args) argv.push_back(const_cast<char*>(arg.c_str()));
  for (const std::string& entry : env) envp.push_back(const_cast<char*>(entry.c_str()));
  argv.push_back(nullptr);
  envp.push_back(nullptr);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    if (!root.empty() && chroot(root.c_str()) != 0) _exit(250);
    if (chdir(directory.c_str()) != 0) _exit(251);
    umask(022);
    setpgid(0, 0);
    signal(SIGPIPE, SIG_DFL);
    dup2(in[0], 0);
    dup2(out[1], 1);
    dup2(err[1], 2);
    execve(argv[0], argv.data(), envp.data());
    _exit(252);
  }
  close(in[0]);
  close(out[1]);
  close(err[1]);
  size_t sent = 0;
  fcntl(in[1], F_SETFL, O_NONBLOCK);
  const auto feed = [&] {
    while (sent < input.size()) {
      const ssize_t count = write(in[1], input.data() + sent, input.size() - sent);
      if (count <= 0) return;
      sent += static_cast<size_t>(count);
    }
    if (in[1] >= 0) close(in[1]);
    in[1] = -1;
  };
  signal(SIGPIPE, SIG_IGN);
  feed();
  Output output;
  bool open[2] = {true, true};
  int turns = 0;
  while (open[0] || open[1]) {
    pollfd polled[2] = {{open[0] ? out[0] : -1, POLLIN, 0}, {open[1] ? err[0] : -1, POLLIN, 0}};
    if (poll(polled, 2, 1000) == 0 && ++turns > 20) {
      kill(-child, SIGKILL);
      break;
    }
    if (in[1] >= 0) feed();
    for (int i = 0; i < 2; ++i) {
      if ((polled[i].revents & (POLLIN | POLLHUP)) == 0) continue;
      char buffer[65536];
      const ssize_t count = read(i == 0 ? out[0] : err[0], buffer, sizeof buffer);
      if (count <= 0) open[i] = false;
      else (i == 0 ? output.out : output.err).append(buffer, static_cast<size_t>(count));
    }
  }
  if (in[1] >= 0) close(in[1]);
  close(out[0]);
  close(err[0]);
  int status = 0;
  waitpid(child, &status, 0);
  output.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return output;
}

}  // namespace strates::sim::testing
