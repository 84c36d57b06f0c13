// The builder's view of the engine.
#include "base/strings.hpp"
#include "engine/engine_impl.hpp"
#include "engine/locked_tree.hpp"

namespace strates::engine {

Result<ImageId> EngineImpl::build(const BuildRequest& request, BuildOutput& output) {
  Operation op(tracer_, "build", request.tags.empty() ? "" : request.tags.front());
  auto result = run_build(*this, request, output, op.id());
  {
    // What the build left standing (a failed step's container) is the user's from now on.
    const Locked lock(world_.monitor);
    for (const auto& [id, entry] : containers_) {
      if (!entry->data.intermediate || entry->data.removing) continue;
      entry->data.intermediate = false;
      ignore(save(entry->data));
    }
  }
  return op.ends(std::move(result));
}

Result<ContainerId> EngineImpl::create_container(const ImageId& image, const image::RunConfig& config, const HostConfig& host, OpId op) {
  const Locked lock(world_.monitor);
  std::vector<ChainId> layers;
  if (!image.empty()) {
    const ImageRecord* record = images_.get(image);
    if (record == nullptr) return docker_error(ErrorKind::NotFound, "image.not-found", "No such image: " + image.str());
    layers = record->layers;
  }
  Container draft;
  draft.config = config;
  draft.host = host;
  draft.image = image;
  draft.image_name = config.image.empty() ? image.str() : config.image;
  draft.intermediate = true;
  std::vector<std::string> command = config.entrypoint.value_or(image::StringList{});
  for (const auto& word : config.cmd.value_or(image::StringList{})) command.push_back(word);
  if (!command.empty()) {
    draft.path = command.front();
    draft.args.assign(command.begin() + 1, command.end());
  }
  return TRY(make_container(std::move(draft), layers, op))->data.id;
}

Result<int> EngineImpl::run_container(const ContainerId& id, const std::function<void(StdStream, std::string_view)>& output,
                                      const std::function<bool()>& cancelled, OpId op) {
  struct Relay final : OutputSink {
    explicit Relay(const std::function<void(StdStream, std::string_view)>& call) : out(call) {}
    void output(StdStream stream, Nanos, std::string_view bytes) override { out(stream, bytes); }
    void ended() override {}
    const std::function<void(StdStream, std::string_view)>& out;
  };
  const Locked lock(world_.monitor);
  const Entry entry = TRY(find(id.str()));
  if (entry->data.mounts.empty()) {
    // What a RUN writes below a VOLUME goes to a volume of its own, and is not in the image: as in Docker's classic builder.
    Changes changes;
    std::vector<std::string> made;
    TRY(attach_mounts(entry->data, changes, made, op));
    if (!made.empty()) {
      changes.push_back(container_change(entry->data));
      TRY(world_.metadata.commit(changes));
    }
  }
  entry->process.listeners.push_back(std::make_shared<Listener>(Listener{std::make_shared<Relay>(output), true, true}));
  TRY(start_entry(entry, op));
  const auto ended = [&] { return entry->data.state.status != Status::Running; };
  // Wakes up now and then to see whether the client is still there.
  while (!ended()) {
    if (world_.monitor.wait(ended, world_.clock.now() + 200 * kMillisecond)) break;
    if (!cancelled()) continue;
    ignore(world_.processes.signal(id, 9));
    world_.monitor.wait(ended, world_.clock.now() + 10 * kSecond);
    return make_error(ErrorKind::Conflict, "build.cancelled", "build", "", "the client went away", "");
  }
  return entry->data.state.exit_code;
}

Result<std::unique_ptr<TreeEditor>> EngineImpl::edit_container(const ContainerId& id) {
  const Locked lock(world_.monitor);
  auto editor = TRY(world_.snapshots.edit(SnapshotKey(id.str())));
  return std::unique_ptr<TreeEditor>(std::make_unique<LockedTreeEditor>(world_.monitor, std::move(editor)));
}

Result<ImageRecord> EngineImpl::commit_step(const StepCommit& commit, OpId op) {
  const Locked lock(world_.monitor);
  const ImageId id = TRY(commit_image(commit, "", join(commit.container_config.cmd.value_or(image::StringList{}), " "), op));
  return *images_.get(id);
}

void EngineImpl::keep_note(const ImageId& image, const std::string& note) {
  const Locked lock(world_.monitor);
  if (images_.get(image) != nullptr) ignore(world_.metadata.commit({{std::string(kNotesBucket), image.str(), note}}));
}

std::optional<std::string> EngineImpl::note_of(const ImageId& image) {
  const Locked lock(world_.monitor);
  return world_.metadata.get(kNotesBucket, image.str()).value_or(std::nullopt);
}

Result<RemoteFile> EngineImpl::get_remote(const std::string& url, const std::function<bool()>& cancelled) {
  constexpr std::uint64_t kLimit = std::uint64_t{16} << 30;  // what an uploaded context may be
  if (world_.remote == nullptr)
    return make_error(ErrorKind::NotImplemented, "remote.none", "get", url, "the simulator has no network", "put the file into the build context and COPY it");
  return world_.remote->get(url, kLimit, cancelled);
}

Result<void> EngineImpl::remove_container(const ContainerId& id, OpId op) {
  const Locked lock(world_.monitor);
  return remove_entry(TRY(find(id.str())), Force::Yes, op, WithVolumes::Yes);
}

}  // namespace strates::engine
