// Records in an SQLite database: a commit is one transaction, and one that returned survives kill -9 of the daemon.
//
// Write-ahead logging with synchronous=NORMAL: the kernel has the bytes when a commit returns, and the file is consistent after a power failure,
// which may take the last commits with it (https://www.sqlite.org/pragma.html#pragma_synchronous). Durability::Power asks for FULL, which does not.
// Any thread: one connection behind a mutex. A second daemon on the same file is refused when it opens: code metadata.locked.
#pragma once

#include <memory>
#include <mutex>

#include "engine/ports.hpp"
#include "linux/storage/files.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace strates::linux_world {

class SqliteMetadata : public engine::MetadataStore {
 public:
  // Creates the file when absent. codes metadata.version (made by a later program), metadata.corrupt, metadata.locked, metadata.sqlite
  static Result<std::unique_ptr<SqliteMetadata>> open(const std::string& file, Durability durability = Durability::Process);
  ~SqliteMetadata() override;

  Result<std::optional<std::string>> get(std::string_view bucket, std::string_view key) override;
  Result<std::vector<std::pair<std::string, std::string>>> list(std::string_view bucket) override;
  Result<void> commit(const std::vector<engine::MetadataChange>& changes) override;

 private:
  explicit SqliteMetadata(std::string file) : file_(std::move(file)) {}
  Result<void> prepare(Durability durability);
  Result<void> execute(const char* sql);
  Result<int> user_version();
  Result<void> apply(const std::vector<engine::MetadataChange>& changes);
  Error failure(std::string_view operation) const;

  std::string file_;
  std::mutex mutex_;
  sqlite3* database_ = nullptr;
  sqlite3_stmt *get_ = nullptr, *list_ = nullptr, *put_ = nullptr, *erase_ = nullptr;
};

}  // namespace strates::linux_world
