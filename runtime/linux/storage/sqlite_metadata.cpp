#include "linux/storage/sqlite_metadata.hpp"

#include <fcntl.h>
#include <sqlite3.h>

#include <cerrno>

#include "base/unique_fd.hpp"

namespace strates::linux_world {

namespace {

constexpr int kSchemaVersion = 1;
constexpr const char* kSchema =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE records (bucket BLOB NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, PRIMARY KEY (bucket, key)) WITHOUT ROWID;"
    "PRAGMA user_version = 1;"
    "COMMIT;";

// Resets a statement however its use ends: a half-stepped one would keep the database locked.
class Use {
 public:
  explicit Use(sqlite3_stmt* statement) : statement_(statement) {}
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  ~Use() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }
  // Blobs, so that any byte is a byte: names compare as memcmp does. The text must live until the statement is stepped.
  bool bind(int index, std::string_view text) {
    const char* data = text.empty() ? "" : text.data();
    return sqlite3_bind_blob64(statement_, index, data, text.size(), SQLITE_STATIC) == SQLITE_OK;
  }
  int step() { return sqlite3_step(statement_); }
  std::string column(int index) const {
    const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, index));
    return data == nullptr ? std::string() : std::string(data, static_cast<size_t>(sqlite3_column_bytes(statement_, index)));
  }

 private:
  sqlite3_stmt* statement_;
};

}  // namespace

Error SqliteMetadata::failure(std::string_view operation) const {
  const int code = database_ != nullptr ? sqlite3_errcode(database_) : SQLITE_NOMEM;
  const char* words = database_ != nullptr ? sqlite3_errmsg(database_) : "out of memory";
  if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
    return make_error(ErrorKind::Conflict, "metadata.locked", operation, file_, words, "another strates daemon uses this directory: stop it, or give another --root");
  if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
    return make_error(ErrorKind::Internal, "metadata.corrupt", operation, file_, words, "move the file away: images and containers must be made again");
  return make_error(ErrorKind::Internal, "metadata.sqlite", operation, file_, words);
}

Result<std::unique_ptr<SqliteMetadata>> SqliteMetadata::open(const std::string& file, Durability durability) {
  std::unique_ptr<SqliteMetadata> store(new SqliteMetadata(file));
  // SQLite would let everybody read it, and gives its log the mode of this file.
  if (const UniqueFd made(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)); !made) return system_error("open metadata", file, errno);
  if (sqlite3_open_v2(file.c_str(), &store->database_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, nullptr) !=
      SQLITE_OK)
    return store->failure("open metadata");
  TRY(store->prepare(durability));
  return store;
}

SqliteMetadata::~SqliteMetadata() {
  for (auto* statement : {get_, list_, put_, erase_}) sqlite3_finalize(statement);
  sqlite3_close(database_);
}

Result<void> SqliteMetadata::execute(const char* sql) {
  if (sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) return failure("change metadata");
  return success();
}

Result<int> SqliteMetadata::user_version() {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database_, "PRAGMA user_version", -1, &statement, nullptr) != SQLITE_OK) return failure("read metadata version");
  const int stepped = sqlite3_step(statement);
  const int version = stepped == SQLITE_ROW ? sqlite3_column_int(statement, 0) : -1;
  sqlite3_finalize(statement);
  if (stepped != SQLITE_ROW) return failure("read metadata version");
  return version;
}

Result<void> SqliteMetadata::prepare(Durability durability) {
  // One daemon per root: the lock is held as long as the connection lives, and a crash releases it. Before WAL, so that no shared memory is needed.
  TRY(execute("PRAGMA locking_mode = EXCLUSIVE"));
  TRY(execute("PRAGMA journal_mode = WAL"));
  TRY(execute("PRAGMA cache_size = -256"));  // KiB: what is read often, the engine holds itself
  TRY(execute(durability == Durability::Power ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL"));
  TRY(execute("BEGIN EXCLUSIVE; COMMIT"));  // takes the lock now, not at the first write
  const int version = TRY(user_version());
  if (version > kSchemaVersion)
    return make_error(ErrorKind::Conflict, "metadata.version", "open metadata", file_, "schema " + std::to_string(version) + " is newer than this program's 1",
                      "use the newer strates that made it");
  if (version == 0) TRY(execute(kSchema));
  const std::pair<sqlite3_stmt**, const char*> statements[] = {
      {&get_, "SELECT value FROM records WHERE bucket = ?1 AND key = ?2"},
      {&list_, "SELECT key, value FROM records WHERE bucket = ?1 ORDER BY key"},
      {&put_, "INSERT INTO records (bucket, key, value) VALUES (?1, ?2, ?3) ON CONFLICT (bucket, key) DO UPDATE SET value = excluded.value"},
      {&erase_, "DELETE FROM records WHERE bucket = ?1 AND key = ?2"},
  };
  for (const auto& [statement, sql] : statements)
    if (sqlite3_prepare_v3(database_, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, nullptr) != SQLITE_OK) return failure("prepare metadata");
  return success();
}

Result<std::optional<std::string>> SqliteMetadata::get(std::string_view bucket, std::string_view key) {
  const std::lock_guard lock(mutex_);
  Use use(get_);
  if (!use.bind(1, bucket) || !use.bind(2, key)) return failure("read metadata");
  const int stepped = use.step();
  if (stepped == SQLITE_DONE) return std::optional<std::string>();
  if (stepped != SQLITE_ROW) return failure("read metadata");
  return std::optional(use.column(0));
}

Result<std::vector<std::pair<std::string, std::string>>> SqliteMetadata::list(std::string_view bucket) {
  const std::lock_guard lock(mutex_);
  Use use(list_);
  if (!use.bind(1, bucket)) return failure("list metadata");
  std::vector<std::pair<std::string, std::string>> records;
  int stepped = use.step();
  for (; stepped == SQLITE_ROW; stepped = use.step()) records.emplace_back(use.column(0), use.column(1));
  if (stepped != SQLITE_DONE) return failure("list metadata");
  return records;
}

Result<void> SqliteMetadata::apply(const std::vector<engine::MetadataChange>& changes) {
  for (const auto& change : changes) {
    Use use(change.value ? put_ : erase_);
    if (!use.bind(1, change.bucket) || !use.bind(2, change.key) || (change.value && !use.bind(3, *change.value))) return failure("change metadata");
    if (use.step() != SQLITE_DONE) return failure("change metadata");
  }
  return success();
}

Result<void> SqliteMetadata::commit(const std::vector<engine::MetadataChange>& changes) {
  if (changes.empty()) return success();
  const std::lock_guard lock(mutex_);
  TRY(execute("BEGIN IMMEDIATE"));
  auto applied = apply(changes);
  if (applied.ok()) applied = execute("COMMIT");
  if (!applied.ok()) ignore(execute("ROLLBACK"));
  return applied;
}

}  // namespace strates::linux_world
