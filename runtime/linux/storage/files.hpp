// Files by directory descriptor: what storage and snapshots share. Names are single components and never followed when they are symbolic links,
// so that no path can be swapped under a running call.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/stream.hpp"
#include "base/unique_fd.hpp"

namespace strates::linux_world {

// What a finished write outlives. Process: the death of the daemon, at any moment (the kernel has the bytes). Power: a power failure too, at the
// price of waiting for the disk.
enum class Durability { Process, Power };

// Creates the path and its parents as `mode` (0700 for stores: other users have no business there). An existing directory is kept as it is.
Result<void> make_directories(const std::string& path, unsigned mode);
Result<UniqueFd> open_directory(const std::string& path);
Result<UniqueFd> open_directory_at(int directory, const std::string& name);
// What a listing alone says of an entry.
struct ListedEntry {
  std::string name;
  unsigned char type = 0;  // DT_REG, DT_DIR, ... (readdir(3)); DT_UNKNOWN: the file system does not say
};
// The directory's entries without . and .., sorted by name as bytes.
Result<std::vector<ListedEntry>> entries_in(int directory, std::string_view shown);
// The same, names alone.
Result<std::vector<std::string>> names_in(int directory, std::string_view shown);
// None when there is no such entry.
Result<std::optional<struct stat>> stat_at(int directory, const std::string& name);
// Removes a file, or a directory with all it holds, however deep. Absent is fine. Never crosses to another file system: code files.mounted.
Result<void> remove_tree(int directory, const std::string& name);

Result<std::string> read_file_at(int directory, const std::string& name, std::uint64_t limit);
// Replaces the whole file by rename: a reader sees the old or the new bytes.
Result<void> replace_file_at(int directory, const std::string& name, std::string_view bytes, Durability durability);
Result<void> write_all(int file, std::string_view bytes, std::string_view shown);

// Reads a file from its start; the descriptor's own offset is not used, so that readers do not disturb each other.
class FileSource : public ByteSource {
 public:
  FileSource(std::shared_ptr<UniqueFd> file, std::string shown) : file_(std::move(file)), shown_(std::move(shown)) {}
  Result<size_t> read(std::span<char> buffer) override;

 private:
  std::shared_ptr<UniqueFd> file_;
  std::string shown_;
  std::uint64_t at_ = 0;
};

}  // namespace strates::linux_world
