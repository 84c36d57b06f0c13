// The debian image: mmdebstrap from the archive that this machine's apt uses, without documentation and translations.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "base/strings.hpp"
#include "base/text.hpp"
#include "cli/prepare/base_image.hpp"
#include "cli/prepare/child_program.hpp"

namespace strates::cli {

namespace {

// What this machine's apt was told about fetching (a proxy, an archive whose dates are old) holds for the image's making too.
std::vector<std::string> fetch_options() {
  std::vector<std::string> out;
  const auto dump = run_program({"apt-config", "dump", "Acquire"});
  if (!dump.ok()) return out;
  for (const std::string& raw : split_lines(dump.value().output))
    for (const char* kept : {"Acquire::http::Proxy ", "Acquire::https::Proxy ", "Acquire::Check-Valid-Until ", "Acquire::Check-Date ", "Acquire::Retries "})
      if (raw.starts_with(kept)) out.push_back("--aptopt=" + raw.substr(0, raw.find_last_of(';') == std::string::npos ? raw.size() : raw.find_last_of(';')));
  return out;
}

}  // namespace

bool says_unreachable(std::string_view line) {
  for (const char* words : {"Could not resolve", "Temporary failure", "Could not connect", "Connection failed", "Unable to connect", "Network is unreachable",
                            "Failed to fetch", "Connection timed out", "connection refused", "Connection refused"})
    if (line.find(words) != std::string_view::npos) return true;
  return false;
}

std::string debian_message() { return "debian " + debian_codename() + " by mmdebstrap, prepared by strates"; }

Result<void> make_debian(const std::string& path, const std::string& work, const Progress& progress) {
  const std::string operation = tr(Text::PrepareImage, "debian");
  const std::string codename = debian_codename();
  if (codename.empty()) return make_error(ErrorKind::Invalid, "prepare.debian", operation, "/etc/os-release", tr(Text::PrepareNotDebian), tr(Text::PrepareNotDebianAdvice));
  if (const auto version = run_program({"mmdebstrap", "--version"}); !version.ok() || version.value().exit_code != 0)
    return make_error(ErrorKind::NotFound, "prepare.mmdebstrap", operation, "mmdebstrap", tr(Text::PrepareAbsent), tr(Text::DoctorMmdebstrapAdvice));
  if (geteuid() != 0) return make_error(ErrorKind::Forbidden, "prepare.root", operation, "mmdebstrap", tr(Text::PrepareNotRoot), tr(Text::DoctorRootAdvice));
  const std::vector<std::string> sources = apt_sources("/etc/apt", codename);
  if (sources.empty()) return make_error(ErrorKind::NotFound, "prepare.sources", operation, "/etc/apt", tr(Text::PrepareNoSources, codename), tr(Text::PrepareNoSourcesAdvice, codename));

  std::vector<std::string> arguments = {"mmdebstrap", "--mode=root", "--variant=apt", "--format=tar", "--include=usr-is-merged",
                                        "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr"};
  for (const char* left_out : {"/usr/share/man/*", "/usr/share/doc/*", "/usr/share/info/*", "/usr/share/locale/*", "/usr/share/lintian/*"})
    arguments.push_back(std::string("--dpkgopt=path-exclude=") + left_out);
  arguments.emplace_back("--dpkgopt=path-include=/usr/share/doc/*/copyright");
  // In containers too, packages are installed without waiting for the disk after each file: what a crash loses there was lost with the container.
  arguments.emplace_back("--dpkgopt=force-unsafe-io");
  for (const std::string& option : fetch_options()) arguments.push_back(option);
  arguments.push_back(codename);
  arguments.push_back(path);
  arguments.insert(arguments.end(), sources.begin(), sources.end());
  setenv("TMPDIR", work.c_str(), 1);
  std::vector<std::string> complaints;
  bool unreachable = false;
  const auto end = TRY(run_program(arguments, [&](const std::string& line) {
    unreachable = unreachable || says_unreachable(line);
    if (line.starts_with("I: ")) progress(line.substr(3));
    else if (line.starts_with("E: ") || line.starts_with("W: ")) complaints.push_back(line);
  }));
  if (end.exit_code == 0) return success();
  if (complaints.size() > 6) complaints.erase(complaints.begin(), complaints.end() - 6);
  const std::string said = complaints.empty() ? "" : "\n  " + join(complaints, "\n  ") + "\n ";
  if (unreachable) return make_error(ErrorKind::Unavailable, "prepare.unreachable", operation, "mmdebstrap", tr(Text::PrepareUnreachable) + said, tr(Text::PrepareUnreachableAdvice));
  return make_error(ErrorKind::Internal, "prepare.mmdebstrap", operation, "mmdebstrap", tr(Text::PrepareProgramEnded, end.exit_code) + said, tr(Text::PrepareAgainAdvice));
}

}  // namespace strates::cli
