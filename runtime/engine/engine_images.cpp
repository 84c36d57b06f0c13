#include <algorithm>

#include "base/strings.hpp"
#include "engine/commit_changes.hpp"
#include "engine/engine_impl.hpp"
#include "image/reference.hpp"
#include "image/tar_source.hpp"

namespace strates::engine {

namespace {

// "repo" and "tag" of a tag request, as one canonical reference.
Result<std::string> canonical_of(const std::string& repo, const std::string& tag) {
  auto reference = TRY(image::parse_reference(tag.empty() ? repo : repo + ":" + tag));
  if (!reference.digest.empty())
    return docker_error(ErrorKind::Invalid, "reference.digest", "refusing to create a tag with a digest reference");
  if (reference.familiar_name() == "sha256") return docker_error(ErrorKind::Invalid, "reference.ambiguous", "refusing to create an ambiguous tag using digest algorithm as name");
  return reference.with_default_tag().canonical();
}

}  // namespace

Result<std::vector<ImageRecord>> EngineImpl::images(bool all) {
  const Locked lock(world_.monitor);
  std::vector<ImageRecord> out;
  for (const auto& id : images_.all()) {
    const ImageRecord& record = *images_.get(id);
    if (!all && record.references.empty() && !images_.children_of(id).empty()) continue;
    out.push_back(record);
  }
  return out;
}

Result<ImageRecord> EngineImpl::image(const std::string& name) {
  const Locked lock(world_.monitor);
  return *images_.get(TRY(images_.find(name)));
}

Result<std::vector<ImageRecord>> EngineImpl::children_of(const ImageId& parent) {
  const Locked lock(world_.monitor);
  std::vector<ImageRecord> out;
  for (const auto& id : images_.children_of(parent)) out.push_back(*images_.get(id));
  return out;
}

Result<std::vector<HistoryRow>> EngineImpl::history(const std::string& name) {
  const Locked lock(world_.monitor);
  const ImageRecord* record = images_.get(TRY(images_.find(name)));
  std::vector<HistoryRow> out;
  size_t layer = 0;
  for (const auto& row : record->config.history) {
    HistoryRow line{.id = "<missing>", .created = parse_rfc3339(row.created).value_or(0), .created_by = row.created_by, .comment = row.comment, .bytes = 0, .tags = {}};
    if (!row.empty_layer && layer < record->layer_bytes.size()) line.bytes = record->layer_bytes[layer++];
    out.push_back(std::move(line));
  }
  std::reverse(out.begin(), out.end());
  // Each line is an image that is still here, as long as the parents are.
  for (auto& line : out) {
    if (record == nullptr) break;
    line.id = record->id.str();
    line.tags = record->repo_tags();
    record = record->parent.empty() ? nullptr : images_.get(record->parent);
  }
  return out;
}

Result<void> EngineImpl::tag(const std::string& name, const std::string& repo, const std::string& tag) {
  const Locked lock(world_.monitor);
  Operation op(tracer_, "image.tag", repo + (tag.empty() ? "" : ":" + tag));
  const auto run = [&]() -> Result<void> {
    const ImageId id = TRY(images_.find(name));
    return set_tag(id, TRY(canonical_of(repo, tag)), op.id());
  };
  return op.ends(run());
}

Result<void> EngineImpl::tag_image(const ImageId& id, const std::string& reference, OpId op) {
  const Locked lock(world_.monitor);
  return set_tag(id, TRY(canonical_of(reference, "")), op);
}

Result<void> EngineImpl::set_tag(const ImageId& id, const std::string& canonical, OpId op, NamedBy by) {
  const ImageId before = TRY(images_.set_reference(canonical, id, world_.clock.now()));
  if (!before.empty() && before != id) tracer_.emit(op, event::Image(event::ImageUntagged{before, canonical, true}));
  tracer_.emit(op, event::Image(event::ImageTagged{id, canonical, by == NamedBy::Archive}));
  return {};
}

Result<ImageId> EngineImpl::import_image(ByteSource& tar, const std::string& repo, const std::string& tag, const std::string& message,
                                         const std::vector<std::string>& changes) {
  const Locked lock(world_.monitor);
  Operation op(tracer_, "image.import", repo + (tag.empty() ? "" : ":" + tag));
  const auto run = [&]() -> Result<ImageId> {
    const std::string canonical = repo.empty() ? "" : TRY(canonical_of(repo, tag));
    image::ImageConfig config;
    TRY(apply_changes(changes, config.config));
    const Making making(*this);
    Result<LayerInfo> imported = LayerInfo{};
    {
      const Calling call(world_.monitor);
      imported = world_.snapshots.import_layer(std::nullopt, tar, op.emitter());
    }
    const LayerInfo layer = TRY(std::move(imported));
    config.created = rfc3339(build_time());
    config.comment = message;
    config.docker_version = "20.10.24";
    config.container_config = image::RunConfig{};
    config.diff_ids = {layer.diff_id};
    config.history = {{.created = config.created, .created_by = "", .author = "", .comment = message, .empty_layer = false}};
    const ImageId id = TRY(images_.add(config, ImageId(), {layer.bytes}));
    op.emit(event::Image(event::ImageCreated{id, ImageId(), images_.get(id)->layers, message, labels_of(config.config)}));
    if (!canonical.empty()) TRY(set_tag(id, canonical, op.id()));
    op.emit(event::Image(event::ImageAction{id, "import"}));
    return id;
  };
  return op.ends(run());
}

Result<ImageId> EngineImpl::commit(const CommitRequest& request) {
  // What does not run, or is paused already, is taken as it is.
  const std::string id = request.pause ? container(request.container).value_or(Container()).id.str() : "";
  const bool paused = !id.empty() && pause(id).ok();
  auto committed = commit_as_it_is(request);
  if (paused) ignore(unpause(id));
  return committed;
}

Result<ImageId> EngineImpl::commit_as_it_is(const CommitRequest& request) {
  const Locked lock(world_.monitor);
  Operation op(tracer_, "container.commit", request.container);
  const auto run = [&]() -> Result<ImageId> {
    const Entry entry = TRY(find(request.container));
    const std::string canonical = request.repo.empty() ? "" : TRY(canonical_of(request.repo, request.tag));
    StepCommit step;
    step.parent = entry->data.image;
    step.container = entry->data.id;
    step.author = request.author;
    step.container_config = entry->data.config;
    step.config = request.config.value_or(entry->data.config);
    // What belongs to this container alone stays with it.
    step.config.hostname.clear();
    step.config.domainname.clear();
    step.config.attach_stdin = step.config.attach_stdout = step.config.attach_stderr = false;
    step.config.tty = step.config.open_stdin = step.config.stdin_once = false;
    TRY(apply_changes(request.changes, step.config));
    const ImageId id = TRY(commit_image(step, request.comment, join(entry->data.config.cmd.value_or(image::StringList{}), " "), op.id()));
    if (!canonical.empty()) TRY(set_tag(id, canonical, op.id()));
    const std::string reference = request.repo.empty() ? "" : request.repo + ":" + (request.tag.empty() ? "latest" : request.tag);
    act(entry, "commit", {{"comment", request.comment}, {"imageID", id.str()}, {"imageRef", reference}}, op.id());
    return id;
  };
  return op.ends(run());
}

Result<ImageId> EngineImpl::commit_image(const StepCommit& commit, const std::string& comment, const std::string& created_by, OpId op) {
  image::ImageConfig config;
  std::vector<std::uint64_t> layer_bytes;
  if (!commit.parent.empty()) {
    const ImageRecord* parent = images_.get(commit.parent);
    if (parent == nullptr) return docker_error(ErrorKind::NotFound, "image.not-found", "No such image: " + commit.parent.str());
    config = parent->config;
    layer_bytes = parent->layer_bytes;
  }
  config.config = commit.config;
  config.container_config = commit.container_config;
  // "NAME" alone takes a variable away from a container; an image has only "NAME=value" (OCI image-spec, config.md).
  const auto incomplete = [](const std::string& variable) { return variable.find('=') == std::string::npos || variable.starts_with('='); };
  for (auto* run_config : {&config.config, &*config.container_config})
    if (run_config->env) std::erase_if(*run_config->env, incomplete);
  config.created = rfc3339(build_time());
  config.author = commit.author;
  config.comment = comment;
  config.docker_version = "20.10.24";
  config.container = commit.container && !options_.source_date_epoch ? commit.container->str() : "";
  // The same input gives the same image only without names drawn at random.
  if (options_.source_date_epoch) config.container_config->hostname.clear();
  const Making making(*this);
  image::HistoryEntry row{.created = config.created, .created_by = created_by, .author = commit.author, .comment = comment, .empty_layer = true};
  if (commit.container) {
    const Entry entry = TRY(find(commit.container->str()));
    const Working working(*this, entry);
    const auto chain = commit.parent.empty() ? std::vector<ChainId>() : images_.get(commit.parent)->layers;
    const std::optional<ChainId> below = chain.empty() ? std::nullopt : std::optional(chain.back());
    Result<LayerInfo> committed = LayerInfo{};
    {
      const Calling call(world_.monitor);
      const SnapshotKey key(entry->data.id.str());
      const image::TarOptions tar{.clamp_mtime = options_.source_date_epoch};
      if (commit.layer != nullptr) {
        std::unique_ptr<ByteSource> bytes = std::make_unique<image::TarSource>(commit.layer, tar);
        if (world_.tasks != nullptr) bytes = world_.tasks->read_ahead(std::move(bytes));
        committed = world_.snapshots.add_layer(below, *bytes);
      } else {
        committed = commit.removed_next ? world_.snapshots.take(key, tar) : world_.snapshots.commit(key, tar);
      }
    }
    const LayerInfo layer = TRY(std::move(committed));
    if (layer.diff_id.str() != image::kEmptyLayerDiffId) {
      config.diff_ids.push_back(layer.diff_id);
      layer_bytes.push_back(layer.bytes);
      row.empty_layer = false;
      tracer_.emit(op, event::Image(event::LayerCommitted{entry->data.name, layer.chain_id, layer.diff_id, layer.entries, layer.whiteouts, layer.bytes}));
    }
  }
  config.history.push_back(row);
  const ImageId id = TRY(images_.add(config, commit.parent, layer_bytes));
  tracer_.emit(op, event::Image(event::ImageCreated{id, commit.parent, images_.get(id)->layers, created_by, labels_of(config.config)}));
  return id;
}

}  // namespace strates::engine
