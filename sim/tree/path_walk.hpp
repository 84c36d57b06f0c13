// From a path to a place, as the kernel's path_resolution(7): component by component, through mounts and symbolic links, checking who may search.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sim/tree/mounts.hpp"
#include "sim/vfs.hpp"

namespace strates::sim {

constexpr size_t kMostName = 255, kMostPath = 4095, kMostLinks = 40;  // NAME_MAX, PATH_MAX without its end, MAXSYMLINKS

enum class LastLink { Keep, Follow };

// Valid until the next change.
struct Place {
  std::string path;              // absolute, without links: "/etc/motd", "/"
  size_t mount = 0;
  std::string inner;             // the path inside that mount: "etc/motd"
  std::optional<Found> found;    // none: absent, or bound
  std::optional<Found> parent;   // the directory that holds it; none for the root of a mount
  BoundFile* bound = nullptr;
  bool exists() const { return found.has_value() || bound != nullptr; }
  bool mount_root() const { return inner.empty(); }
};

enum Access : unsigned { kExecute = 1, kWrite = 2, kRead = 4 };
bool may(const Credentials& who, const image::EntryMeta& meta, unsigned access);
bool may(const Credentials& who, const Node& node, unsigned access);

// The place of `path`, which may be absent as long as the directory that would hold it is there. Errors: NoEntry, NotDirectory, AccessDenied,
// LinkLoop, NameTooLong.
Result<Place> walk_path(Mounts& mounts, const Credentials& who, std::string_view path, LastLink last, std::string_view operation);

}  // namespace strates::sim
