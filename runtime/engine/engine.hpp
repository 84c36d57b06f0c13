// The engine: everything a Docker-like engine decides, over a World's ports. One object per store; api/ translates HTTP to these calls.
//
// Threads: all public methods may be called from any thread. State sits behind the world's Monitor, which is released around port calls that
// take long. Errors carry Docker's sentence in `wire` wherever Docker has one.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/container.hpp"
#include "engine/networks.hpp"
#include "engine/ports.hpp"
#include "engine/tracer.hpp"
#include "image/config.hpp"
#include "registry/client/places.hpp"
#include "registry/client/search.hpp"
#include "registry/client/session.hpp"

namespace strates::engine {

class ImageArchive;  // engine/image_archive.hpp
struct LayerReport;  // engine/layer_report.hpp

struct EngineOptions {
  // Set: files in new layers are not dated after it, and images are dated by it (SOURCE_DATE_EPOCH).
  std::optional<Nanos> source_date_epoch;
  std::string version;  // of Strates
  registry::RegistryOptions registries;
};

// ------------------------------------------------------------------ images
struct ImageRecord {
  ImageId id, parent;
  std::vector<std::string> references;  // canonical "docker.io/library/busybox:latest", sorted
  std::vector<ChainId> layers;          // bottom first, one per diff_id
  std::vector<std::uint64_t> layer_bytes;
  std::uint64_t bytes = 0;
  Nanos created = 0;
  Nanos last_tagged = 0;
  image::ImageConfig config;
  std::vector<std::string> repo_tags() const;     // familiar, sorted: "busybox:latest"
  std::vector<std::string> repo_digests() const;  // "busybox@sha256:...": what a registry calls it
  std::vector<std::string> familiar_names() const;  // both
};

struct HistoryRow {
  std::string id;  // "sha256:..." or "<missing>"
  Nanos created = 0;
  std::string created_by, comment;
  std::uint64_t bytes = 0;
  std::vector<std::string> tags;
};

struct Removal {  // one line of `docker rmi`
  enum class What { Untagged, Deleted } what;
  std::string name;
};

enum class Force { No, Yes };
enum class Prune { No, Yes };

// ------------------------------------------------------------------ containers
struct CreateRequest {
  std::string name;  // empty: generated
  image::RunConfig config;
  HostConfig host;
  std::map<std::string, Endpoint> networks;  // what is asked of the networks it is to be in, by their names
};
struct CreateReply {
  ContainerId id;
  std::vector<std::string> warnings;
};

struct CommitRequest {
  std::string container, repo, tag, comment, author;
  std::vector<std::string> changes;  // Dockerfile instructions
  std::optional<image::RunConfig> config;
  bool pause = true;  // it stands still meanwhile, if it runs: its files are those of one moment
};

// Where a process's output goes. Any thread. `ended` comes once, after all output.
class OutputSink {
 public:
  virtual ~OutputSink() = default;
  virtual void output(StdStream stream, Nanos at, std::string_view bytes) = 0;
  virtual void ended() = 0;
};

struct AttachOptions {
  bool logs = false, stream = true, in = false, out = true, err = true;
};

// A client attached to a process. Destroying it detaches; it never stops the process.
class Attachment {
 public:
  virtual ~Attachment() = default;
  virtual Result<void> write(std::string_view bytes) = 0;  // to standard input; may block
  virtual void close_stdin() = 0;
};

struct LogQuery {
  bool out = true, err = true, follow = false;
  std::optional<Nanos> since, until;
  std::int64_t tail = -1;  // -1: all
};

enum class WaitCondition { NotRunning, NextExit, Removed };
struct WaitReply {
  int exit_code = 0;
  std::string error;
};

struct ExecRequest {
  std::vector<std::string> command, env;
  std::string user, working_dir;
  bool tty = false, attach_stdin = false, attach_stdout = false, attach_stderr = false, privileged = false;
  std::string detach_keys;  // "": Docker's own
};

struct ContainerFilter {
  bool all = false;
  int limit = 0;
  // Docker's: container_filter.cpp has the table.
  std::vector<std::pair<std::string, std::string>> filters;
};

// What `docker update` changes; what is absent stays.
struct UpdateRequest {
  std::optional<RestartPolicy> restart;
  Limits limits;          // fields at their defaults stay as they were
  bool pids_set = false;  // 0 and -1 take the limit away
  bool changes_limits() const { return pids_set || !(limits == Limits{}); }
};

struct PruneFilter {
  std::optional<Nanos> until;                   // created at or before
  std::vector<std::string> labels, labels_not;  // "key" or "key=value"; all must hold, none of the second
};
struct PruneReply {
  std::vector<std::string> deleted;
  std::uint64_t reclaimed = 0;  // bytes of writable layers
};

// ------------------------------------------------------------------ volumes
struct VolumeRequest {
  std::string name;    // empty: 64 random digits
  std::string driver;  // empty: "local"
  std::optional<std::map<std::string, std::string>> labels, options;
};
struct VolumeRecord {
  std::string name, mountpoint;
  Nanos created = 0;
  std::optional<std::map<std::string, std::string>> labels, options;
};
struct VolumeUsage {
  VolumeRecord volume;
  std::uint64_t bytes = 0, containers = 0;  // containers: how many have it, running or not
};
struct VolumesPruned {
  std::vector<std::string> names;
  std::uint64_t bytes = 0;
};
enum class WithVolumes { No, Yes };  // `rm -v`: anonymous volumes go too

// ------------------------------------------------------------------ copies
// What a path of a container is. `name`: the last component as asked.
struct PathStat {
  std::string name;
  image::EntryMeta meta;
  std::string leads_to;  // a symbolic link's end, inside the container: "/bin/busybox"
};
struct PathArchive {
  PathStat stat;
  std::unique_ptr<image::LayerReader> entries;  // the first is the object itself, its path empty
};
struct ExtractOptions {
  bool keep_kinds = false;   // noOverwriteDirNonDir: a directory is not replaced by a file, nor a file by a directory
  bool to_user = false;      // copyUIDGID: what is written belongs to the container's user
};

// ------------------------------------------------------------------ registries
// What a pull or a push says while it goes. Called from several threads, one at a time by the receiver's own care.
class TransferOutput {
 public:
  virtual ~TransferOutput() = default;
  // `id`: a layer's twelve digits, a tag, or empty.
  virtual void say(const std::string& id, const std::string& status) = 0;
  // Layers only: the words of a state with a bar to come ("Pulling fs layer"), and how far it is ("Downloading").
  virtual void state(const std::string& id, const std::string& status) = 0;
  virtual void progress(const std::string& id, const std::string& action, std::uint64_t done, std::uint64_t of) = 0;
  virtual void pushed(const std::string& tag, const std::string& digest, std::uint64_t size) = 0;
  virtual bool cancelled() = 0;
};

struct PullRequest {
  std::string name, tag;  // tag: a tag or a digest; empty, without `all_tags`: every tag, as Docker's API has it
  std::string platform;   // "linux/arm64/v8"; empty: this machine's
  registry::Credentials credentials;
};
struct PushRequest {
  std::string name, tag;  // tag empty: every tag of the repository
  registry::Credentials credentials;
};
struct LoginReply {
  std::string identity_token, status;
};

// ------------------------------------------------------------------ build
struct BuildRequest {
  std::shared_ptr<Spool> context;  // a tar
  std::string remote;              // or where it is: the URL of a tar, or of a Dockerfile (text/plain)
  std::string dockerfile = "Dockerfile";
  std::vector<std::string> tags;
  bool no_cache = false, quiet = false, remove = true, force_remove = false;
  bool pull = false;               // --pull: of a base image that a registry could have renewed
  HostConfig host;                 // of the containers of RUN: network and limits
  std::vector<std::string> cache_from;  // images whose steps count as the cache, and the only ones when there is any
  std::map<std::string, std::string> labels;
  std::vector<std::pair<std::string, std::optional<std::string>>> build_args;
  std::string target;
  std::map<std::string, registry::Credentials> credentials;  // by registry: for base images that are not here
};

// How far a layer that is being loaded has come, in bytes of its tar. Called from the loading thread, without the lock; may be empty.
using LayerProgress = std::function<void(const DiffId& layer, std::uint64_t done, std::uint64_t total)>;

// What the build says while it goes; api/ wraps each text in a JSON line. Called from the building thread.
class BuildOutput {
 public:
  virtual ~BuildOutput() = default;
  virtual void stream(std::string_view text) = 0;   // "Step 1/3 : FROM busybox\n"
  virtual void image(const ImageId& id) = 0;        // the aux message of the final image
  virtual TransferOutput* transfers() { return nullptr; }  // where the pull of a base image speaks; null: nowhere
  virtual bool cancelled() = 0;                     // the client went away
};

// Visits a subscription's end: destroying it unsubscribes and waits for a callback in flight.
class Subscription {
 public:
  virtual ~Subscription() = default;
};

// What a container of the default network calls another since its --link: "web/db".
struct LinkName {
  std::string name;
  std::string container, container_name;  // the other's id and name
};

class Engine {
 public:
  // Opens the store, recovers what a crash left, adopts containers that outlived the last daemon.
  static Result<std::unique_ptr<Engine>> open(World world, EngineOptions options);
  virtual ~Engine() = default;

