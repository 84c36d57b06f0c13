// What a layer holds, for whoever draws it: GET /strates/v1/layers/DIFF_ID/files.
#include <map>

#include "api/answers.hpp"
#include "api/handlers.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "image/digest.hpp"
#include "image/layer.hpp"

namespace strates::api {

namespace {

// A layer of up to so many files is told file by file; a larger one by what stands at its top.
constexpr size_t kMostFiles = 60;
constexpr std::uint64_t kMostEntries = 2'000'000;

struct Held {
  std::uint64_t bytes = 0, files = 0;
  bool directory = false, whiteout = false;
};

struct Contents {
  std::map<std::string, Held> files, tops;  // by absolute path; tops: by its first part
  std::uint64_t count = 0, bytes = 0;
};

// "etc/.wh.motd" hides /etc/motd; an opaque mark hides what lies below in its directory, which is told as it is.
std::string hidden_path(const std::string& path, bool& whiteout) {
  const std::string name = base_name(path);
  whiteout = name.starts_with(image::kWhiteoutPrefix) && name != image::kOpaqueMarker;
  if (!whiteout) return "/" + path;
  const std::string folder = dir_name(path);
  return (folder == "." || folder.empty() ? "/" : "/" + folder + "/") + name.substr(image::kWhiteoutPrefix.size());
}

Result<Contents> read_contents(image::LayerReader& layer) {
  Contents out;
  while (const auto entry = TRY(layer.next())) {
    if (++out.count > kMostEntries) return make_error(ErrorKind::Invalid, "layer.too-large", "list", "layer", "more than " + std::to_string(kMostEntries) + " entries");
    bool whiteout = false;
    const std::string path = hidden_path(entry->path, whiteout);
    const bool directory = entry->meta.type == image::EntryType::Directory;
    const std::uint64_t bytes = entry->meta.type == image::EntryType::File ? entry->meta.size : 0;
    out.bytes += bytes;
    if (!directory && out.files.size() <= kMostFiles) out.files[path] = {bytes, 1, false, whiteout};
    const size_t second = path.find('/', 1);
    Held& top = out.tops[path.substr(0, second)];
    top.bytes += bytes;
    top.files += directory ? 0 : 1;
    top.directory = top.directory || directory || second != std::string::npos;
    if (second == std::string::npos) top.whiteout = whiteout;
  }
  return out;
}

}  // namespace

Result<HttpResponse> layer_files(const Call& call) {
  const std::string& name = call.name;
  if (!image::is_sha256_digest(name)) return bad_parameter("a layer is named by its DiffID, sha256:<64 hexadecimal digits>: " + name);
  const auto& world = call.engine.world();
  const Digest digest(name);
  if (!world.blobs.has(digest)) return docker_error(ErrorKind::NotFound, "layer.not-found", "No such layer: " + name);
  const auto bytes = TRY(world.blobs.open(digest));
  const auto layer = TRY(world.archives.open(*bytes));
  const Contents contents = TRY(read_contents(*layer));
  const bool whole = contents.files.size() <= kMostFiles;
  Json rows = Json::array();
  for (const auto& [path, held] : whole ? contents.files : contents.tops)
    rows.push_back({{"path", path}, {"bytes", held.bytes}, {"files", held.files}, {"directory", held.directory}, {"whiteout", held.whiteout}});
  return json_answer(200, {{"diff_id", name}, {"entries", contents.count}, {"bytes", contents.bytes}, {"whole", whole}, {"files", std::move(rows)}});
}

}  // namespace strates::api
