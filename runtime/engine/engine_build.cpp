// The builder's view of the engine.
#include <algorithm>

#include "base/strings.hpp"
#include "engine/engine_impl.hpp"
#include "engine/host_rules.hpp"
#include "engine/locked_tree.hpp"
#include "engine/name_files.hpp"

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

Result<ImageRecord> EngineImpl::restore_step(const ImageId& parent, const ImageId& target, const image::RunConfig& config) {
  const Locked lock(world_.monitor);
  const auto missing = [](const ImageId& id) { return docker_error(ErrorKind::NotFound, "image.not-found", "No such image: " + id.str()); };
  const ImageRecord* const whole = images_.get(target);
  const ImageRecord* const below = parent.empty() ? nullptr : images_.get(parent);
  if (whole == nullptr) return missing(target);
  if (below == nullptr && !parent.empty()) return missing(parent);
  image::ImageConfig made;
  made.diff_ids = below == nullptr ? std::vector<DiffId>() : below->config.diff_ids;
  made.history = below == nullptr ? std::vector<image::HistoryEntry>() : below->config.history;
  const size_t step = made.history.size(), layer = made.diff_ids.size();
  const image::ImageConfig& from = whole->config;
  if (step >= from.history.size()) return missing(target);
  made.history.push_back(from.history[step]);
  if (step + 1 == from.history.size()) {
    TRY(images_.set_parent(target, parent));
    return *images_.get(target);
  }
  if (!made.history.back().empty_layer) {
    if (layer >= from.diff_ids.size()) return missing(target);
    made.diff_ids.push_back(from.diff_ids[layer]);
  }
  made.created = made.history.back().created;
  made.author = from.author;
  made.architecture = from.architecture;
  made.os = from.os;
  made.variant = from.variant;
  made.docker_version = "20.10.24";
  made.config = config;
  made.container_config = image::RunConfig{};
  const std::vector<std::uint64_t> bytes(whole->layer_bytes.begin(), whole->layer_bytes.begin() + static_cast<std::ptrdiff_t>(std::min(made.diff_ids.size(), whole->layer_bytes.size())));
  const ImageId id = TRY(images_.add(made, parent, bytes));
  return *images_.get(id);
}

Result<CreateReply> EngineImpl::create_container(const ImageId& image, const image::RunConfig& config, const HostConfig& host, Purpose purpose, OpId op) {
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
  std::vector<std::string> warnings;
  TRY(validate_names(draft.host));
  TRY(settle_host_config(draft.host, config, world_.machine, warnings));
  draft.image = image;
  draft.image_name = config.image.empty() ? image.str() : config.image;
  draft.intermediate = true;
  std::vector<std::string> command = config.entrypoint.value_or(image::StringList{});
  for (const auto& word : config.cmd.value_or(image::StringList{})) command.push_back(word);
  if (!command.empty()) {
    draft.path = command.front();
    draft.args.assign(command.begin() + 1, command.end());
  }
  return CreateReply{TRY(make_container(std::move(draft), layers, op, purpose))->data.id, std::move(warnings)};
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
  act(entry, "attach", {}, op);
  entry->releases_late = true;
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

namespace {

// Nobody listens, but somebody waits: `build -q`.
class SilentTransfers final : public TransferOutput {
 public:
  explicit SilentTransfers(BuildOutput& build) : build_(build) {}
  void say(const std::string&, const std::string&) override {}
  void state(const std::string&, const std::string&) override {}
  void progress(const std::string&, const std::string&, std::uint64_t, std::uint64_t) override {}
  void pushed(const std::string&, const std::string&, std::uint64_t) override {}
  bool cancelled() override { return build_.cancelled(); }

 private:
  BuildOutput& build_;
};

}  // namespace

Result<void> EngineImpl::pull_base(const std::string& name, const BuildRequest& request, BuildOutput& output, OpId op) {
  const auto reference = TRY(image::parse_reference(name)).with_default_tag();
  PullRequest pull;
  const auto credentials = request.credentials.find(reference.domain == registry::kHubName ? std::string(registry::kHubIndex) : reference.domain);
  if (credentials != request.credentials.end()) pull.credentials = credentials->second;
  SilentTransfers silent(output);
  TransferOutput* const shown = request.quiet ? nullptr : output.transfers();
  image::Reference wanted = reference;
  if (!wanted.digest.empty()) wanted.tag.clear();
  return pull_reference(wanted, pull, shown != nullptr ? *shown : silent, op);
}

Result<void> EngineImpl::remove_container(const ContainerId& id, OpId op) {
  const Locked lock(world_.monitor);
  return remove_entry(TRY(find(id.str())), Force::Yes, op, WithVolumes::Yes);
}

void EngineImpl::keep_container(const ContainerId& id) {
  const Locked lock(world_.monitor);
  const auto entry = find(id.str());
  if (!entry.ok() || !std::exchange(entry.value()->releases_late, false)) return;
  const Calling call(world_.monitor);
  world_.processes.release(id);
}

// Whoever watches sees one thing after the other, as the output tells them.
std::unique_ptr<Ongoing> EngineImpl::beside(std::function<void()> job) {
  if (world_.tasks != nullptr && !tracer_.listened()) return world_.tasks->begin(std::move(job));
  job();
  return nullptr;
}

}  // namespace strates::engine
