#include "linux/snapshot/upper_settle.hpp"

#include "linux/snapshot/entry_meta.hpp"
#include "linux/snapshot/upper_copy.hpp"

namespace strates::linux_world {

namespace {

class Settler {
 public:
  Settler(const HiddenEntries& hidden, const image::TarOptions& options) : hidden_(hidden), options_(options) {}

  Result<void> directory(int at, const MergedDir& below, const std::string& path, int depth) {
    if (depth > kMostDepth) return too_deep(path);
    for (const auto& name : TRY(names_in(at, path))) TRY(entry(at, below, name, path.empty() ? name : path + "/" + name, depth));
    return success();
  }

 private:
  Result<void> entry(int at, const MergedDir& below, const std::string& name, const std::string& path, int depth) {
    const auto st = TRY(stat_at(at, name));
    if (!st) return success();
    if (hidden_.hides(path, *st) || S_ISSOCK(st->st_mode)) return remove_tree(at, name);
    if (is_whiteout(*st)) return success();
    const Nanos time = layer_time(mtime_of(*st), options_);
    if (S_ISDIR(st->st_mode)) {
      const UniqueFd inside = TRY(open_directory_at(at, name));
      const auto lower = TRY(below.find(name));
      const bool both = lower && S_ISDIR(lower->st.st_mode);
      TRY(drop_foreign_attributes(at, name, both && TRY(is_opaque(inside.get())) ? Opaque::Kept : Opaque::Dropped));
      TRY(directory(inside.get(), both ? TRY(below.enter(name)) : MergedDir(), path, depth + 1));
      return apply_mtime(at, name, time);  // what was removed inside changed it
    }
    TRY(drop_foreign_attributes(at, name, Opaque::Dropped));
    return time == mtime_of(*st) ? success() : apply_mtime(at, name, time);
  }

  const HiddenEntries& hidden_;
  const image::TarOptions& options_;
};

}  // namespace

Result<void> settle_upper(int upper, const MergedDir& below, const HiddenEntries& hidden, const image::TarOptions& options) {
  TRY(drop_foreign_attributes(upper, ".", Opaque::Dropped));
  return Settler(hidden, options).directory(upper, below, "", 0);
}

}  // namespace strates::linux_world
