// Whole small files: /proc and /sys, and the records of this folder.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace strates::linux_world {

// Regular files, at most `limit` bytes: more is code file.too-large. /proc files say size 0, so the end decides.
Result<std::string> read_small_file(const std::string& path, size_t limit = 4 << 20);
Result<void> write_small_file(const std::string& path, std::string_view bytes, mode_t mode);
// Written beside and renamed over: a reader sees the old bytes or the new ones, never half.
Result<void> replace_small_file(const std::string& path, std::string_view bytes, mode_t mode);
Result<void> ensure_directory(const std::string& path, mode_t mode);
// What is below a directory, and the directory; links are removed, never followed. Absent is fine.
Result<void> remove_directory_tree(const std::string& path);

}  // namespace strates::linux_world
