// What `docker cp` makes of its two paths (Docker's client 20.10, pkg/archive/copy.go): where an archive is unpacked, and how its entries are called there.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"

namespace strates::cli {

struct CopyInfo {
  std::string path;
  bool exists = false, directory = false;
  std::string rebase;  // the name as asked, where following a link changed it
};

bool asserts_directory(std::string_view path);  // "x/", "x/.", "."
// "/a/b/." is "/a/b" and ".": filepath.Split after cleaning, the dot kept.
std::pair<std::string, std::string> split_entry(std::string_view path);
// Absolute, with what it says at its end.
std::string local_path(const std::string& path);

// "CONTAINER:PATH"; a local path has no container. "-" is a stream.
struct CopyArgument {
  std::string container, path;
};
CopyArgument parse_copy_argument(const std::string& argument);

// Errors with Go's sentences: "lstat /x: no such file or directory", "not a directory".
Result<CopyInfo> local_source(const std::string& path, bool follow);
Result<CopyInfo> local_destination(const std::string& path);

// Entries named `from` or below are called `to`.
struct CopyPlan {
  std::string directory, from, to;
};
// "cannot copy directory", "no such directory"
Result<CopyPlan> plan_copy(const CopyInfo& source, const CopyInfo& destination);
// Go's strings.Replace(name, from, to, 1).
std::string rebased(const std::string& name, const std::string& from, const std::string& to);
// path/filepath's rule: what a followed link leads to, with the end that was asked, and the name that was asked.
std::pair<std::string, std::string> rebase_name(const std::string& asked, std::string resolved);

}  // namespace strates::cli
