// Uploads under way: bytes that came for a repository, until a digest makes a blob of them (OCI distribution-spec, "Pushing blobs").
//
// They live as long as the server: one that was cut off can be taken up again until it has been idle for too long. Any thread.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.hpp"
#include "registry/server/storage.hpp"

namespace strates::registry::server {

struct Upload {
  std::string id, name;
  std::mutex busy;  // one request at a time
  std::unique_ptr<IncomingBlob> blob;  // null: it is over
  std::atomic<std::uint64_t> received = 0;  // of `blob`, for who looks while another request writes
  Nanos used_at = 0;
};

class Uploads {
 public:
  Uploads(size_t most, Nanos idle) : most_(most), idle_(idle) {}
  // Null when there are too many.
  std::shared_ptr<Upload> add(const std::string& id, const std::string& name, std::unique_ptr<IncomingBlob> blob, Nanos now);
  // Null: unknown, or of another repository.
  std::shared_ptr<Upload> find(const std::string& id, const std::string& name, Nanos now);
  void remove(const std::string& id);
  // Forgets those that nobody used for too long.
  void expire(Nanos now);
  size_t count();

 private:
  const size_t most_;
  const Nanos idle_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Upload>> uploads_;
};

}  // namespace strates::registry::server
