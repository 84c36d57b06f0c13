#include "engine/image_tree.hpp"

#include <algorithm>
#include <vector>

#include "base/strings.hpp"
#include "build/context_sum.hpp"
#include "image/path_match.hpp"

namespace strates::engine {

namespace {

constexpr std::uint64_t kMaxEntries = 1'000'000;
constexpr int kMaxLinks = 255;

bool is_directory(const image::EntryMeta& meta) { return meta.type == image::EntryType::Directory; }

Result<std::string> sum_of_bytes(Hasher& hasher, const std::string& path, const image::EntryMeta& meta, ByteSource* content) {
  const auto hash = hasher.sha256();
  TRY(hash->write(build::sum_prefix(build::sum_header(path, meta))));
  if (content != nullptr) TRY(copy_stream(*content, *hash, UINT64_MAX));
  return hash->finish_hex();
}

// %41 is A; what is no such pair stays.
std::string percent_decoded(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const std::string pair = text[i] == '%' ? text.substr(i + 1, 2) : "";
    if (pair.size() == 2 && is_hex(to_lower(pair))) {
      out += static_cast<char>(std::stoi(pair, nullptr, 16));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

Result<std::string> ImageTree::sum_of(const std::string& path, const image::EntryMeta& meta) {
  if (meta.type != image::EntryType::File) return sum_of_bytes(hasher_, path, meta, nullptr);
  const auto content = TRY(files_->open_file("/" + path));
  return sum_of_bytes(hasher_, path, meta, content.get());
}

Result<void> ImageTree::add(const std::string& path, const image::EntryMeta& meta) {
  if (entries_.contains(path)) return {};
  if (last_ >= kMaxEntries)
    return make_error(ErrorKind::Invalid, "build.too-many", "read image", path, "more than " + std::to_string(kMaxEntries) + " entries", "copy less at once");
  entries_[path] = {meta, TRY(sum_of(path, meta)), ++last_};
  return {};
}

Result<std::optional<std::string>> ImageTree::walk_to(std::string_view path) {
  std::vector<std::string> todo = split(path, '/');
  std::reverse(todo.begin(), todo.end());
  std::string at;
  for (int links = 0; !todo.empty();) {
    const std::string part = std::move(todo.back());
    todo.pop_back();
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      at = at.find('/') == std::string::npos ? "" : at.substr(0, at.rfind('/'));
      continue;
    }
    const std::string next = at.empty() ? part : at + "/" + part;
    const auto meta = TRY(files_->stat("/" + next, TreeEditor::Follow::No));
    if (!meta) return std::optional<std::string>();
    TRY(add(next, *meta));
    if (meta->type != image::EntryType::Symlink) {
      at = next;
      continue;
    }
    if (++links > kMaxLinks) return std::optional<std::string>();
    if (meta->link_target.starts_with('/')) at.clear();
    const std::vector<std::string> target = split(meta->link_target, '/');
    todo.insert(todo.end(), target.rbegin(), target.rend());
  }
  return std::optional(at);
}

Result<void> ImageTree::add_below(const std::string& directory) {
  for (const std::string& name : TRY(files_->list("/" + directory))) {
    const std::string path = directory.empty() ? name : directory + "/" + name;
    const auto meta = TRY(files_->stat("/" + path, TreeEditor::Follow::No));
    if (!meta) continue;
    TRY(add(path, *meta));
    if (is_directory(*meta)) TRY(add_below(path));
    if (meta->type == image::EntryType::Symlink) TRY(walk_to(path));  // it counts for what it leads to
  }
  return {};
}

Result<void> ImageTree::load(std::string_view path) {
  const auto real = TRY(walk_to(path));
  if (!real) return {};
  const ContextEntry* entry = find(*real);
  if (entry == nullptr || is_directory(entry->meta)) return add_below(*real);
  return {};
}

Result<void> ImageTree::match_below(const std::string& directory, const std::vector<std::string>& parts, size_t depth) {
  for (const std::string& name : TRY(files_->list("/" + directory))) {
    const auto match = image::path_match(parts[depth], name);
    if (!match.ok() || !match.value()) continue;
    const std::string path = directory.empty() ? name : directory + "/" + name;
    const auto meta = TRY(files_->stat("/" + path, TreeEditor::Follow::No));
    if (!meta) continue;
    if (depth + 1 == parts.size()) TRY(load(path));
    else if (is_directory(*meta)) TRY(match_below(path, parts, depth + 1));
  }
  return {};
}

Result<void> ImageTree::load_matches(std::string_view pattern) {
  const std::vector<std::string> parts = split(pattern, '/');
  return parts.empty() ? success() : match_below("", parts, 0);
}

Result<void> ImageTree::stream(const std::function<bool(std::uint64_t)>& wanted, const Take& take, const Cancelled& cancelled) const {
  for (const auto& [path, entry] : entries_) {
    if (entry.meta.type != image::EntryType::File || !wanted(entry.ordinal)) continue;
    if (cancelled()) return build_cancelled();
    const auto content = TRY(files_->open_file("/" + path));
    TRY(take(path, entry.ordinal, *content));
  }
  return {};
}

Result<RemoteTree> RemoteTree::make(RemoteFile file, const std::string& name, Hasher& hasher) {
  RemoteTree out;
  ContextEntry entry;
  entry.meta.mode = 0600;
  entry.meta.size = file.bytes->size();
  entry.meta.mtime = file.last_modified.value_or(0);
  entry.ordinal = 1;
  entry.sum = TRY(sum_of_bytes(hasher, name, entry.meta, TRY(file.bytes->open()).get()));
  out.entries_[name] = std::move(entry);
  out.bytes_ = std::move(file.bytes);
  return out;
}

Result<void> RemoteTree::stream(const std::function<bool(std::uint64_t)>& wanted, const Take& take, const Cancelled&) const {
  if (!wanted(1)) return {};
  const auto content = TRY(bytes_->open());
  return take(entries_.begin()->first, 1, *content);
}

bool is_url(std::string_view source) { return source.starts_with("http://") || source.starts_with("https://"); }

std::string remote_name(const std::string& url, const std::string& content_disposition) {
  std::string path = url.substr(url.find("//") + 2);
  path.resize(std::min(path.find_first_of("?#"), path.size()));
  const size_t slash = path.find('/');
  path = slash == std::string::npos ? "" : percent_decoded(path.substr(slash));
  std::string name;
  if (!path.empty() && !path.ends_with('/')) name = base_name(path);
  if (const size_t at = to_lower(content_disposition).find("filename="); name.empty() && at != std::string::npos) {
    std::string said = content_disposition.substr(at + 9);
    said.resize(std::min(said.find(';'), said.size()));
    said = trim(said);
    if (said.size() > 1 && said.front() == '"' && said.back() == '"') said = said.substr(1, said.size() - 2);
    if (!said.empty() && !said.ends_with('/')) name = base_name(said);
  }
  // It becomes a name in the image: nothing that would be another place, and nothing longer than a name is.
  if (name == "." || name == ".." || name.find('\0') != std::string::npos || name.size() > 255) return "";
  return name;
}

}  // namespace strates::engine
