#include "engine/builder_copy.hpp"

#include <algorithm>
#include <set>

#include "base/strings.hpp"
#include "engine/tree_path.hpp"
#include "image/path_match.hpp"

namespace strates::engine {

namespace {

using image::EntryType;

Error copy_error(std::string sentence) { return docker_error(ErrorKind::Invalid, "build.copy", std::move(sentence)); }

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
  Planner(const BuildContext& context, Hasher& hasher) : context_(context), hasher_(hasher) {}

  Result<void> add(const std::string& written) {
    std::string path = written;
    if (path.starts_with('/')) path.erase(0, 1);
    if (path.starts_with("./")) path.erase(0, 2);
    if (!has_wildcards(path)) return add_path(path);
    for (const auto& [name, entry] : context_.entries())
      if (const auto match = image::path_match(path, name); match.ok() && match.value()) TRY(add_path(name));
    return {};
  }
  CopyPlan plan;

 private:
  // What the entry counts for: a link for what it leads to. None: a link to nothing.
  std::optional<std::string> sum_of(const std::string& path) const {
    const auto real = context_.resolve(path);
    if (!real) return std::nullopt;
    const ContextEntry* entry = context_.find(*real);
    return entry != nullptr && !entry->sum.empty() ? entry->sum : path;
  }