  virtual Tracer& tracer() = 0;
  virtual const World& world() const = 0;
  virtual const EngineOptions& options() const = 0;

  // --- images. `name`: a reference, a full id, or a prefix of an id.
  virtual Result<std::vector<ImageRecord>> images(bool all) = 0;  // newest first; intermediate ones only with all
  virtual Result<ImageRecord> image(const std::string& name) = 0;  // wire: "No such image: x:latest"
  virtual Result<std::vector<HistoryRow>> history(const std::string& name) = 0;
  virtual Result<void> tag(const std::string& name, const std::string& repo, const std::string& tag) = 0;
  virtual Result<std::vector<Removal>> remove_image(const std::string& name, Force force, Prune prune) = 0;
  // docker import: one layer from a tar; changes are Dockerfile instructions. repo empty: untagged.
  virtual Result<ImageId> import_image(ByteSource& tar, const std::string& repo, const std::string& tag, const std::string& message,
                                       const std::vector<std::string>& changes) = 0;
  // docker save. A repository alone stands for all its tags. wires: "reference does not exist", "No such image: x".
  virtual Result<std::unique_ptr<ImageArchive>> save_images(const std::vector<std::string>& names) = 0;
  // docker load, of an archive that docker save wrote or an OCI image layout, plain or compressed. All or nothing: on error nothing of the archive is
  // kept. `say` gets Docker's lines ("Loaded image: x:latest\n"). codes load.* and those of ArchiveReader and Snapshots::import_layer.
  virtual Result<void> load_images(Spool& archive, const std::function<void(std::string_view line)>& say, const LayerProgress& progress) = 0;
  // What each layer brings, who shares it and what of it is waste. Reads the layers: takes as long as they are large.
  virtual Result<LayerReport> layer_report(const std::string& name) = 0;
  // docker history's comment and command of the layer may be given by whoever prepares a base image (an import with its own history line).
  virtual Result<ImageId> commit(const CommitRequest& request) = 0;
  virtual Result<ImageId> build(const BuildRequest& request, BuildOutput& output) = 0;

