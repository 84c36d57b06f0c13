// What the classic builder (engine/builder) asks of the engine: narrow, so that the builder is tested with a small fake.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine.hpp"

namespace strates::engine {

// What becomes an image: the run configuration of the child, and the configuration of the container that made it (the cache compares it).
struct StepCommit {
  ImageId parent;                     // empty: scratch
  image::RunConfig config;            // of the new image
  image::RunConfig container_config;  // Cmd holds the probe: "/bin/sh", "-c", "#(nop) ..."
  std::string author;
  std::optional<ContainerId> container;  // its writable layer becomes a layer; none: metadata only
  bool removed_next = false;             // the container is not needed any more: its files need not be copied
  std::shared_ptr<image::LayerReader> layer;  // what the layer holds, where that is known without the container's files
};

class BuildHost {
 public:
  virtual ~BuildHost() = default;
  virtual Result<ImageRecord> find_image(const std::string& name) = 0;
  // A base image that is not here, or with `build --pull` may be older than the registry's. It ends with the build's client.
  virtual Result<void> pull_base(const std::string& name, const BuildRequest& request, BuildOutput& output, OpId op) = 0;
  // Images made here directly on `parent` (empty: on scratch), newest first: the cache's candidates.
  virtual Result<std::vector<ImageRecord>> children_of(const ImageId& parent) = 0;
  // The image one step after `parent` (empty: scratch) on the way to `target`, whose history and layers go on from the parent's: the target itself when
  // that is its last step, else a new one that runs as `config` says and stands on the target's layers. Either becomes a child of the parent.
  virtual Result<ImageRecord> restore_step(const ImageId& parent, const ImageId& target, const image::RunConfig& config) = 0;
  // An intermediate container. `image` empty: an empty root (scratch). Emits into `op`. Refuses the limits that `docker create` refuses.
  // Files: it never runs, Docker has a writable layer there and no container.
  enum class Purpose { Step, Files };
  virtual Result<CreateReply> create_container(const ImageId& image, const image::RunConfig& config, const HostConfig& host, Purpose purpose, OpId op) = 0;
  // Starts it, passes its output on, returns its exit code. Stops early (killed) once `cancelled` says so: code build.cancelled.
  virtual Result<int> run_container(const ContainerId& id, const std::function<void(StdStream, std::string_view)>& output,
                                    const std::function<bool()>& cancelled, OpId op) = 0;
  // Of one that has run: it will not be removed next, so what its process had of the machine (control groups) is to go now.
  virtual void keep_container(const ContainerId& /*id*/) {}
  virtual Result<std::unique_ptr<TreeEditor>> edit_container(const ContainerId& id) = 0;
  virtual Result<ImageRecord> commit_step(const StepCommit& commit, OpId op) = 0;
  virtual Result<void> remove_container(const ContainerId& id, OpId op) = 0;
  // Does something beside the build where the host can; null: it is done. The build waits for it before it ends.
  virtual std::unique_ptr<Ongoing> beside(std::function<void()> job) {
    job();
    return nullptr;
  }
  virtual Result<void> tag_image(const ImageId& id, const std::string& reference, OpId op) = 0;
  virtual ArchiveReader& archives() = 0;
  virtual Hasher& hasher() = 0;
  // The file at a URL, bounded as an uploaded context is. code remote.none: this world has no network.
  virtual Result<RemoteFile> get_remote(const std::string& url, const std::function<bool()>& cancelled) = 0;
  virtual Tracer& tracer() = 0;
  // A text the builder wants to find again beside an image it made (the checksums of what a COPY took, so that a later miss can name the file that
  // changed). It goes with the image. A host that keeps nothing is fine: the miss is then told less precisely.
  virtual void keep_note(const ImageId& /*image*/, const std::string& /*note*/) {}
  virtual std::optional<std::string> note_of(const ImageId& /*image*/) { return std::nullopt; }
};

// Runs a Dockerfile as Docker 20.10's classic builder does, output to the letter. Emits Build events under `parent_op`.
Result<ImageId> run_build(BuildHost& host, const BuildRequest& request, BuildOutput& output, OpId parent_op);

}  // namespace strates::engine
