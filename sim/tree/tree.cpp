#include "sim/tree/tree.hpp"

namespace strates::sim {

namespace {

// Eight bytes, most significant first: sorted as the numbers are.
std::string link_key(std::uint64_t inode) {
  std::string key(8, '\0');
  for (size_t i = 8; i-- > 0; inode >>= 8) key[i] = static_cast<char>(inode & 0xff);
  return key;
}

std::string_view first_part(std::string_view& path) {
  const size_t slash = path.find('/');
  const std::string_view part = path.substr(0, slash);
  path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  return part;
}

image::EntryMeta root_meta() {
  image::EntryMeta meta;
  meta.type = image::EntryType::Directory;
  meta.mode = 0755;
  return meta;
}

}  // namespace

std::pair<std::string_view, std::string_view> split_last(std::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return {std::string_view(), path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

std::string join_relative(std::string_view directory, std::string_view name) {
  std::string path(directory);
  if (!path.empty()) path += '/';
  path += name;
  return path;
}

Tree::Tree() : Tree(root_meta()) {}

Tree::Tree(const image::EntryMeta& root) : root_(make_node(root, {}, 0)) {}

const Node& Tree::resolved(const Node& node) const {
  if (node.kind != Kind::Linked) return node;
  return **linked_.find(link_key(node.inode));
}

const Node* Tree::child(const Node& directory, std::string_view name) const {
  if (!directory.is_directory()) return nullptr;
  const Ref<Node>* raw = directory.entries.find(name);
  return raw == nullptr ? nullptr : &resolved(**raw);
}

const Node* Tree::find_raw(std::string_view path) const {
  const Node* at = root_.get();
  while (!path.empty()) {
    if (!at->is_directory()) return nullptr;
    const Ref<Node>* next = at->entries.find(first_part(path));
    if (next == nullptr) return nullptr;
    at = next->get();
  }
  return at;
}

const Node* Tree::find(std::string_view path) const {
  const Node* raw = find_raw(path);
  return raw == nullptr ? nullptr : &resolved(*raw);
}

Node* Tree::edit_raw(std::string_view path) {
  Node* at = &root_.edit();
  while (!path.empty()) {
    if (!at->is_directory()) return nullptr;
    Ref<Node>* next = at->entries.edit(first_part(path));
    if (next == nullptr) return nullptr;
    at = &next->edit();
  }
  return at;
}

Node* Tree::edit(std::string_view path) {
  const Node* raw = find_raw(path);
  if (raw == nullptr) return nullptr;
  if (raw->kind == Kind::Linked) return &linked_.edit(link_key(raw->inode))->edit();
  return edit_raw(path);
}

Directory* Tree::edit_parent(std::string_view path) {
  const Node* parent = find_raw(split_last(path).first);
  if (path.empty() || parent == nullptr || !parent->is_directory()) return nullptr;
  return &edit_raw(split_last(path).first)->entries;
}

void Tree::forget_links(const Node& node) {
  if (node.is_directory()) {
    node.entries.for_each([this](const std::string&, const Ref<Node>& entry) { forget_links(*entry); });
  } else if (node.kind == Kind::Linked) {
    const std::string key = link_key(node.inode);
    Node& file = linked_.edit(key)->edit();
    if (--file.links == 0) linked_.erase(key);
  }
}

bool Tree::put(std::string_view path, Ref<Node> node) {
  if (const Node* old = find_raw(path); old != nullptr && !path.empty()) {
    const Ref<Node> kept = *find_raw(split_last(path).first)->entries.find(split_last(path).second);
    forget_links(*kept);
  }
  Directory* parent = edit_parent(path);
  if (parent == nullptr) return false;
  parent->put(split_last(path).second, std::move(node));
  return true;
}

bool Tree::erase(std::string_view path) {
  if (path.empty() || find_raw(path) == nullptr) return false;
  const auto [directory, name] = split_last(path);
  const Ref<Node> gone = *find_raw(directory)->entries.find(name);
  forget_links(*gone);
  return edit_parent(path)->erase(name);
}

bool Tree::link(std::string_view existing, std::string_view path) {
  const Node* raw = find_raw(existing);
  if (raw == nullptr || raw->is_directory() || path.empty()) return false;
  const std::uint64_t inode = raw->inode;
  if (Directory* parent = edit_parent(path); parent == nullptr || parent->find(split_last(path).second) != nullptr) return false;
  auto name = make_ref<Node>();
  name.edit().kind = Kind::Linked;
  name.edit().inode = inode;
  if (find_raw(existing)->kind != Kind::Linked) {
    const auto [directory, last] = split_last(existing);
    linked_.put(link_key(inode), *find_raw(directory)->entries.find(last));
    edit_parent(existing)->put(last, name);
  }
  ++linked_.edit(link_key(inode))->edit().links;
  edit_parent(path)->put(split_last(path).second, std::move(name));
  return true;
}

bool Tree::move(std::string_view from, std::string_view to) {
  if (from.empty() || to.empty() || find_raw(from) == nullptr) return false;
  if (from == to) return true;
  if (to.starts_with(std::string(from) + "/")) return false;
  const auto [directory, name] = split_last(from);
  Ref<Node> moved = *find_raw(directory)->entries.find(name);
  if (const Node* parent = find_raw(split_last(to).first); parent == nullptr || !parent->is_directory()) return false;
  edit_parent(from)->erase(name);
  return put(to, std::move(moved));
}

size_t depth_of(const Node& node) {
  size_t deepest = 0;
  node.entries.for_each([&deepest](const std::string&, const Ref<Node>& entry) { deepest = std::max(deepest, 1 + depth_of(*entry)); });
  return deepest;
}

std::uint64_t Tree::bytes() const {
  std::uint64_t sum = 0;
  const auto counted = [](const Node& node) { return node.kind == Kind::File || node.kind == Kind::Symlink ? node.bytes().size() : 0; };
  const auto count = [&sum, &counted](const auto& self, const Node& directory) -> void {
    directory.entries.for_each([&](const std::string&, const Ref<Node>& node) {
      if (node->is_directory()) self(self, *node);
      else sum += counted(*node);
    });
  };
  count(count, *root_);
  linked_.for_each([&sum, &counted](const std::string&, const Ref<Node>& file) {
    sum += counted(*file);
  });
  return sum;
}

}  // namespace strates::sim