  // --- registries (engine_pull.cpp, engine_push.cpp, engine_registry.cpp). Errors have Docker's sentences, codes registry.* and fetch.*;
  // code registry.none: this world has no network.
  // What was downloaded is verified against its digest before it is kept; a pull that fails leaves nothing.
  virtual Result<void> pull(const PullRequest& request, TransferOutput& output) = 0;
  virtual Result<void> push(const PushRequest& request, TransferOutput& output) = 0;
  // `server`: as it is written in image names; empty: Docker Hub. Both end once `cancelled` says so (code fetch.cancelled), and after a minute in any
  // case (code fetch.timeout).
  virtual Result<LoginReply> login(const std::string& server, const registry::Credentials& credentials, const std::function<bool()>& cancelled) = 0;
  virtual Result<std::vector<registry::SearchHit>> search(const std::string& term, int limit, const registry::Credentials& credentials,
                                                          const std::function<bool()>& cancelled) = 0;

  // --- containers. `name`: a name, a full id, or a prefix.
  virtual Result<CreateReply> create(const CreateRequest& request) = 0;
  virtual Result<void> start(const std::string& name) = 0;  // NotModified when it runs already
  virtual Result<void> stop(const std::string& name, std::optional<int> seconds, const std::string& signal) = 0;  // NotModified when it does not run
  virtual Result<void> restart(const std::string& name, std::optional<int> seconds) = 0;
  virtual Result<void> kill(const std::string& name, const std::string& signal) = 0;
  virtual Result<void> remove(const std::string& name, Force force, WithVolumes volumes = WithVolumes::No) = 0;
  virtual Result<void> rename(const std::string& name, const std::string& new_name) = 0;
  // `docker rm --link`: a name that --link gave, "web/db", is taken away; the container stays.
  virtual Result<void> unlink(const std::string& name) = 0;
  virtual std::vector<LinkName> link_names() = 0;
  virtual Result<PruneReply> prune_containers(const PruneFilter& filter) = 0;
  virtual Result<Container> container(const std::string& name) = 0;
  virtual Result<std::vector<Container>> containers(const ContainerFilter& filter) = 0;  // newest first
  virtual Result<std::vector<Change>> diff(const std::string& name) = 0;
  virtual Result<std::uint64_t> usage(const std::string& name) = 0;
  virtual Result<std::unique_ptr<image::LayerReader>> export_tree(const std::string& name) = 0;
  virtual Result<MountedSnapshot> mount_paths(const std::string& name) = 0;
  virtual std::string log_path(const ContainerId& id) = 0;
  // ps_options empty: "-ef".
  virtual Result<ProcessTable> top(const std::string& name, const std::vector<std::string>& ps_options) = 0;
  // --- freezing, limits and counters of a container (engine_limits.cpp)
  virtual Result<void> pause(const std::string& name) = 0;
  virtual Result<void> unpause(const std::string& name) = 0;
  // What is wrong is refused before anything changes. Limits first (those of a running container hold at once), the policy after them; nothing is
  // undone when a later step fails. The reply is Docker's warnings.
  virtual Result<std::vector<std::string>> update(const std::string& name, const UpdateRequest& request) = 0;
  virtual Result<Statistics> statistics(const std::string& name) = 0;  // code container.not-running
  virtual Result<void> resize(const std::string& name, std::uint16_t rows, std::uint16_t columns) = 0;

