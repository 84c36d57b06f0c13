#include "linux/snapshot/init_layer.hpp"

#include <fcntl.h>

#include <cerrno>
#include <map>

#include "base/strings.hpp"
#include "linux/snapshot/entry_meta.hpp"
#include "linux/snapshot/open_beneath.hpp"

namespace strates::linux_world {

namespace {

using image::EntryMeta;
using image::EntryType;
using Plan = std::map<std::string, EntryMeta, decltype(&image::layer_path_less)>;

Error refuse(std::string_view path, std::string_view cause) { return make_error(ErrorKind::Invalid, "snapshot.init", "prepare init entry", path, cause); }

// A directory as the image has it, or a new one.
Result<EntryMeta> directory_meta(const MergedDir& image, const std::string& path, const EntryMeta& fallback) {
  MergedDir at = image;
  const auto parts = split(path, '/');
  for (size_t i = 0; i < parts.size(); ++i) {
    const auto found = TRY(at.find(parts[i]));
    if (!found || !S_ISDIR(found->st.st_mode)) return fallback;
    if (i + 1 == parts.size()) {
      EntryMeta meta = TRY(meta_from(found->st, found->directory(), parts[i]));
      meta.xattrs = TRY(read_xattrs(found->directory(), parts[i]));
      return meta;
    }
    at = TRY(at.enter(parts[i]));
  }
  return fallback;
}

Result<Plan> plan_of(const MergedDir& image, const std::vector<engine::InitEntry>& entries) {
  Plan plan(&image::layer_path_less);
  for (const auto& entry : entries) {
    if (entry.path.empty() || entry.path.front() == '/' || clean_path(entry.path) != entry.path || entry.path == "." || entry.path.starts_with(".."))
      return refuse(entry.path, "not a clean relative path");
    if (entry.meta.type == EntryType::HardLink || entry.meta.size != 0) return refuse(entry.path, "only empty files, directories, links and devices");
    EntryMeta parent;
    parent.type = EntryType::Directory;
    parent.mode = 0755;
    parent.mtime = entry.meta.mtime;
    for (size_t slash = entry.path.find('/'); slash != std::string::npos; slash = entry.path.find('/', slash + 1)) {
      const std::string path = entry.path.substr(0, slash);
      const auto known = plan.find(path);
      if (known != plan.end() && known->second.type != EntryType::Directory) return refuse(entry.path, path + " is no directory");
      if (known == plan.end()) plan.emplace(path, TRY(directory_meta(image, path, parent)));
    }
    const bool directory = entry.meta.type == EntryType::Directory;
    plan.insert_or_assign(entry.path, directory ? TRY(directory_meta(image, entry.path, entry.meta)) : entry.meta);
  }
  return plan;
}

std::string digest_text(const Plan& plan) {
  std::string text;
  for (const auto& [path, meta] : plan) {
    text += go_quote(path) + " " + go_quote(meta.link_target);
    for (const std::int64_t number : {static_cast<std::int64_t>(meta.type), static_cast<std::int64_t>(meta.mode), static_cast<std::int64_t>(meta.uid),
                                      static_cast<std::int64_t>(meta.gid), static_cast<std::int64_t>(meta.mtime),
                                      static_cast<std::int64_t>(meta.device_major), static_cast<std::int64_t>(meta.device_minor)})
      text += " " + std::to_string(number);
    for (const auto& [key, value] : meta.xattrs) text += " " + go_quote(key) + "=" + go_quote(value);
    text += "\n";
  }
  return text;
}

Result<void> make_entries(int root, const Plan& plan) {
  for (const auto& [path, meta] : plan) {
    const size_t slash = path.rfind('/');
    const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
    const UniqueFd parent = TRY(open_beneath(root, slash == std::string::npos ? "" : path.substr(0, slash), O_PATH | O_DIRECTORY, Resolve::Strict));
    if (meta.type == EntryType::File) {
      if (!UniqueFd(::openat(parent.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600))) return system_error("create", path, errno);
      TRY(apply_meta(parent.get(), name, meta));
    } else {
      TRY(make_node(parent.get(), name, meta));
    }
  }
  for (auto at = plan.rbegin(); at != plan.rend(); ++at) {
    if (at->second.type != EntryType::Directory) continue;
    const size_t slash = at->first.rfind('/');
    const UniqueFd parent = TRY(open_beneath(root, slash == std::string::npos ? "" : at->first.substr(0, slash), O_PATH | O_DIRECTORY, Resolve::Strict));
    TRY(apply_mtime(parent.get(), slash == std::string::npos ? at->first : at->first.substr(slash + 1), at->second.mtime));
  }
  return success();
}

}  // namespace

Result<InitLayer> make_init_layer(int init_directory, const std::string& temporary, const MergedDir& image, const std::vector<engine::InitEntry>& entries,
                                  image::ChainHasher& hasher) {
  InitLayer layer;
  if (entries.empty()) return layer;
  const Plan plan = TRY(plan_of(image, entries));
  for (const auto& entry : entries) (plan.at(entry.path).type == EntryType::Directory ? layer.hidden.directories : layer.hidden.entries).insert(entry.path);
  layer.name = hasher.sha256_hex(digest_text(plan));
  if (TRY(stat_at(init_directory, layer.name))) return layer;
  if (::mkdirat(init_directory, temporary.c_str(), 0755) != 0) return system_error("make directory", temporary, errno);
  auto made = [&]() -> Result<void> {
    const UniqueFd root = TRY(open_directory_at(init_directory, temporary));
    if (::fchmod(root.get(), 0755) != 0) return system_error("set mode of", temporary, errno);
    TRY(make_entries(root.get(), plan));
    if (::renameat(init_directory, temporary.c_str(), init_directory, layer.name.c_str()) == 0 || errno == EEXIST || errno == ENOTEMPTY) return success();
    return system_error("keep", layer.name, errno);
  }();
  ignore(remove_tree(init_directory, temporary));  // gone already, unless another made the same or something failed
  TRY(std::move(made));
  return layer;
}

}  // namespace strates::linux_world
