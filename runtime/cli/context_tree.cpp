#include "cli/context_tree.hpp"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <memory>

#include "base/strings.hpp"
#include "build/ignore_patterns.hpp"
#include "cli/file_source.hpp"
#include "image/tar_source.hpp"

namespace strates::cli {

namespace {

constexpr size_t kMostEntries = 5'000'000;
constexpr int kDeepest = 1000;

Error unreadable(const std::string& path, int error_number) {
  const std::string what = error_number == EACCES || error_number == EPERM ? "no permission to read from '" + path + "'" : "can't stat '" + path + "'";
  return docker_error(ErrorKind::Invalid, "cli.context", "error checking context: '" + what + "'.");
}

class Walk {
 public:
  Walk(std::string root, const std::vector<std::string>& excludes, build::IgnorePatterns patterns) : root_(std::move(root)), patterns_(std::move(patterns)) {
    for (const std::string& exclude : excludes)
      if (exclude.size() > 1 && exclude.front() == '!') taken_back_.push_back(clean_path(trim(exclude.substr(1))) + "/");
  }

  Result<ContextTree> run() {
    TRY(directory("", 0));
    return std::move(tree_);
  }

 private:
  Result<void> directory(const std::string& relative, int depth) {
    if (depth > kDeepest) return make_error(ErrorKind::Invalid, "cli.context", "read build context", relative, "too deeply nested");
    const std::string path = relative.empty() ? root_ : root_ + "/" + relative;
    std::unique_ptr<DIR, int (*)(DIR*)> open(opendir(path.c_str()), closedir);
    if (!open) return unreadable(path, errno);
    std::vector<std::string> names;
    while (const dirent* entry = readdir(open.get())) {
      const std::string name = entry->d_name;
      if (name != "." && name != "..") names.push_back(name);
    }
    open.reset();
    for (const std::string& name : names) TRY(member(relative.empty() ? name : relative + "/" + name, depth));
    return success();
  }

  Result<void> member(const std::string& relative, int depth) {
    const std::string path = root_ + "/" + relative;
    struct stat status {};
    if (lstat(path.c_str(), &status) != 0) return errno == ENOENT ? success() : Result<void>(unreadable(path, errno));
    const bool is_directory = S_ISDIR(status.st_mode);
    const bool excluded = patterns_.excludes(relative);
    if (!excluded) TRY(add(relative, path, status));
    if (is_directory && (!excluded || may_hold_taken_back(relative))) return directory(relative, depth + 1);
    return success();
  }

  bool may_hold_taken_back(const std::string& relative) const {
    for (const std::string& pattern : taken_back_)
      if (pattern.starts_with(relative + "/")) return true;
    return false;
  }

  Result<void> add(const std::string& relative, const std::string& path, const struct stat& status) {
    ContextEntry entry;
    image::EntryMeta& meta = entry.meta;
    meta.mode = status.st_mode & 07777;
    meta.mtime = status.st_mtim.tv_sec * kSecond + status.st_mtim.tv_nsec;
    switch (status.st_mode & S_IFMT) {
      case S_IFREG:
        meta.type = image::EntryType::File;
        meta.size = static_cast<std::uint64_t>(status.st_size);
        entry.source = path;
        if (geteuid() != 0 && access(path.c_str(), R_OK) != 0) return unreadable(path, errno);  // root reads all; a call for each file is not free
        break;
      case S_IFDIR: meta.type = image::EntryType::Directory; break;
      case S_IFLNK: {
        std::array<char, PATH_MAX> target;
        const ssize_t length = readlink(path.c_str(), target.data(), target.size());
        if (length < 0) return unreadable(path, errno);
        meta.type = image::EntryType::Symlink;
        meta.link_target.assign(target.data(), static_cast<size_t>(length));
        break;
      }
      case S_IFIFO: meta.type = image::EntryType::Fifo; break;
      case S_IFCHR:
      case S_IFBLK:
        meta.type = S_ISCHR(status.st_mode) ? image::EntryType::CharDevice : image::EntryType::BlockDevice;
        meta.device_major = major(status.st_rdev);
        meta.device_minor = minor(status.st_rdev);
        break;
      default: return success();  // a socket means nothing outside its machine
    }
    tree_.emplace(relative, std::move(entry));
    if (tree_.size() > kMostEntries) return make_error(ErrorKind::Invalid, "cli.context", "read build context", root_, "too many files");
    return success();
  }

  std::string root_;
  build::IgnorePatterns patterns_;
  std::vector<std::string> taken_back_;
  ContextTree tree_;
};

}  // namespace

Result<ContextTree> walk_context(const std::string& directory, const std::vector<std::string>& excludes) {
  build::IgnorePatterns patterns = TRY(build::IgnorePatterns::compile(excludes));
  return Walk(directory, excludes, std::move(patterns)).run();
}

namespace {

class ContextReader final : public image::LayerReader {
 public:
  explicit ContextReader(ContextTree tree) : tree_(std::move(tree)), at_(tree_.begin()) {}

  Result<std::optional<image::LayerEntry>> next() override {
    content_.reset();
    if (at_ == tree_.end()) return std::optional<image::LayerEntry>();
    const auto& [path, entry] = *at_++;
    if (entry.meta.type == image::EntryType::File) {
      if (entry.source.empty()) content_ = std::make_unique<StringSource>(entry.bytes);
      else content_ = std::make_unique<FileSource>(TRY(FileSource::open(entry.source)));
    }
    return std::optional(image::LayerEntry{path, entry.meta});
  }
  Result<ByteSource*> content() override { return content_.get(); }

 private:
  ContextTree tree_;
  ContextTree::const_iterator at_;
  std::unique_ptr<ByteSource> content_;
};

}  // namespace

std::unique_ptr<ByteSource> context_tar(ContextTree tree) {
  return std::make_unique<image::TarSource>(std::make_shared<ContextReader>(std::move(tree)), image::TarOptions());
}

}  // namespace strates::cli
