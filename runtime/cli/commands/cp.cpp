// docker cp: cli/command/container/cp.go of docker/cli 20.10. The client packs and unpacks, the engine reads and writes archives.
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/base64.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/commands/all.hpp"
#include "cli/copy_path.hpp"
#include "cli/daemon.hpp"
#include "cli/file_source.hpp"
#include "cli/local_tar.hpp"
#include "image/tar_reader.hpp"

namespace strates::cli {

namespace {

constexpr FlagSpec kFlags[] = {
    bool_flag("archive", 'a', "Archive mode (copy all uid/gid information)"),
    bool_flag("follow-link", 'L', "Always follow symbol link in SRC_PATH"),
};

// Go's os.FileMode.
constexpr std::int64_t kDirectory = std::int64_t{1} << 31, kLink = 1 << 27, kDevice = 1 << 26;

struct PathStat {
  std::int64_t mode = 0;
  std::string leads_to;
};

Error sentence(std::string text) { return docker_error(ErrorKind::Invalid, "cli.copy", std::move(text)); }

Result<PathStat> read_stat(const HttpHeaders& headers) {
  const auto header = http_header(headers, "X-Docker-Container-Path-Stat");
  if (!header) return sentence("unable to get resource stat from response: no header");
  const Json json = TRY(parse_json(TRY(base64_decode(*header))));
  return PathStat{json_int(json, "mode"), json_string(json, "linkTarget")};
}

std::string archive_of(const std::string& container, const std::string& path, std::string_view option = {}, bool user = false) {
  Query query;
  query.add("path", path).add_if(!option.empty(), option, "true").add_if(user, "copyUIDGID", "true");
  return query.on("/containers/" + path_name(container) + "/archive");
}

Result<PathStat> stat_path(Invocation& in, const std::string& container, const std::string& path) {
  api::ClientRequest request;
  request.method = "HEAD";
  request.target = archive_of(container, path);
  const api::ClientResponse response = TRY(in.session.client.stream(std::move(request)));
  return read_stat(response.headers);
}

class StreamSource : public ByteSource {
 public:
  explicit StreamSource(api::ClientStream& stream) : stream_(stream) {}
  Result<size_t> read(std::span<char> buffer) override {
    if (at_ == pending_.size()) {
      pending_ = TRY(stream_.read());
      at_ = 0;
    }
    const size_t count = std::min(buffer.size(), pending_.size() - at_);
    std::copy_n(pending_.data() + at_, count, buffer.data());
    at_ += count;
    return count;
  }