  // Allowed before start. Bytes written before the start are kept for the process.
  virtual Result<std::unique_ptr<Attachment>> attach(const std::string& name, const AttachOptions& options, std::shared_ptr<OutputSink> sink) = 0;
  // With follow, the sink ends when the container stops; without, at once. Keep the result while it should go on.
  virtual Result<std::unique_ptr<Subscription>> logs(const std::string& name, const LogQuery& query, std::shared_ptr<OutputSink> sink) = 0;
  // `done` is called once: at once, or from the thread that sees the exit. A failed start also completes it (engine-notes.md).
  virtual Result<std::unique_ptr<Subscription>> wait(const std::string& name, WaitCondition condition, std::function<void(WaitReply)> done) = 0;

  virtual Result<ExecId> exec_create(const std::string& container, const ExecRequest& request) = 0;
  // sink may be null (detached).
  virtual Result<std::unique_ptr<Attachment>> exec_start(const ExecId& id, std::shared_ptr<OutputSink> sink, std::uint16_t rows, std::uint16_t columns) = 0;
  virtual Result<ExecInstance> exec(const ExecId& id) = 0;
  virtual Result<void> exec_resize(const ExecId& id, std::uint16_t rows, std::uint16_t columns) = 0;

  // --- copies: the container's files with its volumes and host directories in place, links followed inside the root only. The container may run.
  // wire: "Could not find the file /x in container web"
  virtual Result<PathStat> stat_path(const std::string& name, const std::string& path) = 0;
  virtual Result<PathArchive> read_path(const std::string& name, const std::string& path) = 0;
  virtual Result<void> write_path(const std::string& name, const std::string& path, ByteSource& tar, const ExtractOptions& options) = 0;

  // --- volumes
  virtual Result<VolumeRecord> create_volume(const VolumeRequest& request) = 0;  // an existing one is given as it is
  virtual Result<VolumeRecord> volume(const std::string& name) = 0;              // wire: "get x: no such volume"
  // filters: "dangling", "driver", "label", "name"; sorted by name
  virtual Result<std::vector<VolumeRecord>> volumes(const std::vector<std::pair<std::string, std::string>>& filters) = 0;
  virtual Result<void> remove_volume(const std::string& name, Force force) = 0;  // Force: an absent one is fine
  // filters: "label", "label!"
  virtual Result<VolumesPruned> prune_volumes(const std::vector<std::pair<std::string, std::string>>& filters) = 0;
  virtual Result<std::vector<VolumeUsage>> volume_usage() = 0;

  // --- networks
  virtual EngineNetworks& networks() = 0;

  // Fold of the present for a late joiner of the trace.
  virtual event::Snapshot trace_snapshot() = 0;
  // Stops serving: containers go on.
  virtual void close() = 0;
};

}  // namespace strates::engine
