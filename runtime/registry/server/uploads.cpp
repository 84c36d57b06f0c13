#include "registry/server/uploads.hpp"

namespace strates::registry::server {

std::shared_ptr<Upload> Uploads::add(const std::string& id, const std::string& name, std::unique_ptr<IncomingBlob> blob, Nanos now) {
  expire(now);
  const std::lock_guard guard(mutex_);
  if (uploads_.size() >= most_) return nullptr;
  auto upload = std::make_shared<Upload>();
  upload->id = id;
  upload->name = name;
  upload->blob = std::move(blob);
  upload->used_at = now;
  uploads_[id] = upload;
  return upload;
}

std::shared_ptr<Upload> Uploads::find(const std::string& id, const std::string& name, Nanos now) {
  const std::lock_guard guard(mutex_);
  const auto found = uploads_.find(id);
  if (found == uploads_.end() || found->second->name != name) return nullptr;
  found->second->used_at = now;
  return found->second;
}

void Uploads::remove(const std::string& id) {
  std::shared_ptr<Upload> last;  // its file goes outside the lock
  const std::lock_guard guard(mutex_);
  const auto found = uploads_.find(id);
  if (found == uploads_.end()) return;
  last = found->second;
  uploads_.erase(found);
}

void Uploads::expire(Nanos now) {
  const std::lock_guard guard(mutex_);
  std::erase_if(uploads_, [&](const auto& entry) {
    Upload& upload = *entry.second;
    if (now - upload.used_at <= idle_ || !upload.busy.try_lock()) return false;
    upload.busy.unlock();
    return true;
  });
}

size_t Uploads::count() {
  const std::lock_guard guard(mutex_);
  return uploads_.size();
}

}  // namespace strates::registry::server
