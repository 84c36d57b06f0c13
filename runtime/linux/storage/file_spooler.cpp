#include "linux/storage/file_spooler.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace strates::linux_world {

namespace {

class FdSink : public ByteSink {
 public:
  explicit FdSink(int file) : file_(file) {}
  Result<void> write(std::string_view bytes) override { return write_all(file_, bytes, "spooled bytes"); }

 private:
  int file_;
};

class FileSpool : public Spool {
 public:
  FileSpool(UniqueFd file, std::uint64_t size) : file_(std::make_shared<UniqueFd>(std::move(file))), size_(size) {}
  Result<std::unique_ptr<ByteSource>> open() override { return std::unique_ptr<ByteSource>(std::make_unique<FileSource>(file_, "spooled bytes")); }
  std::uint64_t size() const override { return size_; }

 private:
  std::shared_ptr<UniqueFd> file_;
  std::uint64_t size_;
};

// For file systems without O_TMPFILE: a name that lives as long as this call.
Result<UniqueFd> open_then_unlink(int directory) {
  const std::string name = "spool-" + std::to_string(::gettid());
  UniqueFd file(::openat(directory, name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return system_error("create spool", name, errno);
  ::unlinkat(directory, name.c_str(), 0);
  return file;
}

}  // namespace

Result<std::unique_ptr<FileSpooler>> FileSpooler::open(const std::string& directory) {
  TRY(make_directories(directory, 0700));
  UniqueFd fd = TRY(open_directory(directory));
  for (const auto& name : TRY(names_in(fd.get(), directory)))
    if (name.starts_with("spool-")) TRY(remove_tree(fd.get(), name));
  return std::unique_ptr<FileSpooler>(new FileSpooler(std::move(fd)));
}

Result<std::shared_ptr<Spool>> FileSpooler::keep(ByteSource& from, std::uint64_t limit) {
  UniqueFd file(::openat(directory_.get(), ".", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600));
  if (!file && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) file = TRY(open_then_unlink(directory_.get()));
  if (!file) return system_error("create spool", "unnamed file", errno);
  FdSink sink(file.get());
  const std::uint64_t size = TRY(copy_stream(from, sink, limit));
  return std::shared_ptr<Spool>(std::make_shared<FileSpool>(std::move(file), size));
}

}  // namespace strates::linux_world