  Result<void> add_path(const std::string& path) {
    const std::string clean = clean_path(path.empty() ? "." : path);
    if (clean == ".." || clean.starts_with("../")) return copy_error("forbidden path outside the build context: " + path + " ()");
    const auto real = context_.resolve(path);
    if (!real)
      return copy_error("file not found in build context or excluded by .dockerignore: stat " + clean + ": file does not exist");
    CopySource source{path, *real, "", false};
    const ContextEntry* entry = context_.find(*real);
    source.directory = entry == nullptr || entry->meta.type == EntryType::Directory;
    if (!source.directory) {
      source.hash = "file:" + entry->sum;
      plan.files[*real] = entry->sum;
    } else {
      std::vector<std::string> sums;
      const std::string below = real->empty() ? "" : *real + "/";
      for (auto at = context_.entries().lower_bound(*real); at != context_.entries().end(); ++at) {
        if (at->first != *real && !at->first.starts_with(below)) break;
        const auto sum = sum_of(at->first);
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

  const BuildContext& context_;
  Hasher& hasher_;
};

// What is to stand where, in the end.
struct Placed {
  image::EntryMeta meta;
  std::uint64_t ordinal = 0;  // whose bytes it gets; 0: none
};
using Placement = std::map<std::string, Placed, PathLess>;  // by path without leading slash

class Placer {
 public:
  Placer(const BuildContext& context, TreeEditor& editor, const image::EntryMeta& owner) : context_(context), editor_(editor), owner_(owner) {}

  Result<void> place(const CopySource& source, const std::string& destination) {
    const std::string real = TRY(resolve_in_tree(editor_, destination));
    const auto there = TRY(editor_.stat(real, TreeEditor::Follow::No));
    const bool is_directory = there && there->type == EntryType::Directory;
    if (source.directory) return place_directory(source, real, is_directory || there == std::nullopt);
    const bool into = destination.ends_with('/') || is_directory;
    const std::string target = into ? join_path(real, base_name(source.path)) : real;
    TRY(ensure_directory(editor_, dir_name(target), created(context_.find(source.resolved)->meta.mtime)));
    return put(target, source.resolved);
  }

  Placement placement;

 private:
  image::EntryMeta created(Nanos mtime) const {
    image::EntryMeta out = owner_;
    out.type = EntryType::Directory;
    out.mode = 0755;
    out.mtime = mtime;
    return out;
  }

  Result<void> place_directory(const CopySource& source, const std::string& target, bool possible) {
    if (!possible)
      return copy_error("failed to copy files: failed to copy directory: Error processing tar file: " + target + " is not a directory");
    const std::string below = source.resolved.empty() ? "" : source.resolved + "/";
    Nanos newest = context_.dockerfile_time();
    std::vector<std::string> taken;
    for (auto at = context_.entries().upper_bound(source.resolved); at != context_.entries().end(); ++at) {
      if (!at->first.starts_with(below)) break;
      newest = std::max(newest, at->second.meta.mtime);
      taken.push_back(at->first);
    }
    TRY(ensure_directory(editor_, target, created(newest)));
    for (const std::string& path : taken) TRY(put(join_path(target, path.substr(below.size())), path));
    return {};
  }

  Result<void> put(const std::string& target, const std::string& path) {
    const ContextEntry* entry = context_.find(path);
    Placed placed{entry->meta, 0};
    placed.meta.uid = owner_.uid;
    placed.meta.gid = owner_.gid;
    if (placed.meta.type == EntryType::HardLink) {
      const ContextEntry* first = context_.find(entry->meta.link_target);
      if (first == nullptr || first->meta.type != EntryType::File)
        return copy_error("failed to copy files: " + path + " is a hard link to " + entry->meta.link_target + ", which is not in the build context");
      placed.meta.type = EntryType::File;
      placed.meta.size = first->meta.size;
      placed.meta.link_target.clear();
      placed.ordinal = first->ordinal;
    } else if (placed.meta.type == EntryType::File) {
      placed.ordinal = entry->ordinal;
    } else if (entry->ordinal == 0) {
      placed.meta.mtime = context_.dockerfile_time();
    }
    const std::string key = target.substr(1);
    // A later source hides what an earlier one put there.
    if (placed.meta.type != EntryType::Directory)
      for (auto below = placement.upper_bound(key); below != placement.end() && below->first.starts_with(key + "/");) below = placement.erase(below);
    placement[key] = std::move(placed);
    return {};
  }

  const BuildContext& context_;
  TreeEditor& editor_;
  const image::EntryMeta& owner_;
};

// Directories, links and devices; files only make room.
Result<void> write_nodes(TreeEditor& editor, const Placement& placement) {
  for (const auto& [key, placed] : placement) {
    const std::string path = "/" + key;
    const auto there = TRY(editor.stat(path, TreeEditor::Follow::No));
    const bool want_directory = placed.meta.type == EntryType::Directory;
    const bool is_directory = there && there->type == EntryType::Directory;
    if (there && (want_directory != is_directory)) TRY(editor.remove(path));
    if (placed.meta.type != EntryType::File) TRY(editor.put(path, placed.meta, nullptr));
  }
  return {};
}

Result<void> write_files(const BuildContext& context, TreeEditor& editor, const Placement& placement, const BuildContext::Cancelled& cancelled) {
  // One pass of the tar serves each of its files once; a file that lands in two places takes two.
  std::multimap<std::uint64_t, std::string> left;
  for (const auto& [key, placed] : placement)
    if (placed.meta.type == EntryType::File) left.emplace(placed.ordinal, key);
  while (!left.empty()) {
    TRY(context.stream([&](std::uint64_t ordinal) { return left.contains(ordinal); },
                       [&](const std::string&, std::uint64_t ordinal, ByteSource& content) -> Result<void> {
                         const auto next = left.find(ordinal);
                         const std::string key = next->second;
                         left.erase(next);
                         return editor.put("/" + key, placement.find(key)->second.meta, &content);
                       },
                       cancelled));
  }
  return {};
}

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

Result<CopyPlan> plan_copy(const build::Copy& copy, const BuildContext& context, Hasher& hasher) {
  const std::string name = copy.add ? "ADD" : "COPY";
  Planner planner(context, hasher);
  for (const std::string& source : copy.sources)
    if (auto added = planner.add(source); !added.ok()) {
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

Result<void> perform_copy(const build::Copy& copy, const CopyPlan& plan, const BuildContext& context, TreeEditor& editor,
                          const std::string& working_dir, const BuildContext::Cancelled& cancelled) {
  const image::EntryMeta owner = TRY(owner_of(copy.chown, editor));
  std::string destination = copy.destination;
  if (!destination.starts_with('/')) {
    destination = clean_path("/" + working_dir + "/" + destination);
    if (copy.destination.ends_with('/') && destination != "/") destination += "/";
  }
  Placer placer(context, editor, owner);
  for (const CopySource& source : plan.sources) TRY(placer.place(source, destination));
  TRY(write_nodes(editor, placer.placement));
  TRY(write_files(context, editor, placer.placement, cancelled));
  // What was written into a directory changed its time: it gets its own back, the deepest first.
  for (auto at = placer.placement.rbegin(); at != placer.placement.rend(); ++at)
    if (at->second.meta.type == EntryType::Directory) TRY(editor.put("/" + at->first, at->second.meta, nullptr));
  return {};
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
