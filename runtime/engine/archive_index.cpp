#include "engine/archive_index.hpp"

#include "base/strings.hpp"

namespace strates::engine {

namespace {

constexpr size_t kMostMembers = 100'000;
constexpr std::uint64_t kSmall = 256 << 10, kMostRemembered = 32 << 20;
constexpr std::uint64_t kMostLayerBytes = std::uint64_t{64} << 30;
constexpr int kMostHops = 8;

Error refuse(std::string_view code, std::string_view object, std::string_view cause) {
  return make_error(ErrorKind::Invalid, code, "load archive", object.substr(0, 200), cause, "nothing was kept; make the archive again");
}

// Where a path leads from `from` (a folder of the archive); none: out of it.
std::optional<std::string> join_inside(std::string_view from, std::string_view path) {
  std::vector<std::string> parts = from.empty() ? std::vector<std::string>{} : split(from, '/');
  for (const auto& part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(part);
      continue;
    }
    if (parts.empty()) return std::nullopt;
    parts.pop_back();
  }
  return join(parts, "/");
}

}  // namespace

Result<std::string> member_path(std::string_view text, std::string_view what) {
  const auto path = text.starts_with('/') ? std::nullopt : join_inside("", text);
  if (!path || path->empty()) return refuse("load.escape", text, std::string(what) + " names what is not inside the archive");
  return *path;
}

Result<ArchiveIndex> ArchiveIndex::read(Spool& archive, ArchiveReader& reader) {
  ArchiveIndex index(archive, reader);
  TRY(index.walk());
  return index;
}

Result<void> ArchiveIndex::walk() {
  const auto bytes = TRY(archive_.open());
  const auto entries = TRY(reader_.open(*bytes));
  std::uint64_t remembered = 0;
  for (;;) {
    const auto entry = TRY(entries->next());
    if (!entry) return {};
    if (members_.size() >= kMostMembers) return refuse("load.too-large", "", "more than " + std::to_string(kMostMembers) + " members");
    Member member{entry->meta.type, entry->meta.size, entry->meta.link_target};
    switch (member.type) {
      case image::EntryType::Directory:
      case image::EntryType::HardLink: break;
      case image::EntryType::File:
        if (member.size <= kSmall && remembered + member.size <= kMostRemembered) {
          remembered += member.size;
          remembered_[entry->path] = TRY(read_all(*TRY(entries->content()), kSmall));
        }
        break;
      case image::EntryType::Symlink: {
        const size_t slash = entry->path.rfind('/');
        const auto target = member.target.starts_with('/') ? std::nullopt : join_inside(slash == std::string::npos ? "" : entry->path.substr(0, slash), member.target);
        if (!target) return refuse("load.escape", entry->path, "a link to " + member.target + ", outside the archive; the tar of a file system, as docker export makes it, is for docker import");
        member.target = *target;
        break;
      }
      case image::EntryType::CharDevice:
      case image::EntryType::BlockDevice:
      case image::EntryType::Fifo: return refuse("load.member", entry->path, "a device or a pipe has no place in an archive of images");
    }
    const auto [at, fresh] = members_.try_emplace(entry->path, member);
    const bool folders = member.type == image::EntryType::Directory && at->second.type == image::EntryType::Directory;
    if (!fresh && !folders) return refuse("load.duplicate", entry->path, "the archive holds it twice");
  }
}

Result<void> ArchiveIndex::must_be_file(const std::string& path, std::uint64_t limit) const {
  const auto found = members_.find(path);
  if (found == members_.end()) return refuse("load.missing", path, "the archive does not hold it");
  if (found->second.type != image::EntryType::File) return refuse("load.link", path, "not a plain file");
  if (found->second.size > limit) return refuse("load.too-large", path, "more than " + std::to_string(limit) + " bytes");
  return {};
}

Result<std::string> ArchiveIndex::text(const std::string& path, std::uint64_t limit) const {
  auto found = TRY(texts({path}, limit));
  return std::move(found.begin()->second);
}

Result<MemberTexts> ArchiveIndex::texts(const std::set<std::string>& paths, std::uint64_t limit) const {
  MemberTexts out;
  for (const auto& path : paths) {
    TRY(must_be_file(path, limit));
    if (const auto found = remembered_.find(path); found != remembered_.end()) out[path] = found->second;
  }
  if (out.size() == paths.size()) return out;
  const auto bytes = TRY(archive_.open());
  const auto entries = TRY(reader_.open(*bytes));
  while (out.size() < paths.size()) {
    const auto entry = TRY(entries->next());
    if (!entry) break;
    if (paths.contains(entry->path)) out[entry->path] = TRY(read_all(*TRY(entries->content()), limit));
  }
  return out;
}

Result<std::string> ArchiveIndex::file_behind(const std::string& path) const {
  std::string at = path;
  for (int hops = 0; hops < kMostHops; ++hops) {
    const auto found = members_.find(at);
    if (found == members_.end()) return refuse("load.missing", at, "the archive does not hold it");
    switch (found->second.type) {
      case image::EntryType::File: return at;
      case image::EntryType::Symlink:
      case image::EntryType::HardLink: at = found->second.target; break;
      default: return refuse("load.link", path, "not a file");
    }
  }
  return refuse("load.link", path, "links in a circle, or too many of them");
}

std::uint64_t ArchiveIndex::size(const std::string& path) const {
  const auto found = members_.find(path);
  return found == members_.end() ? 0 : found->second.size;
}

Result<MemberSpools> ArchiveIndex::stage(const std::set<std::string>& paths, Spooler& spooler) const {
  MemberSpools out;
  if (paths.empty()) return out;
  const auto bytes = TRY(archive_.open());
  const auto entries = TRY(reader_.open(*bytes));
  while (out.size() < paths.size()) {
    const auto entry = TRY(entries->next());
    if (!entry) break;
    if (paths.contains(entry->path)) out[entry->path] = TRY(spooler.keep(*TRY(entries->content()), kMostLayerBytes));
  }
  if (out.size() < paths.size()) return refuse("load.missing", "", "the archive changed while it was read");
  return out;
}

}  // namespace strates::engine
