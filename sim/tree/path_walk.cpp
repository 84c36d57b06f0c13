#include "sim/tree/path_walk.hpp"

#include <algorithm>
#include <vector>

namespace strates::sim {

namespace {

struct Step {
  std::string path;  // "" is the root here
  size_t mount = 0;
  std::string inner;
  std::optional<Found> found;
  BoundFile* bound = nullptr;
};

// Pushes the components of `path`, so that the first is taken first from the back.
void push_components(std::vector<std::string>& pending, std::string_view path) {
  const size_t before = pending.size();
  while (!path.empty()) {
    const size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (!part.empty() && part != ".") pending.emplace_back(part);
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  }
  std::reverse(pending.begin() + static_cast<std::ptrdiff_t>(before), pending.end());
}

bool wants_directory(std::string_view path) { return path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..") || path == "." || path == ".."; }

}  // namespace

bool may(const Credentials& who, const image::EntryMeta& meta, unsigned access) {
  if (who.uid == 0) return true;
  unsigned bits = meta.mode;
  const bool in_group = who.gid == meta.gid || std::find(who.groups.begin(), who.groups.end(), meta.gid) != who.groups.end();
  if (who.uid == meta.uid) bits >>= 6;
  else if (in_group) bits >>= 3;
  return (bits & access) == access;
}

bool may(const Credentials& who, const Node& node, unsigned access) {
  image::EntryMeta meta;
  meta.mode = node.mode;
  meta.uid = node.uid;
  meta.gid = node.gid;
  return may(who, meta, access);
}

Result<Place> walk_path(Mounts& mounts, const Credentials& who, std::string_view path, LastLink last, std::string_view operation) {
  const auto fail = [&](Errno number) { return vfs_error(number, operation, path); };
  if (path.empty()) return fail(Errno::NoEntry);
  if (path.size() > kMostPath) return fail(Errno::NameTooLong);
  std::vector<std::string> pending;
  push_components(pending, path);
  bool directory_wanted = wants_directory(path);
  std::vector<Step> steps;
  steps.push_back({"", 0, "", mounts.tree(0).root(), nullptr});
  size_t links = 0;
  while (!pending.empty()) {
    const std::string name = std::move(pending.back());
    pending.pop_back();
    const Step& here = steps.back();
    if (!here.found) return fail(here.bound != nullptr ? Errno::NotDirectory : Errno::NoEntry);
    if (!here.found->is_directory()) return fail(Errno::NotDirectory);
    if (!may(who, here.found->node(), kExecute)) return fail(Errno::AccessDenied);
    if (name == "..") {
      if (steps.size() > 1) steps.pop_back();
      continue;
    }
    if (name.size() > kMostName) return fail(Errno::NameTooLong);
    Step next{here.path + "/" + name, here.mount, join_relative(here.inner, name), {}, nullptr};
    if (next.path.size() > kMostPath) return fail(Errno::NameTooLong);
    next.bound = mounts.bound(next.path);
    if (next.bound == nullptr) {
      if (const auto mount = mounts.at(next.path)) {
        next.mount = *mount;
        next.inner.clear();
        next.found = mounts.tree(*mount).root();
      } else {
        next.found = mounts.tree(here.mount).child(*here.found, name);
      }
    }
    const bool is_link = next.found && next.found->node().kind == Kind::Symlink;
    if (is_link && (!pending.empty() || last == LastLink::Follow || directory_wanted)) {
      if (++links > kMostLinks) return fail(Errno::LinkLoop);
      const std::string target(next.found->node().bytes());
      if (target.empty()) return fail(Errno::NoEntry);
      if (pending.empty() && wants_directory(target)) directory_wanted = true;
      if (target.front() == '/') steps.resize(1);
      push_components(pending, target);
      continue;
    }
    steps.push_back(std::move(next));
  }
  Step& end = steps.back();
  if (directory_wanted && (end.bound != nullptr || (end.found && !end.found->is_directory()))) return fail(Errno::NotDirectory);
  Place place;
  place.path = end.path.empty() ? "/" : end.path;
  place.mount = end.mount;
  place.inner = std::move(end.inner);
  place.found = std::move(end.found);
  place.bound = end.bound;
  if (steps.size() > 1 && !place.mount_root()) place.parent = std::move(steps[steps.size() - 2].found);
  return place;
}

}  // namespace strates::sim
