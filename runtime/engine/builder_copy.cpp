#include "engine/builder_copy.hpp"

#include <algorithm>

#include "base/strings.hpp"
#include "engine/copy_placer.hpp"
#include "engine/copy_unpack.hpp"
#include "engine/tree_path.hpp"
#include "image/path_match.hpp"

namespace strates::engine {

namespace {

using image::EntryType;

std::string hash_of_list(Hasher& hasher, std::string_view prefix, const std::vector<std::string>& hashes) {
  return std::string(prefix) + ":" + hasher.sha256_hex(join(hashes, ","));
}

bool has_wildcards(std::string_view path) {
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '\\') ++i;
    else if (path[i] == '*' || path[i] == '?' || path[i] == '[') return true;
  }
  return false;
}

class Planner {
 public:
  explicit Planner(Hasher& hasher) : hasher_(hasher) {}

  Result<void> add(const CopyInput& input) {
    if (input.downloaded) return add_path(*input.tree, input.path, false);
    std::string path = input.path;
    if (path.starts_with('/')) path.erase(0, 1);
    if (path.starts_with("./")) path.erase(0, 2);
    if (!has_wildcards(path)) return add_path(*input.tree, path, true);
    TRY(input.tree->load_matches(path));
    std::vector<std::string> matches;
    for (const auto& [name, entry] : input.tree->entries())
      if (const auto match = image::path_match(path, name); match.ok() && match.value()) matches.push_back(name);
    for (const std::string& name : matches) TRY(add_path(*input.tree, name, true));
    return {};
  }
  CopyPlan plan;

 private:
  // What the entry counts for: a link for what it leads to. None: a link to nothing.
  static std::optional<std::string> sum_of(const CopyTree& tree, const std::string& path) {
    const auto real = tree.resolve(path);
    if (!real) return std::nullopt;
    const ContextEntry* entry = tree.find(*real);
    return entry != nullptr && !entry->sum.empty() ? entry->sum : path;
  }

  Result<void> add_path(CopyTree& tree, const std::string& path, bool may_unpack) {
    const std::string clean = clean_path(path.empty() ? "." : path);
    if (clean == ".." || clean.starts_with("../")) return copy_error("forbidden path outside the build context: " + path + " ()");
    TRY(tree.load(path));
    const auto real = tree.resolve(path);
    if (!real) return copy_error(std::string(tree.absence()) + "stat " + clean + ": file does not exist");
    CopySource source{&tree, path, *real, "", false, may_unpack};
    const ContextEntry* entry = tree.find(*real);
    source.directory = entry == nullptr || entry->meta.type == EntryType::Directory;
    if (!source.directory) {
      source.hash = "file:" + entry->sum;
      plan.files[*real] = entry->sum;
    } else {
      std::vector<std::string> sums;
      const std::string below = real->empty() ? "" : *real + "/";
      for (auto at = tree.entries().lower_bound(*real); at != tree.entries().end(); ++at) {
        if (at->first != *real && !at->first.starts_with(below)) break;
        const auto sum = sum_of(tree, at->first);
        if (!sum) continue;
        sums.push_back(*sum);
        plan.files[at->first] = *sum;
      }
      std::sort(sums.begin(), sums.end());
      source.hash = hash_of_list(hasher_, "dir", sums);
    }
    plan.sources.push_back(std::move(source));
    return {};
  }

  Hasher& hasher_;
};

