// What no manifest needs any more goes: mark from the records, then records, then files.
#include <set>

#include "registry/server/contents.hpp"

namespace strates::registry::server {

namespace {

// The manifests that tags lead to, through indexes, and those that refer to one of these.
std::set<Digest> tagged_closure(const Repository& repository) {
  std::set<Digest> kept;
  std::vector<Digest> open;
  for (const auto& [tag, record] : repository.tags) open.push_back(record.digest);
  while (!open.empty()) {
    const Digest digest = open.back();
    open.pop_back();
    const auto manifest = repository.manifests.find(digest);
    if (manifest == repository.manifests.end() || !kept.insert(digest).second) continue;
    open.insert(open.end(), manifest->second.manifests.begin(), manifest->second.manifests.end());
    for (const auto& [other, record] : repository.manifests)
      if (record.subject == digest) open.push_back(other);
  }
  return kept;
}

void drop_untagged(const std::string& name, Repository& repository, std::vector<Change>& changes, CollectReport& report) {
  const std::set<Digest> kept = tagged_closure(repository);
  std::erase_if(repository.manifests, [&](const auto& entry) {
    if (kept.contains(entry.first)) return false;
    changes.push_back(DropManifest{name, entry.first});
    ++report.manifests;
    return true;
  });
}

}  // namespace

Result<CollectReport> Contents::collect(const CollectOptions& options) {
  const auto lock = records_->writing();
  const Nanos horizon = ports_.clock.now() - options.grace;
  std::erase_if(claimed_, [&](const auto& claim) { return claim.second <= horizon; });
  CollectReport report;
  std::vector<Change> changes;
  std::set<Digest> needed;
  auto repositories = records_->all();
  for (auto& [name, repository] : repositories) {
    if (options.untagged == Untagged::Remove) drop_untagged(name, repository, changes, report);
    for (const auto& [digest, manifest] : repository.manifests) needed.insert(digest);
  }
  for (const auto& [name, repository] : repositories) {
    std::set<Digest> used;
    for (const auto& [digest, manifest] : repository.manifests) used.insert(manifest.blobs.begin(), manifest.blobs.end());
    for (const auto& [digest, at] : repository.blobs) {
      if (used.contains(digest) || at > horizon || claimed_.contains(digest)) needed.insert(digest);
      else changes.push_back(DropBlob{name, digest});
    }
  }
  TRY(records_->apply(changes));
  if (report.manifests > 0) ignore(write_index());
  const auto blobs = TRY(ports_.blobs.list());
  for (const Digest& digest : blobs) {
    const std::uint64_t size = ports_.blobs.size(digest).value_or(0);
    if (needed.contains(digest)) {
      ++report.kept_blobs;
      report.kept_bytes += size;
      continue;
    }
    TRY(ports_.blobs.remove(digest));
    ++report.blobs;
    report.bytes += size;
  }
  return report;
}

}  // namespace strates::registry::server
