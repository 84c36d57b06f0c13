// The rules of `docker rmi` (Docker Engine 20.10, daemon/images/image_delete.go, told in words): a name is untagged; the image goes with its last name
// unless a container or another image needs it.
#include <algorithm>

#include "base/strings.hpp"
#include "engine/engine_impl.hpp"
#include "image/reference.hpp"

namespace strates::engine {

namespace {

// The image was asked for by its id, or by the beginning of it.
bool is_id_prefix(const ImageId& id, const std::string& name) {
  return id.str().starts_with(name) || std::string_view(id.str()).substr(id.str().find(':') + 1).starts_with(name);
}

std::string name_of(const std::string& canonical) {
  const auto reference = image::parse_reference(canonical);
  return reference.ok() ? reference.value().name() : canonical;
}
bool is_digest(const std::string& canonical) { return canonical.find('@') != std::string::npos; }

// All names are of one repository, and at most one of them is a tag: what a registry calls the image goes with that tag.
bool is_single(const std::vector<std::string>& references) {
  std::set<std::string> names;
  size_t tags = 0;
  for (const auto& reference : references) {
    names.insert(name_of(reference));
    if (!is_digest(reference)) ++tags;
  }
  return names.size() <= 1 && tags <= 1;
}

}  // namespace

std::vector<EngineImpl::Entry> EngineImpl::users_of(const ImageId& id) const {
  std::vector<Entry> out;
  for (const auto& [key, entry] : containers_)
    if (entry->data.image == id) out.push_back(entry);
  return out;
}

bool EngineImpl::layer_needed(const ChainId& layer) const {
  return images_.layer_in_use(layer) || std::any_of(containers_.begin(), containers_.end(), [&](const auto& pair) {
           const auto& layers = pair.second->data.layers;
           return std::find(layers.begin(), layers.end(), layer) != layers.end();
         });
}

void EngineImpl::let_go(const std::vector<DiffId>& diff_ids) {
  images_.release(diff_ids);
  const auto chains = images_.chains(diff_ids);
  for (auto chain = chains.rbegin(); chain != chains.rend(); ++chain) drop_unneeded(*chain);
  for (const auto& diff : diff_ids) drop_unneeded(diff);
}

// While a layer is made without the lock it may turn out to be one that is there already, and no image says yet that it is needed: what would go waits.
EngineImpl::Making::~Making() {
  if (--engine_.making_ != 0) return;
  for (const auto& layer : std::exchange(engine_.unneeded_layers_, {})) engine_.drop_unneeded(layer);
  for (const auto& bytes : std::exchange(engine_.unneeded_blobs_, {})) engine_.drop_unneeded(bytes);
}

void EngineImpl::drop_unneeded(const ChainId& layer) {
  if (making_ != 0) {
    unneeded_layers_.push_back(layer);
    return;
  }
  if (!layer_needed(layer)) ignore(world_.snapshots.remove_layer(layer));
}

void EngineImpl::drop_unneeded(const DiffId& bytes) {
  if (making_ != 0) {
    unneeded_blobs_.push_back(bytes);
    return;
  }
  const Digest blob(bytes.str());
  if (!images_.blob_in_use(blob)) ignore(world_.blobs.remove(blob));
}

Result<void> EngineImpl::untag(const ImageId& id, const std::string& canonical, std::vector<Removal>& removed, OpId op) {
  TRY(images_.drop_reference(canonical));
  tracer_.emit(op, event::Image(event::ImageUntagged{id, canonical}));
  removed.push_back({Removal::What::Untagged, TRY(image::parse_reference(canonical)).familiar()});
  return {};
}

// In Docker's order. Children and running containers cannot be forced.
std::optional<EngineImpl::DeleteConflict> EngineImpl::delete_conflict(const ImageId& id, Force force, Named named) const {
  const auto conflict = [&](std::string_view code, std::string_view may, const std::string& reason, bool used) {
    return DeleteConflict{docker_error(ErrorKind::Conflict, code, "conflict: unable to delete " + short_id(id.str()) + " (" + std::string(may) + ") - " + reason), used};
  };
  if (!images_.children_of(id).empty()) return conflict("image.has-children", "cannot be forced", "image has dependent child images", false);
  const auto users = users_of(id);
  const auto user = [&](bool running) {
    return std::find_if(users.begin(), users.end(), [&](const Entry& entry) { return (entry->data.state.status == Status::Running) == running; });
  };
  if (const auto found = user(true); found != users.end())
    return conflict("image.in-use", "cannot be forced", "image is being used by running container " + short_id((*found)->data.id.str()), true);
  if (force == Force::Yes) return std::nullopt;
  if (named == Named::Matters && !images_.get(id)->references.empty())
    return conflict("image.many-names", "must be forced", "image is referenced in multiple repositories", false);
  if (const auto found = user(false); found != users.end())
    return conflict("image.in-use", "must be forced", "image is being used by stopped container " + short_id((*found)->data.id.str()), true);
  return std::nullopt;
}

Result<std::vector<Removal>> EngineImpl::remove_image(const std::string& name, Force force, Prune prune) {
  const Locked lock(world_.monitor);
  Operation op(tracer_, "image.remove", name);
  const auto run = [&]() -> Result<std::vector<Removal>> {
    const ImageId id = TRY(images_.find(name));
    std::vector<Removal> removed;
    const std::vector<std::string> references = images_.get(id)->references;
    if (!is_id_prefix(id, name)) {
      // Without its only name the image would be left dangling: that has to be asked for.
      if (const auto users = users_of(id); force == Force::No && is_single(references) && !users.empty())
        return docker_error(ErrorKind::Conflict, "image.in-use",
                            "conflict: unable to remove repository reference " + go_quote(name) + " (must force) - container " + short_id(users.front()->data.id.str()) +
                                " is using its referenced image " + short_id(id.str()));
      auto given = TRY(image::parse_reference(name)).with_default_tag();
      if (!given.digest.empty()) given.tag.clear();
      TRY(untag(id, given.canonical(), removed, op.id()));
      const std::vector<std::string> left = images_.get(id)->references;
      const bool tagged = std::any_of(left.begin(), left.end(), [&](const auto& other) { return !is_digest(other) && name_of(other) == given.name(); });
      for (const auto& other : left)
        if (given.digest.empty() && !tagged && name_of(other) == given.name()) TRY(untag(id, other, removed, op.id()));
      if (!images_.get(id)->references.empty()) return removed;
      TRY(delete_image(id, removed, force, prune, Conflicts::Quiet, op.id()));
      return removed;
    }
    if (is_single(references)) {
      if (auto conflict = delete_conflict(id, force, Named::Ignored)) return std::move(conflict->error);
      for (const auto& reference : references) TRY(untag(id, reference, removed, op.id()));
    }
    TRY(delete_image(id, removed, force, prune, Conflicts::Told, op.id()));
    return removed;
  };
  return op.ends(run());
}

Result<void> EngineImpl::delete_image(const ImageId& id, std::vector<Removal>& removed, Force force, Prune prune, Conflicts conflicts, OpId op) {
  if (auto conflict = delete_conflict(id, force, Named::Matters)) {
    const bool dangling = images_.get(id)->references.empty() && images_.children_of(id).empty();
    if (conflicts == Conflicts::Quiet && (!dangling || conflict->used)) return {};
    return std::move(conflict->error);
  }
  const ImageRecord record = *images_.get(id);
  for (const auto& reference : record.references) TRY(untag(id, reference, removed, op));
  TRY(images_.erase(id));
  tracer_.emit(op, event::Image(event::ImageDeleted{id}));
  removed.push_back({Removal::What::Deleted, id.str()});
  // A forced removal leaves the layers to the containers that stand on them.
  for (auto layer = record.layers.rbegin(); layer != record.layers.rend() && !layer_needed(*layer); ++layer) {
    drop_unneeded(*layer);
    tracer_.emit(op, event::Image(event::LayerDeleted{*layer}));
    removed.push_back({Removal::What::Deleted, layer->str()});
  }
  for (const auto& diff : record.config.diff_ids) drop_unneeded(diff);
  if (prune == Prune::No || record.parent.empty() || images_.get(record.parent) == nullptr) return {};
  return delete_image(record.parent, removed, Force::No, Prune::Yes, Conflicts::Quiet, op);
}

}  // namespace strates::engine
