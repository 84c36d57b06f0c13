// Checks on cgroups, programs, the daemon and the terminal.
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/strings.hpp"
#include "base/text.hpp"
#include "cli/doctor/checks.hpp"
#include "cli/ensure_daemon.hpp"
#include "cli/file_source.hpp"
#include "cli/prepare/elf.hpp"

namespace strates::cli {

namespace {

constexpr const char* kRoot = "/sys/fs/cgroup";
constexpr long kCgroup2Magic = 0x63677270;

// Makes a group and takes it away again.
std::string try_group(const std::string& in) {
  const std::string path = in + "/strates-doctor-" + std::to_string(getpid());
  if (mkdir(path.c_str(), 0755) != 0) return "mkdir " + path + ": " + errno_name(errno);
  return rmdir(path.c_str()) == 0 ? "" : "rmdir " + path + ": " + errno_name(errno);
}

bool is_cgroup2(const char* path) {
  struct statfs file_system {};
  return statfs(path, &file_system) == 0 && file_system.f_type == kCgroup2Magic;
}

std::string find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  for (const std::string& directory : split(path != nullptr ? path : "/usr/sbin:/usr/bin:/sbin:/bin", ':'))
    if (!directory.empty() && access((directory + "/" + name).c_str(), X_OK) == 0) return directory + "/" + name;
  return "";
}

}  // namespace

Finding check_cgroups() {
  Finding out{"cgroups", Need::Required, Verdict::Yes, tr(Text::DoctorCgroups), "", ""};
  const bool version2 = is_cgroup2(kRoot);
  std::vector<std::string> found, missing;
  std::string writable;
  if (version2) {
    const auto text = read_file(std::string(kRoot) + "/cgroup.controllers", 4096);
    const std::vector<std::string> controllers = text.ok() ? split(trim(text.value()), ' ') : std::vector<std::string>{};
    for (const char* wanted : {"cpu", "memory", "pids"})
      (std::find(controllers.begin(), controllers.end(), wanted) != controllers.end() ? found : missing).emplace_back(wanted);
    writable = try_group(kRoot);
  } else {
    for (const char* wanted : {"cpu", "memory", "pids"})
      (access((std::string(kRoot) + "/" + wanted + "/tasks").c_str(), F_OK) == 0 ? found : missing).emplace_back(wanted);
    if (!found.empty()) writable = try_group(std::string(kRoot) + "/" + found.front());
  }
  out.detail = tr(Text::DoctorCgroupsFound, version2 ? 2 : 1, join(found, ", "));
  if (!missing.empty() || !writable.empty()) {
    out.verdict = Verdict::No;
    if (!missing.empty()) out.detail += "; " + tr(Text::DoctorMissing, join(missing, ", "));
    if (!writable.empty()) out.detail += "; " + writable;
    out.advice = tr(geteuid() == 0 ? Text::DoctorCgroupsAdvice : Text::DoctorRootAdvice);
  }
  return out;
}

std::vector<Finding> check_tools() {
  struct Tool {
    const char* id;
    const char* program;
    Need need;
    Text title, advice;
  };
  static const Tool kTools[] = {
      {"busybox", "busybox", Need::Required, Text::DoctorBusybox, Text::DoctorBusyboxAdvice},
      {"mmdebstrap", "mmdebstrap", Need::Useful, Text::DoctorMmdebstrap, Text::DoctorMmdebstrapAdvice},
      {"gcc", "gcc", Need::Useful, Text::DoctorGcc, Text::DoctorGccAdvice},
  };
  std::vector<Finding> out;
  for (const Tool& tool : kTools) {
    Finding finding{tool.id, tool.need, Verdict::No, tr(tool.title), "", ""};
    const std::string path = find_program(tool.program);
    finding.detail = path.empty() ? tr(Text::DoctorAbsent) : path;
    finding.verdict = path.empty() ? Verdict::No : Verdict::Yes;
    if (!path.empty() && std::strcmp(tool.id, "busybox") == 0 && !is_static_program(path)) {
      finding.verdict = Verdict::No;
      finding.detail = tr(Text::DoctorNotStatic, path);
    }
    if (finding.verdict == Verdict::No) finding.advice = tr(tool.advice);
    out.push_back(std::move(finding));
  }
  return out;
}

Finding check_daemon(const EngineChoice& choice) {
  Finding out{"engine", Need::Useful, Verdict::No, tr(Text::DoctorEngine), describe(choice), ""};
  if (answers(choice.socket)) out.verdict = Verdict::Yes;
  else out.advice = tr(choice.ours() ? Text::DoctorEngineAdvice : Text::DoctorOtherEngineAdvice);
  return out;
}

Finding check_terminal() {
  Finding out{"terminal", Need::Useful, Verdict::Yes, tr(Text::DoctorTerminal), "", ""};
  std::string locale;
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"})
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0') {
      locale = value;
      break;
    }
  const std::string folded = replace_all(to_lower(locale), "-", "");
  const bool unicode = folded.find("utf8") != std::string::npos;
  winsize size{};
  const bool terminal = isatty(STDOUT_FILENO) == 1 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
  out.detail = terminal ? tr(Text::DoctorTerminalSize, size.ws_col, size.ws_row, locale.empty() ? "POSIX" : locale)
                        : tr(Text::DoctorNoTerminal, locale.empty() ? "POSIX" : locale);
  if (!unicode) {
    out.verdict = Verdict::No;
    out.advice = tr(Text::DoctorLocaleAdvice);
  } else if (terminal && (size.ws_col < 80 || size.ws_row < 24)) {
    out.verdict = Verdict::No;
    out.advice = tr(Text::DoctorSizeAdvice);
  }
  return out;
}

}  // namespace strates::cli
