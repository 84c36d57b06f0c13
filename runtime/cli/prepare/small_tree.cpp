#include "cli/prepare/small_tree.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/strings.hpp"
#include "base/unique_fd.hpp"
#include "cli/file_source.hpp"

namespace strates::cli {

Nanos modified(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 ? status.st_mtim.tv_sec * kSecond : 0;
}

void SmallTree::parents(const std::string& path) {
  for (size_t at = path.find('/'); at != std::string::npos; at = path.find('/', at + 1))
    if (tree_.find(path.substr(0, at)) == tree_.end()) directory(path.substr(0, at));
}

void SmallTree::directory(const std::string& path, std::uint32_t mode) {
  parents(path);
  image::EntryMeta& meta = tree_[path].meta;
  meta.type = image::EntryType::Directory;
  meta.mode = mode;
  meta.mtime = mtime_;
}

void SmallTree::text(const std::string& path, std::string bytes, std::uint32_t mode) {
  parents(path);
  ContextEntry& entry = tree_[path];
  entry.meta.mode = mode;
  entry.meta.mtime = mtime_;
  entry.meta.size = bytes.size();
  entry.bytes = std::move(bytes);
}

void SmallTree::link(const std::string& path, const std::string& target) {
  parents(path);
  image::EntryMeta& meta = tree_[path].meta;
  meta.type = image::EntryType::Symlink;
  meta.mode = 0777;
  meta.mtime = mtime_;
  meta.link_target = target;
}

Result<void> SmallTree::file(const std::string& path, const std::string& source, std::uint32_t mode) {
  struct stat status {};
  if (stat(source.c_str(), &status) != 0) return system_error("stat", source, errno);
  parents(path);
  ContextEntry& entry = tree_[path];
  entry.meta.mode = mode;
  entry.meta.mtime = mtime_;
  entry.meta.size = static_cast<std::uint64_t>(status.st_size);
  entry.source = source;
  return success();
}

Result<void> SmallTree::write(const std::string& tar_path) const {
  const UniqueFd file(::open(tar_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file) return system_error("open", tar_path, errno);
  FileSink sink(file, tar_path);
  TRY(copy_stream(*context_tar(tree_), sink));
  return success();
}

}  // namespace strates::cli
