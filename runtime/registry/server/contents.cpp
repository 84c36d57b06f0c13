#include "registry/server/contents.hpp"

#include <algorithm>
#include <set>

#include "image/manifest.hpp"

namespace strates::registry::server {

Result<std::unique_ptr<Contents>> Contents::open(const Ports& ports) {
  std::unique_ptr<Contents> contents(new Contents(ports, TRY(Records::open(ports.metadata))));
  TRY(contents->sweep_unknown());
  TRY(contents->write_index());
  return contents;
}

Result<void> Contents::sweep_unknown() {
  std::set<Digest> known;
  const auto repositories = records_->all();
  for (const auto& [name, repository] : repositories) {
    for (const auto& [digest, at] : repository.blobs) known.insert(digest);
    for (const auto& [digest, manifest] : repository.manifests) known.insert(digest);
  }
  const auto blobs = TRY(ports_.blobs.list());
  for (const Digest& digest : blobs)
    if (!known.contains(digest)) TRY(ports_.blobs.remove(digest));
  return success();
}

std::string layout_index(const std::map<std::string, Repository>& repositories) {
  image::Index index;
  for (const auto& [name, repository] : repositories)
    for (const auto& [tag, record] : repository.tags) {
      const auto manifest = repository.manifests.find(record.digest);
      if (manifest == repository.manifests.end()) continue;
      image::Descriptor descriptor;
      descriptor.media_type = manifest->second.media_type;
      descriptor.digest = record.digest;
      descriptor.size = manifest->second.size;
      descriptor.annotations[std::string(image::kRefNameAnnotation)] = name + ":" + tag;
      index.manifests.push_back(std::move(descriptor));
    }
  return image::index_bytes(index);
}

Result<void> Contents::write_index() { return ports_.blobs.set_index(layout_index(records_->all())); }

Result<void> Contents::keep_blob(const std::string& name, const Digest& expected, IncomingBlob& incoming) {
  const Digest digest = TRY(incoming.seal());
  if (digest != expected) return make_error(ErrorKind::Invalid, "contents.digest", "keep blob", expected.str(), "the bytes have digest " + digest.str());
  const auto lock = records_->writing();
  return keep_with(incoming, digest, {PutBlob{name, digest, ports_.clock.now()}});
}

Result<void> Contents::keep_with(IncomingBlob& incoming, const Digest& digest, const std::vector<Change>& changes) {
  TRY(incoming.keep());
  auto applied = records_->apply(changes);
  if (!applied.ok() && !records_->names(digest)) ignore(ports_.blobs.remove(digest));
  return applied;
}

std::optional<std::uint64_t> Contents::claim_blob(const std::string& name, const Digest& digest) {
  const auto lock = records_->writing();
  if (!records_->has_blob(name, digest)) return std::nullopt;
  const auto size = ports_.blobs.size(digest);
  if (size) claimed_[digest] = ports_.clock.now();
  return size;
}

Result<bool> Contents::mount_blob(const std::string& name, const std::string& from, const Digest& digest) {
  const auto lock = records_->writing();
  const bool there = from.empty() ? records_->holder_of(digest).has_value() : records_->has_blob(from, digest);
  if (!there || !ports_.blobs.size(digest)) return false;
  TRY(records_->apply({PutBlob{name, digest, ports_.clock.now()}}));
  return true;
}

std::vector<std::string> Contents::missing(const std::string& name, const ManifestRecord& record) const {
  std::vector<std::string> out;
  for (const Digest& digest : record.blobs)
    if (!records_->has_blob(name, digest) || !ports_.blobs.size(digest)) out.push_back(digest.str());
  for (const Digest& digest : record.manifests)
    if (!records_->manifest(name, digest)) out.push_back(digest.str());
  return out;
}

Result<Digest> Contents::put_manifest(const std::string& name, const std::string& tag, const ManifestRecord& record, std::string_view bytes, Origin origin, Needs needs, Over over) {
  auto incoming = TRY(ports_.blobs.create());
  TRY(incoming->write(bytes));
  const Digest digest = TRY(incoming->seal());
  const auto lock = records_->writing();
  if (needs == Needs::Everything)
    if (const auto absent = missing(name, record); !absent.empty())
      return make_error(ErrorKind::Invalid, "contents.missing", "keep manifest", digest.str(), absent.front() + " is not here");
  std::vector<Change> changes{PutManifest{name, digest, record}};
  const auto before = tag.empty() ? std::nullopt : records_->tag(name, tag);
  const bool stays = over == Over::Mirrored && before && before->origin == Origin::Pushed;
  if (!tag.empty() && !stays) changes.push_back(PutTag{name, tag, {digest, origin, ports_.clock.now()}});
  TRY(keep_with(*incoming, digest, changes));
  // index.json follows the records, and is written again at the next start: a full disk must not undo what is kept.
  if (!tag.empty()) ignore(write_index());
  return digest;
}

Result<void> Contents::touch_tag(const std::string& name, const std::string& tag) {
  const auto lock = records_->writing();
  auto record = records_->tag(name, tag);
  if (!record) return success();
  record->checked_at = ports_.clock.now();
  return records_->apply({PutTag{name, tag, *record}});
}

Result<void> Contents::point_tag(const std::string& name, const std::string& tag, const Digest& digest) {
  const auto lock = records_->writing();
  if (const auto before = records_->tag(name, tag); before && before->origin == Origin::Pushed) return success();
  TRY(records_->apply({PutTag{name, tag, {digest, Origin::Mirrored, ports_.clock.now()}}}));
  ignore(write_index());
  return success();
}

Result<bool> Contents::remove_tag(const std::string& name, const std::string& tag) {
  const auto lock = records_->writing();
  if (!records_->tag(name, tag)) return false;
  TRY(records_->apply({DropTag{name, tag}}));
  ignore(write_index());
  return true;
}

Result<bool> Contents::remove_manifest(const std::string& name, const Digest& digest) {
  const auto lock = records_->writing();
  const auto repositories = records_->all();
  const auto found = repositories.find(name);
  if (found == repositories.end() || !found->second.manifests.contains(digest)) return false;
  std::vector<Change> changes{DropManifest{name, digest}};
  for (const auto& [tag, record] : found->second.tags)
    if (record.digest == digest) changes.push_back(DropTag{name, tag});
  TRY(records_->apply(changes));
  ignore(write_index());
  return true;
}

Result<bool> Contents::remove_blob(const std::string& name, const Digest& digest) {
  const auto lock = records_->writing();
  if (!records_->has_blob(name, digest)) return false;
  if (const auto user = records_->user_of(name, digest))
    return make_error(ErrorKind::Conflict, "contents.in-use", "remove blob", digest.str(), "manifest " + user->str() + " needs it", "delete the manifest first");
  TRY(records_->apply({DropBlob{name, digest}}));
  return true;
}

}  // namespace strates::registry::server
