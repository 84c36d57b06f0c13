// Keeps a stream in an unnamed file (O_TMPFILE): it takes disk, not memory, and is gone when the last reader is, whatever happens to the daemon.
#pragma once

#include "engine/ports.hpp"
#include "linux/storage/files.hpp"

namespace strates::linux_world {

class FileSpooler : public engine::Spooler {
 public:
  // `directory` (ROOT/tmp) is made when absent; what an earlier daemon left in it goes.
  static Result<std::unique_ptr<FileSpooler>> open(const std::string& directory);

  // Any thread. More than `limit` bytes: code stream.too-large, nothing kept.
  Result<std::shared_ptr<Spool>> keep(ByteSource& from, std::uint64_t limit) override;

 private:
  explicit FileSpooler(UniqueFd directory) : directory_(std::move(directory)) {}
  UniqueFd directory_;
};

}  // namespace strates::linux_world
