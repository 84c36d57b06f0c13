// Debian packages for a bundle: downloaded by apt-get, described by dpkg-deb.
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "base/strings.hpp"
#include "base/text.hpp"
#include "cli/file_source.hpp"
#include "cli/prepare/child_program.hpp"
#include "registry/program/bundle.hpp"

namespace strates::registry::server {

Result<std::vector<std::string>> download_packages(const std::vector<std::string>& names, const std::string& directory, cli::Console& console) {
  std::error_code error;
  std::filesystem::create_directories(directory + "/partial", error);
  if (error) return make_error(ErrorKind::Internal, "bundle.apt", "make directory", directory, error.message());
  // As on a machine with nothing installed: its state file is empty, so that everything that is needed comes.
  const std::string status = directory + "/status";
  {
    const UniqueFd file(::creat(status.c_str(), 0600));
    if (!file) return system_error("create", status, errno);
  }
  std::vector<std::string> words{"apt-get", "-q", "-y", "--download-only", "--no-install-recommends", "-o", "Dir::State::status=" + status, "-o", "Dir::Cache::archives=" + directory,
                                 "-o", "APT::Sandbox::User=root", "-o", "Debug::NoLocking=1", "install", "--"};
  words.insert(words.end(), names.begin(), names.end());
  std::string last;
  const auto end = TRY(cli::run_program(words, [&](const std::string& line) {
    last = line;
    console.err("  " + line + "\n");
  }));
  if (end.exit_code != 0) return make_error(ErrorKind::Unavailable, "bundle.apt", "download", join(names, " "), last.empty() ? tr(Text::BundleApt) : tr(Text::BundleAptSaid, last));
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error))
    if (entry.path().extension() == ".deb") out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

Result<PackageFile> read_package(const std::string& path, engine::Hasher& hasher) {
  const auto described = TRY(cli::run_program({"dpkg-deb", "-f", path}));
  if (described.exit_code != 0) return make_error(ErrorKind::Invalid, "bundle.deb", "read package", path, "dpkg-deb cannot read it");
  PackageFile out;
  out.path = path;
  out.package.file = base_name(path);
  if (!is_package_file(out.package.file)) return make_error(ErrorKind::Invalid, "bundle.deb", "read package", path, "not the name of a package's file");
  out.package.control = TRY(clean_control(described.output));
  auto file = TRY(cli::FileSource::open(path));
  const auto hash = hasher.sha256();
  out.package.size = TRY(copy_stream(file, *hash));
  out.package.digest = Digest("sha256:" + hash->finish_hex());
  return out;
}

}  // namespace strates::registry::server
