#include "sim/tree/union_tree.hpp"

#include <algorithm>
#include <map>

namespace strates::sim {

namespace {

constexpr size_t kMostDepth = 2048;  // PATH_MAX's

std::string absolute(std::string_view path) { return "/" + std::string(path); }

}  // namespace

UnionTree::UnionTree(Tree& upper, std::vector<UnionLayer> lowers, std::uint64_t& inodes, Clock& clock, const Watch* watch)
    : upper_(upper), layers_(std::move(lowers)), inodes_(inodes), clock_(clock), watch_(watch) {
  layers_.insert(layers_.begin(), UnionLayer{&upper_, "container"});
}

Found UnionTree::root() const {
  Found place;
  for (size_t i = 0; i < layers_.size(); ++i) place.parts.push_back({i, &layers_[i].tree->root()});
  return place;
}

std::optional<Found> UnionTree::child(const Found& directory, std::string_view name) const {
  Found place;
  for (const auto& part : directory.parts) {
    const Node* node = layers_[part.layer].tree->child(*part.node, name);
    if (node == nullptr) continue;
    if (node->kind == Kind::Whiteout) break;
    if (!place.parts.empty() && !node->is_directory()) break;
    place.parts.push_back({part.layer, node});
    if (!node->is_directory() || node->opaque) break;
  }
  if (place.parts.empty()) return std::nullopt;
  return place;
}

std::optional<Found> UnionTree::find(std::string_view path) const {
  std::optional<Found> at = root();
  while (at && !path.empty()) {
    if (!at->is_directory()) return std::nullopt;
    const size_t slash = path.find('/');
    at = child(*at, path.substr(0, slash));
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  }
  return at;
}

std::vector<std::string> UnionTree::names(const Found& directory) const {
  std::map<std::string_view, bool> seen;  // name, whether it shows
  for (const auto& part : directory.parts)
    part.node->entries.for_each([&](const std::string& name, const Ref<Node>& node) { seen.emplace(name, node->kind != Kind::Whiteout); });
  std::vector<std::string> names;
  for (const auto& [name, shows] : seen)
    if (shows) names.emplace_back(name);
  return names;
}

FileStat UnionTree::stat(const Found& place) const {
  const Node& node = place.node();
  FileStat stat;
  stat.meta = meta_of(node);
  if (node.kind == Kind::Symlink) stat.meta.size = node.bytes().size();
  stat.inode = node.inode;
  stat.links = node.links;
  if (!node.is_directory()) return stat;
  // overlayfs says 1 for what merges several layers, the file system below counts "." and each ".." otherwise.
  stat.links = 1;
  if (place.parts.size() == 1) {
    stat.links = 2;
    layers_[place.parts.front().layer].tree->for_each_child(node, [&](const std::string&, const Node& entry) { stat.links += entry.is_directory() ? 1 : 0; });
  }
  return stat;
}

std::optional<Found> UnionTree::below(std::string_view path) const {
  const auto [directory, name] = split_last(path);
  auto parent = find(directory);
  if (!parent) return std::nullopt;
  if (parent->parts.front().layer == 0) parent->parts.erase(parent->parts.begin());
  if (parent->parts.empty()) return std::nullopt;
  return child(*parent, name);
}

void UnionTree::report(event::File fact) const {
  if (watch_ == nullptr || !watch_->emit) return;
  std::visit([this](auto& one) { one.container = watch_->container; }, fact);
  watch_->emit(Payload(std::move(fact)));
}

void UnionTree::report_created(std::string_view path, bool directory, bool opaque) {
  if (!watched()) return;
  report(event::FileCreated{.path = absolute(path), .directory = directory});
  if (opaque) report(event::OpaqueDirectory{.path = absolute(path)});
}

void UnionTree::report_gone(std::string_view path, const std::optional<Found>& hidden) {
  if (!watched()) return;
  if (hidden) report(event::WhiteoutCreated{.path = absolute(path), .hides_layer = std::string(label(*hidden))});
  else report(event::FileRemoved{.path = absolute(path)});
}

void UnionTree::touch(std::string_view directory) { upper_.edit(directory)->mtime = clock_.now(); }

// Attributes and times stay, those of the parent too. A file with several names loses the others (index=off), and with them its inode.
void UnionTree::copy_up_one(std::string_view path, const Found& place) {
  const Node& lower = place.node();
  auto copy = make_ref<Node>(lower);
  Node& made = copy.edit();
  made.entries = {};
  made.opaque = false;
  made.links = 1;
  if (!lower.is_directory() && lower.links > 1) made.inode = fresh_inode();
  const bool directory = lower.is_directory();
  const std::uint64_t bytes = lower.kind == Kind::File ? lower.bytes().size() : 0;
  const std::string from(label(place));
  upper_.put(path, std::move(copy));
  if (watched()) report(event::FileCopiedUp{.path = absolute(path), .from_layer = from, .bytes = bytes, .directory = directory});
}

Node& UnionTree::copy_up(std::string_view path) {
  // What the upper layer has already, from the root down, needs nothing.
  const Node* upper = &upper_.root();
  size_t done = 0;  // bytes of `path` that are there
  while (done < path.size()) {
    const size_t from = done == 0 ? 0 : done + 1;
    const size_t end = std::min(path.find('/', from), path.size());
    upper = upper_.child(*upper, path.substr(from, end - from));
    if (upper == nullptr || upper->kind == Kind::Whiteout) break;
    done = end;
  }
  while (done < path.size()) {
    done = std::min(path.find('/', done == 0 ? 0 : done + 1), path.size());
    copy_up_one(path.substr(0, done), *find(path.substr(0, done)));
  }
  return *upper_.edit(path);
}

void UnionTree::create(std::string_view path, Ref<Node> node) {
  const auto [directory, name] = split_last(path);
  copy_up(directory);
  const bool is_directory = node->is_directory();
  const bool opaque = is_directory && below(path).has_value();
  if (opaque) node.edit().opaque = true;
  upper_.put(path, std::move(node));
  touch(directory);
  report_created(path, is_directory, opaque);
}

void UnionTree::remove(std::string_view path) {
  const auto [directory, name] = split_last(path);
  copy_up(directory);
  const auto hidden = below(path);
  if (hidden) upper_.put(path, make_whiteout());
  else upper_.erase(path);
  touch(directory);
  report_gone(path, hidden);
}

void UnionTree::link(std::string_view existing, std::string_view path) {
  copy_up(existing);
  const auto [directory, name] = split_last(path);
  copy_up(directory);
  upper_.erase(path);  // a whiteout
  upper_.link(existing, path);
  touch(directory);
  report_created(path, false, false);
}

Result<void> UnionTree::rename(std::string_view from, std::string_view to) {
  const auto fail = [&](Errno number) { return vfs_error(number, "rename", absolute(from)); };
  const auto source = find(from);
  if (!source) return fail(Errno::NoEntry);
  if (from.empty() || to.empty()) return fail(Errno::Busy);
  if (from == to) return success();
  if (to.starts_with(std::string(from) + "/")) return fail(Errno::Invalid);
  const bool directory = source->is_directory();
  if (const auto target = find(to)) {
    if (target->is_directory() && !directory) return fail(Errno::IsDirectory);
    if (!target->is_directory() && directory) return fail(Errno::NotDirectory);
    if (target->is_directory() && !names(*target).empty()) return fail(Errno::NotEmpty);
    const bool same_layer = target->parts.front().layer == source->parts.front().layer;
    if (!directory && same_layer && target->node().inode == source->node().inode) return success();  // two names of one file
  }
  // redirect_dir=off: what lower layers hold of a directory cannot be found under another name.
  if (directory && (source->parts.size() > 1 || source->parts.front().layer != 0)) return fail(Errno::CrossDevice);
  // Moves could build what no path can name and no walk should follow.
  const auto levels = static_cast<size_t>(std::count(to.begin(), to.end(), '/'));
  if (directory && levels + depth_of(source->node()) > kMostDepth) return fail(Errno::NameTooLong);
  copy_up(from);
  copy_up(split_last(to).first);
  const auto left = below(from);
  const bool opaque = directory && below(to).has_value();
  upper_.move(from, to);
  if (opaque) upper_.edit(to)->opaque = true;
  if (left) upper_.put(from, make_whiteout());
  touch(split_last(from).first);
  touch(split_last(to).first);
  report_created(to, directory, opaque);
  report_gone(from, left);
  return success();
}

}  // namespace strates::sim
