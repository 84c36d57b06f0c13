#include "engine/mount_rules.hpp"

#include <algorithm>
#include <vector>

#include "base/strings.hpp"

namespace strates::engine {

namespace {

Error invalid(std::string sentence) { return docker_error(ErrorKind::Invalid, "mount.invalid", std::move(sentence)); }

enum class Group { Access, Label, Propagation, Copy, Consistency };
struct ModeRow {
  std::string_view word;
  Group group;
};
constexpr ModeRow kModes[] = {
    {"rw", Group::Access},          {"ro", Group::Access},           {"z", Group::Label},           {"Z", Group::Label},
    {"private", Group::Propagation}, {"rprivate", Group::Propagation}, {"slave", Group::Propagation}, {"rslave", Group::Propagation},
    {"shared", Group::Propagation},  {"rshared", Group::Propagation},  {"nocopy", Group::Copy},       {"consistent", Group::Consistency},
    {"cached", Group::Consistency},  {"delegated", Group::Consistency}};

const ModeRow* mode_row(std::string_view word) {
  const auto* row = std::find_if(std::begin(kModes), std::end(kModes), [&](const ModeRow& one) { return one.word == word; });
  return row == std::end(kModes) ? nullptr : row;
}

// One word of each group at most.
bool is_mode(const std::string& mode) {
  if (mode.empty()) return true;
  unsigned seen = 0;
  for (const auto& word : split(mode, ',')) {
    const ModeRow* row = mode_row(word);
    if (row == nullptr || (seen & (1U << static_cast<unsigned>(row->group))) != 0) return false;
    seen |= 1U << static_cast<unsigned>(row->group);
  }
  return true;
}

// The word of that group in a mode; empty: none.
std::string word_of(const std::string& mode, Group group) {
  for (const auto& word : split(mode, ','))
    if (const ModeRow* row = mode_row(word); row != nullptr && row->group == group) return word;
  return {};
}

bool is_propagation(std::string_view word) {
  const ModeRow* row = mode_row(word);
  return row != nullptr && row->group == Group::Propagation;
}

struct TypeRow {
  MountType type;
  std::string_view name;
};
constexpr TypeRow kTypes[] = {{MountType::Bind, "bind"}, {MountType::Volume, "volume"}, {MountType::Tmpfs, "tmpfs"}};

Error of_config(const std::string& type, const std::string& why) { return invalid("invalid mount config for type " + go_quote(type) + ": " + why); }

Result<void> check_spec(const MountSpec& spec) {
  const auto fail = [&](const std::string& why) { return of_config(spec.type, why); };
  const auto absolute = [&](const std::string& path) -> Result<void> {
    if (path.starts_with('/')) return {};
    return fail("invalid mount path: '" + path + "' mount path must be absolute");
  };
  if (spec.target.empty()) return fail("field Target must not be empty");
  if (spec.target.find('\0') != std::string::npos || spec.source.find('\0') != std::string::npos) return fail("a path holds a zero byte");
  if (clean_path(spec.target) == "/") return fail("invalid specification: destination can't be '/'");
  TRY(absolute(spec.target));
  if (spec.type == "bind") {
    if (spec.source.empty()) return fail("field Source must not be empty");
    if (spec.bind && !spec.bind->propagation.empty() && !is_propagation(spec.bind->propagation)) return fail("invalid propagation mode: " + spec.bind->propagation);
    if (spec.volume) return fail("field VolumeOptions must not be specified");
    return absolute(spec.source);
  }
  if (spec.type == "volume") {
    if (spec.bind) return fail("field BindOptions must not be specified");
    if (spec.source.empty() && spec.read_only) return fail("must not set ReadOnly mode when using anonymous volumes");
    return {};
  }
  if (spec.type == "tmpfs") {
    if (spec.bind) return fail("field BindOptions must not be specified");
    if (!spec.source.empty()) return fail("field Source must not be specified");
    if (spec.volume) return fail("field VolumeOptions must not be specified");
    if (spec.tmpfs && spec.tmpfs->size_bytes < 0) return fail("invalid tmpfs size: " + std::to_string(spec.tmpfs->size_bytes));
    return {};
  }
  return fail("mount type unknown");
}

std::string tmpfs_options(const MountSpec& spec) {
  std::vector<std::string> options;
  if (spec.tmpfs && spec.tmpfs->mode != 0) {
    std::string octal;
    for (std::uint32_t mode = spec.tmpfs->mode & 07777; mode != 0; mode >>= 3) octal.insert(octal.begin(), static_cast<char>('0' + (mode & 7)));
    options.push_back("mode=" + octal);
  }
  if (spec.tmpfs && spec.tmpfs->size_bytes != 0) options.push_back("size=" + std::to_string(spec.tmpfs->size_bytes));
  return join(options, ",");
}

}  // namespace

std::string_view to_string(MountType type) {
  for (const auto& row : kTypes)
    if (row.type == type) return row.name;
  return "";
}

Result<MountPoint> parse_mount(const MountSpec& spec) {
  TRY(check_spec(spec));
  MountPoint point;
  point.destination = clean_path(spec.target);
  point.writable = !spec.read_only;
  if (spec.type == "bind") {
    point.type = MountType::Bind;
    point.source = clean_path(spec.source);
    point.propagation = spec.bind && !spec.bind->propagation.empty() ? spec.bind->propagation : "rprivate";
    point.recursive = !(spec.bind && spec.bind->non_recursive);
    point.must_exist = true;
  } else if (spec.type == "volume") {
    point.type = MountType::Volume;
    point.name = spec.source;
    point.anonymous = spec.source.empty();
    point.copies = !(spec.volume && spec.volume->no_copy);
    point.driver = spec.volume ? spec.volume->driver : "";
  } else {
    point.type = MountType::Tmpfs;
    point.options = tmpfs_options(spec);
  }
  return point;
}

Result<MountPoint> parse_bind(const std::string& text, const std::string& volume_driver) {
  const auto bad = [&](const std::string& why) { return invalid("invalid volume specification: '" + text + "'" + (why.empty() ? "" : ": " + why)); };
  const std::vector<std::string> parts = split(text, ':');
  if (parts.front().empty() || parts.size() > 3) return bad("");
  MountSpec spec;
  std::string mode;
  if (parts.size() == 1) {
    spec.target = parts[0];
  } else {
    // "/path:ro" is no volume: a destination alone has no mode.
    if (parts.size() == 2 && is_mode(parts[1])) return bad("");
    spec.source = parts[0];
    spec.target = parts[1];
    if (parts.size() == 3) mode = parts[2];
  }
  if (!is_mode(mode)) return invalid("invalid mode: " + mode);
  spec.type = spec.source.starts_with('/') ? "bind" : "volume";
  spec.read_only = word_of(mode, Group::Access) == "ro";
  if (spec.type == "volume" && !volume_driver.empty()) spec.volume.emplace().driver = volume_driver;
  if (!word_of(mode, Group::Copy).empty()) {
    if (!spec.volume) spec.volume.emplace();
    spec.volume->no_copy = true;
  }
  if (const auto word = word_of(mode, Group::Propagation); !word.empty()) spec.bind = MountSpec::Bind{word, false};
  auto point = parse_mount(spec);
  if (!point.ok()) return bad(point.error().message());
  point.value().mode = mode;
  point.value().must_exist = false;
  return point;
}

Error missing_bind_source(const std::string& source) { return of_config("bind", "bind source path does not exist: " + source); }

Result<VolumesFrom> parse_volumes_from(const std::string& text) {
  if (text.empty()) return invalid("volumes-from specification cannot be an empty string");
  const size_t colon = text.find(':');
  VolumesFrom out{text.substr(0, colon), true};
  if (colon == std::string::npos) return out;
  const std::string mode = text.substr(colon + 1);
  if (!is_mode(mode) || !word_of(mode, Group::Propagation).empty() || !word_of(mode, Group::Copy).empty()) return invalid("invalid mode: " + mode);
  out.writable = word_of(mode, Group::Access) != "ro";
  return out;
}

Error duplicate_mount(const std::string& destination) { return invalid("Duplicate mount point: " + destination); }

std::vector<MountPoint> uncovered_mounts(const Container& container) {
  std::vector<MountPoint> out = container.mounts;
  std::erase_if(out, [&](const MountPoint& point) { return point.type != MountType::Tmpfs && container.host.isolation.tmpfs.contains(point.destination); });
  return out;
}

}  // namespace strates::engine