bool is_number(std::string_view text) {
  return !text.empty() && text.size() < 10 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// The number in the third field of the line of /etc/passwd or /etc/group that begins with `name`.
Result<std::uint32_t> look_up(TreeEditor& editor, std::string_view name, const std::string& file, std::string_view what) {
  constexpr std::uint64_t kMaxFile = 4 << 20;
  if (is_number(name)) return static_cast<std::uint32_t>(std::stoul(std::string(name)));
  const auto text = editor.read(file, kMaxFile);
  if (text.ok())
    for (const std::string& line : split_lines(text.value()))
      if (const auto fields = split(line, ':'); fields.size() > 2 && fields[0] == name && is_number(fields[2]))
        return static_cast<std::uint32_t>(std::stoul(fields[2]));
  const std::string kind = what == "uid" ? "user" : "group";
  return copy_error("unable to convert uid/gid chown string to host mapping: can't find " + std::string(what) + " for " + kind + " " +
                    std::string(name) + ": no such " + kind + ": " + std::string(name));
}

Result<image::EntryMeta> owner_of(const std::string& chown, TreeEditor& editor) {
  image::EntryMeta out;
  if (chown.empty()) return out;
  const auto parts = split(chown, ':');
  if (parts.size() > 2)
    return copy_error("unable to convert uid/gid chown string to host mapping: invalid chown string format: " + chown);
  out.uid = TRY(look_up(editor, parts[0], "/etc/passwd", "uid"));
  out.gid = TRY(look_up(editor, parts.back(), "/etc/group", "gid"));
  return out;
}

}  // namespace

Result<CopyPlan> plan_copy(const build::Copy& copy, const std::vector<CopyInput>& inputs, Hasher& hasher) {
  const std::string name = copy.add ? "ADD" : "COPY";
  Planner planner(hasher);
  for (const CopyInput& input : inputs)
    if (auto added = planner.add(input); !added.ok()) {
      if (added.error().code != "build.copy") return std::move(added).error();
      return copy_error(name + " failed: " + added.error().message());
    }
  CopyPlan plan = std::move(planner.plan);
  if (plan.sources.empty()) return copy_error(name + " failed: no source files were specified");
  if (plan.sources.size() > 1 && !copy.destination.ends_with('/'))
    return copy_error("When using " + name + " with more than one source file, the destination must be a directory and end with a /");
  std::vector<std::string> hashes;
  for (const CopySource& source : plan.sources) hashes.push_back(source.hash);
  plan.hash = hashes.size() == 1 ? hashes[0] : hash_of_list(hasher, "multi", hashes);
  return plan;
}

Result<std::unique_ptr<image::LayerReader>> perform_copy(const build::Copy& copy, const CopyPlan& plan, ArchiveReader& archives, TreeEditor& editor,
                                                         const std::string& working_dir, const CopyTree::Cancelled& cancelled) {
  CopyOwner owner;
  owner.kept = !copy.from.empty() && copy.chown.empty();
  owner.meta = TRY(owner_of(copy.chown, editor));
  std::string destination = copy.destination;
  // By its words, before any link is followed: /link/.. is /.
  destination = clean_path(destination.starts_with('/') ? destination : "/" + working_dir + "/" + destination);
  if (copy.destination.ends_with('/') && destination != "/") destination += "/";
  CopyPlacer placer(editor, owner, cancelled);
  bool written = false;
  for (const CopySource& source : plan.sources) {
    if (copy.add && source.unpack && !source.directory && TRY(is_archive(source, archives, cancelled))) {
      TRY(placer.write());  // what came before it lies below what it brings
      written = true;
      TRY(unpack_archive(source, archives, editor, destination, cancelled));
    } else {
      TRY(placer.place(source, destination));
    }
  }
  std::unique_ptr<image::LayerReader> layer;
  if (!written) layer = TRY(placer.layer());
  if (layer == nullptr) TRY(placer.write());
  return layer;
}

Result<void> ensure_directory(TreeEditor& editor, const std::string& path, const image::EntryMeta& meta) {
  const std::string real = TRY(resolve_in_tree(editor, path));
  if (real == "/") return {};
  const auto there = TRY(editor.stat(real, TreeEditor::Follow::No));
  if (there && there->type == EntryType::Directory) return {};
  if (there) return docker_error(ErrorKind::Invalid, "build.not-a-directory", "Cannot mkdir: " + path + " is not a directory");
  TRY(ensure_directory(editor, dir_name(real), meta));
  return editor.make_directory(real, meta);
}

}  // namespace strates::engine