 private:
  api::ClientStream& stream_;
  std::string pending_;
  size_t at_ = 0;
};

Result<void> check_output(const std::string& path) {
  struct stat about {};
  const std::string directory = dir_name(clean_path(path));
  if (::stat(directory.c_str(), &about) != 0 && errno == ENOENT) return sentence("invalid output path: directory " + go_quote(directory) + " does not exist");
  if (::stat(path.c_str(), &about) != 0 || S_ISDIR(about.st_mode) || S_ISREG(about.st_mode)) return success();
  return sentence("invalid output path: " + go_quote(path) + " must be a directory or a regular file: " + (S_ISCHR(about.st_mode) || S_ISBLK(about.st_mode) ? "got a device" : "got an irregular file"));
}

Result<int> from_container(Invocation& in, const CopyArgument& source, const std::string& destination) {
  Console& console = in.session.console;
  std::string to = destination, path = source.path;
  if (to != "-") {
    to = local_path(to);
    TRY(check_output(to));
  }
  CopyInfo info;
  if (in.flags.boolean("follow-link")) {
    const auto stat = stat_path(in, source.container, path);
    if (stat.ok() && (stat.value().mode & kLink) != 0) std::tie(path, info.rebase) = rebase_name(path, stat.value().leads_to);
  }
  api::ClientRequest request;
  request.target = archive_of(source.container, path);
  const api::ClientResponse response = TRY(daemon_object(in.session.client.stream(std::move(request)), "container:path", source.container + ":" + path));
  const PathStat stat = TRY(read_stat(response.headers));
  if (to == "-") {
    for (;;) {
      const std::string bytes = TRY(response.stream->read());
      if (bytes.empty() || console.out_is_gone()) return 0;
      console.out(bytes);
    }
  }
  info.path = path;
  info.exists = true;
  info.directory = (stat.mode & kDirectory) != 0;
  const CopyPlan plan = TRY(plan_copy(info, TRY(local_destination(to))));
  const std::string base = split_entry(path).second;
  StreamSource bytes(*response.stream);
  image::TarReader archive(bytes);
  const auto rename = [&](const std::string& name) {
    const std::string asked = info.rebase.empty() ? name : rebased(name, base, info.rebase);
    return rebased(asked, plan.from, plan.to);
  };
  TRY(unpack_local(archive, plan.directory, rename));
  return 0;
}

// The archive of a local path, ready to be sent.
Result<FileSource> packed(const CopyInfo& source, const CopyPlan& plan) {
  UniqueFd file = TRY(anonymous_file());
  {
    FileSink sink(file, "archive");
    const auto [directory, base] = split_entry(source.path);
    const std::string name = base;
    const auto rename = [&](const std::string& entry) {
      std::string asked = entry;
      if (!source.rebase.empty()) asked = source.rebase + entry.substr(name.size());
      return rebased(asked, plan.from, plan.to);
    };
    TRY(pack_local(directory, base, rename, sink));
  }
  if (::lseek(file.get(), 0, SEEK_SET) != 0) return system_error("seek", "archive", errno);
  return FileSource(std::move(file), "archive");
}

Result<int> to_container(Invocation& in, const std::string& from, const CopyArgument& destination) {
  CopyInfo info;
  info.path = destination.path;
  auto stat = stat_path(in, destination.container, destination.path);
  if (stat.ok() && (stat.value().mode & kLink) != 0) {
    info.path = stat.value().leads_to;
    stat = stat_path(in, destination.container, info.path);
  }
  const std::string shown = go_quote(destination.container + ":" + destination.path);
  if (stat.ok() && (stat.value().mode & kDevice) != 0) return sentence("destination " + shown + " must be a directory or a regular file: got a device");
  info.exists = stat.ok();
  info.directory = stat.ok() && (stat.value().mode & kDirectory) != 0;

  api::ClientRequest request;
  request.method = "PUT";
  request.headers.emplace_back("Content-Type", "application/x-tar");
  InputSource input(in.session.console);
  std::optional<FileSource> file;
  std::string directory = info.path;
  if (from == "-") {
    if (!info.directory) return sentence("destination " + shown + " must be a directory");
    request.body_source = &input;
  } else {
    const CopyInfo source = TRY(local_source(local_path(from), in.flags.boolean("follow-link") ? true : false));
    const CopyPlan plan = TRY(plan_copy(source, info));
    directory = plan.directory;
    file.emplace(TRY(packed(source, plan)));
    request.body_source = &*file;
  }
  request.target = archive_of(destination.container, directory, "noOverwriteDirNonDir", in.flags.boolean("archive"));
  TRY(daemon_object(in.session.client.stream(std::move(request)), "container:path", destination.container + ":" + directory));
  return 0;
}

}  // namespace

std::span<const FlagSpec> cp_flags() { return kFlags; }

Result<int> cp_handler(Invocation& in) {
  const std::string &from = in.args()[0], &to = in.args()[1];
  if (from.empty()) return sentence("source can not be empty");
  if (to.empty()) return sentence("destination can not be empty");
  const CopyArgument source = parse_copy_argument(from), destination = parse_copy_argument(to);
  if (!source.container.empty() && !destination.container.empty()) return sentence("copying between containers is not supported");
  if (!source.container.empty()) return from_container(in, source, to);
  if (!destination.container.empty()) return to_container(in, from, destination);
  return sentence("must specify at least one container source");
}

}  // namespace strates::cli
