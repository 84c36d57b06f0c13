#include "linux/snapshot/upper_walk.hpp"

#include <dirent.h>

#include <algorithm>
#include <utility>

#include "linux/snapshot/entry_meta.hpp"

namespace strates::linux_world {

namespace {

using engine::Change;
using engine::ChangeKind;

// A copy that went through a tar has whole seconds.
bool same_time(const timespec& a, const timespec& b) { return a.tv_sec == b.tv_sec && (a.tv_nsec == b.tv_nsec || a.tv_nsec == 0 || b.tv_nsec == 0); }

Result<bool> differ(const MergedDir::Found& lower, int upper_directory, const struct stat& upper, const std::string& name) {
  const struct stat& before = lower.st;
  if (before.st_mode != upper.st_mode || before.st_uid != upper.st_uid || before.st_gid != upper.st_gid || before.st_rdev != upper.st_rdev) return true;
  if (!same_time(before.st_mtim, upper.st_mtim)) return true;
  if (S_ISDIR(upper.st_mode)) return false;
  if (before.st_size != upper.st_size) return true;
  if (!S_ISREG(upper.st_mode)) return false;
  return TRY(read_xattrs(lower.directory(), name)) != TRY(read_xattrs(upper_directory, name));
}

class Differ {
 public:
  enum class Want { All, First };
  explicit Differ(const HiddenEntries& hidden, Want want = Want::All) : hidden_(hidden), want_(want) {}

  Result<void> directory(int upper, const MergedDir& below, bool opaque, const std::string& path, int depth) {
    if (depth > kMostDepth) return too_deep(path);
    const auto entries = TRY(entries_in(upper, path));
    for (const auto& listed : entries) {
      if (want_ == Want::First && !changes_.empty()) return success();
      TRY(entry(upper, below, listed, path.empty() ? listed.name : path + "/" + listed.name, depth));
    }
    if (!opaque) return success();
    const auto before = [](const ListedEntry& listed, const std::string& name) { return listed.name < name; };
    for (const auto& name : TRY(below.names())) {
      const auto at = std::lower_bound(entries.begin(), entries.end(), name, before);
      if (at == entries.end() || at->name != name) TRY(lost(below, name, path.empty() ? name : path + "/" + name));
    }
    return success();
  }

  std::vector<Change> take() {
    std::sort(changes_.begin(), changes_.end(), [](const Change& a, const Change& b) { return a.path < b.path; });
    return std::move(changes_);
  }

 private:
  Result<void> lost(const MergedDir& below, const std::string& name, const std::string& path) {
    const auto lower = TRY(below.find(name));
    if (lower && hidden_.entries.count(path) == 0 && hidden_.directories.count(path) == 0) changes_.push_back({ChangeKind::Deleted, "/" + path});
    return success();
  }

  // Most of what a container adds lies in directories of its own: there the listing says all that is asked, and a call for each file would be most of the work.
  bool added_plainly(const MergedDir& below, const ListedEntry& listed, const std::string& path) const {
    const bool plain = listed.type == DT_REG || listed.type == DT_LNK || listed.type == DT_FIFO || listed.type == DT_SOCK || listed.type == DT_BLK;
    return plain && below.empty() && hidden_.entries.count(path) == 0;
  }

  Result<void> entry(int upper, const MergedDir& below, const ListedEntry& listed, const std::string& path, int depth) {
    const std::string& name = listed.name;
    if (added_plainly(below, listed, path)) {
      changes_.push_back({ChangeKind::Added, "/" + path});
      return success();
    }
    const auto st = TRY(stat_at(upper, name));
    if (!st || hidden_.hides(path, *st)) return success();  // removed while we look, or not the container's
    if (is_whiteout(*st)) return lost(below, name, path);
    const auto lower = TRY(below.find(name));
    const size_t before = changes_.size();
    if (!lower) changes_.push_back({ChangeKind::Added, "/" + path});
    else if (TRY(differ(*lower, upper, *st, name))) changes_.push_back({ChangeKind::Modified, "/" + path});
    if (!S_ISDIR(st->st_mode) || (want_ == Want::First && !changes_.empty())) return success();
    const bool said = changes_.size() > before;
    const UniqueFd inside = TRY(open_directory_at(upper, name));
    const bool both = lower && S_ISDIR(lower->st.st_mode);
    TRY(directory(inside.get(), both ? TRY(below.enter(name)) : MergedDir(), both && TRY(is_opaque(inside.get())), path, depth + 1));
    if (!said && changes_.size() > before) changes_.push_back({ChangeKind::Modified, "/" + path});
    return success();
  }

  const HiddenEntries& hidden_;
  Want want_;
  std::vector<Change> changes_;
};

class Adder {
 public:
  explicit Adder(const HiddenEntries& hidden) : hidden_(hidden) {}

  Result<void> directory(int at, const std::string& path, int depth) {
    if (depth > kMostDepth) return too_deep(path);
    for (const auto& name : TRY(names_in(at, path))) {
      const auto st = TRY(stat_at(at, name));
      const std::string inner = path.empty() ? name : path + "/" + name;
      if (!st || hidden_.hides(inner, *st)) continue;
      if ((S_ISREG(st->st_mode) || S_ISLNK(st->st_mode)) && (st->st_nlink == 1 || seen_.insert({st->st_dev, st->st_ino}).second)) bytes += static_cast<std::uint64_t>(st->st_size);
      if (S_ISDIR(st->st_mode)) TRY(directory(TRY(open_directory_at(at, name)).get(), inner, depth + 1));
    }
    return success();
  }

  std::uint64_t bytes = 0;

 private:
  const HiddenEntries& hidden_;
  std::set<std::pair<dev_t, ino_t>> seen_;
};

}  // namespace

bool HiddenEntries::hides(const std::string& path, const struct stat& st) const {
  return entries.count(path) != 0 || (is_whiteout(st) && directories.count(path) != 0);
}

Error too_deep(std::string_view path) {
  return make_error(ErrorKind::Invalid, "layer.too-deep", "walk tree", path.substr(0, 200), "more than " + std::to_string(kMostDepth) + " directories inside one another");
}

Result<std::vector<Change>> diff_upper(int upper, const MergedDir& below, const HiddenEntries& hidden) {
  Differ differ_of(hidden);
  TRY(differ_of.directory(upper, below, false, "", 0));
  return differ_of.take();
}

Result<bool> changed_upper(int upper, const MergedDir& below, const HiddenEntries& hidden) {
  Differ differ_of(hidden, Differ::Want::First);
  TRY(differ_of.directory(upper, below, false, "", 0));
  return !differ_of.take().empty();
}

Result<std::uint64_t> usage_of_upper(int upper, const HiddenEntries& hidden) {
  Adder adder(hidden);
  TRY(adder.directory(upper, "", 0));
  return adder.bytes;
}

}  // namespace strates::linux_world
