#include "engine/copy_tree.hpp"

#include <algorithm>
#include <vector>

#include "base/strings.hpp"

namespace strates::engine {

namespace {

constexpr int kMaxLinks = 255;

}  // namespace

Error build_cancelled() { return docker_error(ErrorKind::Conflict, "build.cancelled", "Build cancelled"); }

const ContextEntry* CopyTree::find(std::string_view path) const {
  const auto found = entries_.find(path);
  return found == entries_.end() ? nullptr : &found->second;
}

std::optional<std::string> CopyTree::resolve(std::string_view path) const {
  std::vector<std::string> todo = split(path, '/');
  std::reverse(todo.begin(), todo.end());
  std::string at;
  int links = 0;
  while (!todo.empty()) {
    const std::string part = std::move(todo.back());
    todo.pop_back();
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      at = at.find('/') == std::string::npos ? "" : at.substr(0, at.rfind('/'));
      continue;
    }
    const std::string next = at.empty() ? part : at + "/" + part;
    const ContextEntry* entry = find(next);
    if (entry == nullptr) return std::nullopt;
    if (entry->meta.type == image::EntryType::Symlink) {
      if (++links > kMaxLinks) return std::nullopt;
      if (entry->meta.link_target.starts_with('/')) at.clear();
      const std::vector<std::string> target = split(entry->meta.link_target, '/');
      todo.insert(todo.end(), target.rbegin(), target.rend());
      continue;
    }
    if (entry->meta.type != image::EntryType::Directory && !todo.empty()) {
      // "file/": only empty parts may follow.
      for (const std::string& rest : todo)
        if (!rest.empty()) return std::nullopt;
    }
    at = next;
  }
  return at;
}

}  // namespace strates::engine
