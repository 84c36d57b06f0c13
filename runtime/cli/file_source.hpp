// Files as bytes that flow.
#pragma once

#include <string>

#include "base/stream.hpp"
#include "base/unique_fd.hpp"

namespace strates::cli {

class FileSource : public ByteSource {
 public:
  static Result<FileSource> open(const std::string& path);
  FileSource(UniqueFd file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}
  Result<size_t> read(std::span<char> buffer) override;

 private:
  UniqueFd file_;
  std::string path_;
};

class FileSink : public ByteSink {
 public:
  FileSink(const UniqueFd& file, std::string path) : file_(file), path_(std::move(path)) {}
  Result<void> write(std::string_view bytes) override;

 private:
  const UniqueFd& file_;
  std::string path_;
};

Result<void> write_all(const UniqueFd& file, std::string_view bytes, std::string_view path);
// The whole file; more than `limit` bytes is code stream.too-large.
Result<std::string> read_file(const std::string& path, std::uint64_t limit);
// A file that nobody else sees and that goes when it is closed, in the directory for temporary files.
Result<UniqueFd> anonymous_file();

}  // namespace strates::cli
