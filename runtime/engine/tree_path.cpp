#include "engine/tree_path.hpp"

#include <vector>

#include "base/strings.hpp"

namespace strates::engine {

Result<std::string> resolve_in_tree(TreeEditor& editor, std::string_view path, const std::string& root) {
  constexpr int kMaxLinks = 255;
  std::vector<std::string> todo = split(path, '/');
  std::vector<std::string>(todo.rbegin(), todo.rend()).swap(todo);
  std::string at = root;
  int links = 0;
  bool exists = true;
  while (!todo.empty()) {
    const std::string part = std::move(todo.back());
    todo.pop_back();
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (at != root) at = dir_name(at);
      exists = true;
      continue;
    }
    const std::string next = join_path(at, part);
    if (exists) {
      const auto meta = TRY(editor.stat(next, TreeEditor::Follow::No));
      exists = meta.has_value();
      if (meta && meta->type == image::EntryType::Symlink) {
        if (++links > kMaxLinks)
          return docker_error(ErrorKind::Invalid, "tree.links", "too many links in " + std::string(path));
        if (meta->link_target.starts_with('/')) at = root;
        const std::vector<std::string> target = split(meta->link_target, '/');
        todo.insert(todo.end(), target.rbegin(), target.rend());
        continue;
      }
    }
    at = next;
  }
  return at;
}

}  // namespace strates::engine
