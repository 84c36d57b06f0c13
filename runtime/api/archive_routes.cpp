// HEAD, GET and PUT /containers/X/archive: what `docker cp` speaks (Docker Engine API 1.41, "ContainerArchive").
#include <array>

#include "api/answers.hpp"
#include "api/channel_sink.hpp"
#include "api/handlers.hpp"
#include "base/base64.hpp"
#include "base/json_full.hpp"
#include "image/tar_header.hpp"

namespace strates::api {

namespace {

using image::EntryType;

// Go's os.FileMode: permissions in the low nine bits, all else in its own high ones.
struct ModeRow {
  EntryType type;
  std::uint32_t bits;
};
constexpr ModeRow kTypes[] = {{EntryType::File, 0},
                              {EntryType::HardLink, 0},
                              {EntryType::Directory, 1U << 31},
                              {EntryType::Symlink, 1U << 27},
                              {EntryType::BlockDevice, 1U << 26},
                              {EntryType::CharDevice, (1U << 26) | (1U << 21)},
                              {EntryType::Fifo, 1U << 25}};

std::uint32_t go_mode(const image::EntryMeta& meta) {
  std::uint32_t mode = meta.mode & 0777;
  for (const auto& row : kTypes)
    if (row.type == meta.type) mode |= row.bits;
  if ((meta.mode & 04000) != 0) mode |= 1U << 23;
  if ((meta.mode & 02000) != 0) mode |= 1U << 22;
  if ((meta.mode & 01000) != 0) mode |= 1U << 20;
  return mode;
}

std::string stat_header(const engine::PathStat& stat) {
  constexpr std::uint64_t kDirectorySize = 4096;
  const image::EntryMeta& meta = stat.meta;
  const std::uint64_t size = meta.type == EntryType::Directory ? kDirectorySize : meta.type == EntryType::Symlink ? meta.link_target.size() : meta.size;
  return base64_encode(dump_json_go({{"name", stat.name}, {"size", size}, {"mode", go_mode(meta)}, {"mtime", rfc3339(meta.mtime)}, {"linkTarget", stat.leads_to}}));
}

Result<std::string> path_of(const Call& call) {
  std::string path = call.request.query_value("path");
  if (path.empty()) return bad_parameter("bad parameter: pathcannot be empty");
  if (path.find('\0') != std::string::npos) return bad_parameter("bad parameter: path holds a zero byte");
  return path;
}

// Entries are named after what was asked for: "etc", "etc/motd"; those of "/" are "/", "/etc".
std::string named(const std::string& base, const std::string& path) {
  const std::string root = base == "/" ? "" : base;
  return path.empty() ? root : root + "/" + path;
}

Result<void> write_entry(ByteSink& to, image::LayerEntry entry, const std::string& base, ByteSource* content) {
  entry.path = named(base, entry.path);
  if (entry.meta.type == EntryType::HardLink) entry.meta.link_target = named(base, entry.meta.link_target);
  const std::int64_t seconds = entry.meta.mtime / kSecond - (entry.meta.mtime % kSecond < 0 ? 1 : 0);
  TRY(to.write(image::tar_header(entry, seconds)));
  if (entry.meta.type != EntryType::File) return {};
  std::uint64_t left = entry.meta.size;
  std::array<char, 64 << 10> buffer;
  while (left > 0) {
    const size_t got = TRY(content->read(std::span(buffer.data(), static_cast<size_t>(std::min<std::uint64_t>(left, buffer.size())))));
    if (got == 0) return make_error(ErrorKind::Internal, "tar.size", "copy", entry.path, "it became shorter while it was read");
    TRY(to.write({buffer.data(), got}));
    left -= got;
  }
  const std::array<char, image::kTarBlock> zeros{};
  return to.write({zeros.data(), image::tar_padding(entry.meta.size)});
}

Result<void> write_archive(engine::PathArchive& archive, HttpChannel& channel) {
  ChannelSink sink(channel);
  while (auto entry = TRY(archive.entries->next())) {
    ByteSource* content = entry->meta.type == EntryType::File ? TRY(archive.entries->content()) : nullptr;
    TRY(write_entry(sink, std::move(*entry), archive.stat.name, content));
  }
  const std::array<char, 2 * image::kTarBlock> zeros{};
  TRY(sink.write({zeros.data(), zeros.size()}));
  return sink.flush();
}

}  // namespace

Result<HttpResponse> stat_archive(const Call& call) {
  const auto stat = TRY(call.engine.stat_path(call.name, TRY(path_of(call))));
  return HttpResponse{200, {{"X-Docker-Container-Path-Stat", stat_header(stat)}}, std::string()};
}

Result<HttpResponse> get_archive(const Call& call) {
  auto archive = std::make_shared<engine::PathArchive>(TRY(call.engine.read_path(call.name, TRY(path_of(call)))));
  const std::string header = stat_header(archive->stat);
  HttpStreamBody body;
  body.start = [archive](std::shared_ptr<HttpChannel> channel) {
    // Too late for a status: a broken-off answer tells the client that the archive is not whole.
    if (write_archive(*archive, *channel).ok()) channel->end();
    else channel->abort();
  };
  return HttpResponse{200, {{"Content-Type", "application/x-tar"}, {"X-Docker-Container-Path-Stat", header}}, std::move(body)};
}

Result<HttpResponse> put_archive(const Call& call) {
  const std::string path = TRY(path_of(call));
  const auto tar = TRY(call.request.body->open());
  engine::ExtractOptions options;
  options.keep_kinds = call.request.query_bool("noOverwriteDirNonDir");
  options.to_user = call.request.query_bool("copyUIDGID");
  TRY(call.engine.write_path(call.name, path, *tar, options));
  return empty_answer(200);
}

}  // namespace strates::api
