// One layer's files, as a value: copying a Tree costs two references, and the copy never sees later changes.
//
// Paths are relative and clean ("etc/motd"; "" is the root) and lead through directories only: symbolic links are not followed here.
// Pointers to nodes are valid until the next change of the same Tree.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "sim/tree/node.hpp"

namespace strates::sim {

class Tree {
 public:
  Tree();
  // An empty root with these attributes.
  explicit Tree(const image::EntryMeta& root);

  const Node& root() const { return *root_; }
  const Node* find(std::string_view path) const;
  const Node* child(const Node& directory, std::string_view name) const;
  // The node for changing, unshared from every copy of this tree. For a file with several names, all of them change.
  Node* edit(std::string_view path);

  // Each false when it cannot be: a parent is absent, or the path is.
  bool put(std::string_view path, Ref<Node> node);  // replaces what is there, a whole directory included
  bool erase(std::string_view path);
  bool link(std::string_view existing, std::string_view path);  // another name for a file
  bool move(std::string_view from, std::string_view to);        // replaces what is at `to`

  // visit(path, node) for all below the root, a directory before what it holds.
  template <typename Visit>
  void walk(Visit visit) const {
    std::string path;
    walk_in(*root_, path, visit);
  }
  template <typename Visit>
  void for_each_child(const Node& directory, Visit visit) const {
    directory.entries.for_each([&](const std::string& name, const Ref<Node>& node) { visit(name, resolved(*node)); });
  }
  // Sum of the sizes of the files, each counted once however many names it has.
  std::uint64_t bytes() const;

 private:
  const Node& resolved(const Node& node) const;
  Node* edit_raw(std::string_view path);
  Directory* edit_parent(std::string_view path);
  const Node* find_raw(std::string_view path) const;
  void forget_links(const Node& node);

  template <typename Visit>
  void walk_in(const Node& directory, std::string& path, Visit& visit) const {
    const size_t length = path.size();
    directory.entries.for_each([&](const std::string& name, const Ref<Node>& raw) {
      const Node& node = resolved(*raw);
      if (length > 0) path += '/';
      path += name;
      visit(std::as_const(path), node);
      if (node.is_directory()) walk_in(node, path, visit);
      path.resize(length);
    });
  }

  Ref<Node> root_;
  Directory linked_;  // files with several names, by their inode's number
};

// Levels of directories below `node`: 0 for an empty directory or a file.
size_t depth_of(const Node& node);

// "a/b/c" is "a/b" and "c"; "c" is "" and "c".
std::pair<std::string_view, std::string_view> split_last(std::string_view path);
std::string join_relative(std::string_view directory, std::string_view name);

}  // namespace strates::sim
