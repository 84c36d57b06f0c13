// What the engine needs from a world. Two worlds give it: linux/ (a real kernel) and sim/ (memory). The engine decides, a port does.
//
// Threads: unless a method says otherwise it may be called from any thread, one call at a time per object named in it. Callbacks given to
// a port may be called from the port's own threads. The simulator calls everything from the caller's thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/event.hpp"
#include "base/fetch.hpp"
#include "base/names.hpp"
#include "base/stream.hpp"
#include "engine/confinement.hpp"
#include "engine/network_port.hpp"
#include "image/layer.hpp"

namespace strates::engine {

// ---------------------------------------------------------------------------------------------------------------- bytes and records

class HashStream : public ByteSink {
 public:
  virtual std::string finish_hex() = 0;  // once
};

class Hasher : public image::ChainHasher {
 public:
  virtual std::unique_ptr<HashStream> sha256() = 0;
};

class BlobWriter : public ByteSink {
 public:
  // Keeps the blob durably under its digest. Destroyed without finish: nothing is kept.
  virtual Result<Digest> finish() = 0;
};

// Content-addressed blobs in an OCI image layout (image-layout.md): oci-layout, index.json, blobs/sha256/.
class Blobs {
 public:
  virtual ~Blobs() = default;
  virtual Result<std::unique_ptr<BlobWriter>> create() = 0;
  virtual Result<Digest> put(std::string_view bytes) = 0;
  virtual Result<std::unique_ptr<ByteSource>> open(const Digest& digest) = 0;  // code blob.not-found
  virtual Result<std::string> read(const Digest& digest, std::uint64_t limit) = 0;
  virtual bool has(const Digest& digest) = 0;
  virtual Result<std::uint64_t> size(const Digest& digest) = 0;
  virtual Result<void> remove(const Digest& digest) = 0;
  virtual Result<std::vector<Digest>> list() = 0;
  virtual Result<void> set_index(std::string_view json) = 0;  // index.json, replaced whole
};

struct MetadataChange {
  std::string bucket, key;
  std::optional<std::string> value;  // none: erase
};

// Small records that survive a crash. A commit is all or nothing.
class MetadataStore {
 public:
  virtual ~MetadataStore() = default;
  virtual Result<std::optional<std::string>> get(std::string_view bucket, std::string_view key) = 0;
  virtual Result<std::vector<std::pair<std::string, std::string>>> list(std::string_view bucket) = 0;  // ordered by key
  virtual Result<void> commit(const std::vector<MetadataChange>& changes) = 0;
};

// Reads a tar, plain or compressed, that comes from outside: paths are cleaned and bounded; what would leave the root is code archive.escape.
class ArchiveReader {
 public:
  virtual ~ArchiveReader() = default;
  // `from` must outlive the reader.
  virtual Result<std::unique_ptr<image::LayerReader>> open(ByteSource& from) = 0;
};

// Bytes too many to keep in memory (an uploaded context). Linux: an unnamed file; sim: memory.
class Spooler {
 public:
  virtual ~Spooler() = default;
  virtual Result<std::shared_ptr<Spool>> keep(ByteSource& from, std::uint64_t limit) = 0;
};

// What a GET of `http://` or `https://` brought: ADD of a URL, a build context that is one.
struct RemoteFile {
  std::shared_ptr<Spool> bytes;
  std::string content_type, content_disposition;
  std::optional<Nanos> last_modified;
};

class RemoteFiles {
 public:
  virtual ~RemoteFiles() = default;
  // Follows redirections, gives up after a minute without a byte, keeps at most `limit` bytes. Asks `cancelled` now and then.
  // Errors carry the sentences of Go's client as Docker shows them, code remote.get: `Get "URL": dial tcp 127.0.0.1:1: connect: connection refused`,
  // "failed to GET URL with status 404 Not Found: BODY"; remote.too-large, build.cancelled.
  virtual Result<RemoteFile> get(const std::string& url, std::uint64_t limit, const std::function<bool()>& cancelled) = 0;
};

// gzip (RFC 1952), for layers on their way to a registry. The same bytes in give the same bytes out, on every machine and at every time.
class Compressor {
 public:
  virtual ~Compressor() = default;
  // `from` must outlive what is returned.
  virtual std::unique_ptr<ByteSource> gzip(ByteSource& from) = 0;
};

class Random {
 public:
  virtual ~Random() = default;
  virtual std::string bytes(size_t count) = 0;
};

// ---------------------------------------------------------------------------------------------------------------- time and threads

// The engine's one lock, and the only way it waits. Linux: a mutex and a condition. Sim: no lock; waiting runs the interpreted processes
// and moves the virtual clock.
class Monitor {
 public:
  virtual ~Monitor() = default;
  virtual void lock() = 0;
  virtual void unlock() = 0;
  // Around a port call that can take long. Linux releases the lock; a world that one thread at a time may use keeps it.
  virtual void begin_call() { unlock(); }
  virtual void end_call() { lock(); }
  // Called locked; unlocked while waiting. Returns done() at the end: false when `deadline` (Clock::now scale, 0: none) passed first, or when
  // nothing in this world can ever change it (sim).
  virtual bool wait(const std::function<bool()>& done, Nanos deadline) = 0;
  virtual void notify() = 0;
};

// A job that was begun: it has ended when this is destroyed.
class Ongoing {
 public:
  virtual ~Ongoing() = default;
};

// Work of one call that can be done side by side. Linux: threads that live as long as the call. Sim: one after another, in their order.
class Tasks {
 public:
  virtual ~Tasks() = default;
  // Runs them all, `at_once` of them at a time, started in their order; returns when all have ended. Called without the engine's lock.
  virtual void all(const std::vector<std::function<void()>>& jobs, size_t at_once) = 0;
  // Reads on while what was read is being worked on; at most 8 MiB ahead. Destroying it waits for a read that is under way.
  virtual std::unique_ptr<ByteSource> read_ahead(std::unique_ptr<ByteSource> from) = 0;
  // Begins one job beside the caller, which nobody asks how it went. Where nothing runs side by side, it has ended on return (null).
  virtual std::unique_ptr<Ongoing> begin(std::function<void()> job) = 0;
  virtual bool parallel() const = 0;
};

// Rings at a time of the Clock, once. There is one, and the engine's agenda (agenda.hpp) decides what it rings for: nobody waits in a thread of
// the engine's own. Linux: a thread that sleeps. Sim: a timer among those of the interpreted processes, so the virtual clock jumps to it.
class Alarm {
 public:
  virtual ~Alarm() = default;
  // Called without the engine's lock, never from inside `set`. Null: waits until no ring is under way; none comes later.
  virtual void set_handler(std::function<void()> ring) = 0;
  // Replaces what was set; none: silent. A time that has passed rings at once. May ring early by nothing and late by what the machine needs.
  virtual void set(std::optional<Nanos> at) = 0;
};

// ---------------------------------------------------------------------------------------------------------------- layers

struct LayerInfo {
  ChainId chain_id;
  DiffId diff_id;
  std::uint64_t bytes = 0;      // of its files and symbolic links, as Docker counts a layer (image::counted_bytes)
  std::uint64_t entries = 0, whiteouts = 0;
};

enum class ChangeKind { Modified = 0, Added = 1, Deleted = 2 };  // Docker's numbers
struct Change {
  ChangeKind kind = ChangeKind::Modified;
  std::string path;  // absolute
  bool operator==(const Change&) const = default;
};

// Entries the engine lays between the image and the writable layer: mount points and files every container needs (/etc/hosts, /dev, ...).
// They are never part of a diff or a commit.
struct InitEntry {
  std::string path;  // "etc/hosts"
  image::EntryMeta meta;
};

// What becomes of a writable layer's files when the machine loses its power. Passing: nobody would miss them (a build's step, `docker run --rm`), so
// nothing waits for the disk, fsync included (overlayfs's `volatile`, where the kernel has it).
enum class Writes { Kept, Passing };

struct MountedSnapshot {
  std::vector<std::string> lower;  // top first
  std::string upper, work, merged;
};

// Reads and changes the merged view of a snapshot, as root, for COPY, WORKDIR and user look-ups. Symbolic links are followed inside the root only,
// never out of it. Paths are absolute. Not thread-safe.
class TreeEditor {
 public:
  virtual ~TreeEditor() = default;
  enum class Follow { No, Yes };
  virtual Result<std::optional<image::EntryMeta>> stat(std::string_view path, Follow follow) = 0;
  virtual Result<std::vector<std::string>> list(std::string_view path) = 0;  // names, sorted
  virtual Result<std::string> read(std::string_view path, std::uint64_t limit) = 0;
  // A regular file's bytes, whatever their number. The source may outlive a change of the tree, not the editor.
  virtual Result<std::unique_ptr<ByteSource>> open_file(std::string_view path) = 0;
  // Creates missing parents as 0755 root. An existing directory keeps its attributes.
  virtual Result<void> make_directory(std::string_view path, const image::EntryMeta& meta) = 0;
  // Creates or replaces a file, link or device; parents as above. A directory entry on an existing directory sets its attributes.
  virtual Result<void> put(std::string_view path, const image::EntryMeta& meta, ByteSource* content) = 0;
  virtual Result<void> remove(std::string_view path) = 0;  // recursive
  // What `path` is and, for a directory, all that is below, in layer_path_less order: the first entry is itself, its path empty; hard links name entries
  // of this archive. A link in the last component is not followed. Must go before the editor. NotFound: code tree.absent.
  virtual Result<std::unique_ptr<image::LayerReader>> archive(std::string_view path) = 0;
};

class Snapshots {
 public:
  virtual ~Snapshots() = default;

  // --- layers: immutable, named by ChainId
  virtual bool has_layer(const ChainId& layer) = 0;
  // Unpacks a layer onto its parent and names it by what was really read: the diffID of the uncompressed bytes. The tar is also kept as a blob.
  // Hostile archives: nothing outside the layer is touched, and nothing is kept on error. Emits LayerUnpacked or LayerAlreadyPresent.
  virtual Result<LayerInfo> import_layer(const std::optional<ChainId>& parent, ByteSource& tar, const Emit& emit) = 0;
  // The same of an archive that was made here, and that may make a layer that is there already: its files are then not written again. Emits nothing.
  virtual Result<LayerInfo> add_layer(const std::optional<ChainId>& parent, ByteSource& tar) {
    return import_layer(parent, tar, [](const Payload&) {});
  }
  virtual Result<void> remove_layer(const ChainId& layer) = 0;  // no snapshot and no layer may use it any more
  virtual Result<std::vector<ChainId>> list_layers() = 0;
  // Where the layer's files lie; "": in no directory of the machine.
  virtual std::string layer_directory(const ChainId& /*layer*/) const { return {}; }

  // --- snapshots: one writable layer each
  // `layers` bottom first.
  virtual Result<void> prepare(const SnapshotKey& key, const std::vector<ChainId>& layers, const std::vector<InitEntry>& init, Writes writes = Writes::Kept) = 0;
  // Mounts are counted: as many unmounts take it away. Emits nothing: the engine turns what is returned into OverlayMounted.
  virtual Result<MountedSnapshot> mount(const SnapshotKey& key) = 0;
  virtual Result<void> unmount(const SnapshotKey& key) = 0;
  virtual Result<MountedSnapshot> paths(const SnapshotKey& key) = 0;  // where it would be mounted
  virtual Result<std::unique_ptr<TreeEditor>> edit(const SnapshotKey& key) = 0;  // mounts while it lives
  // Sorted by path, parents before children, as `docker diff` prints.
  virtual Result<std::vector<Change>> diff(const SnapshotKey& key) = 0;
  // Writes the writable layer as a tar into a blob, and keeps a copy of its files as a layer on top of the snapshot's. The snapshot stays as it is.
  // An empty diff gives kEmptyLayerDiffId and keeps no layer. Emits nothing.
  virtual Result<LayerInfo> commit(const SnapshotKey& key, const image::TarOptions& options) = 0;
  // As commit, but the snapshot gives its files away, which saves a copy of each: its writable layer is empty afterwards; when this fails it has its files
  // back. For a snapshot that nothing uses and that is to be removed; of one that is mounted, it is commit. Emits nothing.
  virtual Result<LayerInfo> take(const SnapshotKey& key, const image::TarOptions& options) = 0;
  virtual Result<std::uint64_t> usage(const SnapshotKey& key) = 0;  // bytes in the writable layer
  // The whole merged view, sorted, for exports and comparisons.
  virtual Result<std::unique_ptr<image::LayerReader>> export_tree(const SnapshotKey& key) = 0;
  virtual Result<void> remove(const SnapshotKey& key) = 0;  // absent is fine
  virtual Result<std::vector<SnapshotKey>> list_snapshots() = 0;
};

// ---------------------------------------------------------------------------------------------------------------- volumes

// What the `local` driver mounts for a volume (docker volume create -o type=,o=,device=); empty: the volume is a plain directory.
struct VolumeDevice {
  std::string type, options, device;
  bool empty() const { return type.empty() && options.empty() && device.empty(); }
};

// A path of the machine, with links followed.
struct HostPlace {
  enum class Kind { Absent, File, Directory } kind = Kind::Absent;
  std::string real;  // without links
  // The mount it lies on, and how mounts made there spread (mount_namespaces(7)).
  std::string mount_point;
  bool shared = false, slave = false;
};

// Data that outlives containers: named volumes, and the machine's own files. Which volumes there are is the engine's record; this holds their files.
// Names were checked by the engine. A world without a machine below it refuses host paths: code volume.no-host.
class Volumes {
 public:
  virtual ~Volumes() = default;
  // An empty directory, 0755 root. There whole or not at all, whenever the machine stops. code volume.exists
  virtual Result<void> create(const std::string& name) = 0;
  virtual Result<void> remove(const std::string& name) = 0;  // absent is fine; code volume.mounted
  virtual Result<void> clear(const std::string& name) = 0;   // what is in it goes, it stays
  virtual Result<std::vector<std::string>> list() = 0;
  virtual std::string path(const std::string& name) = 0;     // Docker's Mountpoint
  // Counted: a device is mounted with the first and unmounted with the last.
  virtual Result<void> mount(const std::string& name, const VolumeDevice& device) = 0;
  virtual Result<void> unmount(const std::string& name) = 0;
  virtual Result<std::unique_ptr<TreeEditor>> edit(const std::string& name) = 0;
  virtual Result<std::uint64_t> usage(const std::string& name) = 0;  // bytes of its files

  virtual Result<HostPlace> look(const std::string& host_path) = 0;
  virtual Result<void> make_host_directory(const std::string& host_path) = 0;  // and its parents, 0755 root
  virtual Result<std::unique_ptr<TreeEditor>> edit_host(const std::string& host_directory) = 0;
};

// Sees what running containers do to their files, as it happens (event::File).
class FileWatch {
 public:
  virtual ~FileWatch() = default;
  // Before the process exists: changes in the writable layer.
  virtual Result<void> arm(const ContainerId& container, const SnapshotKey& key, const std::vector<ChainId>& layers, Emit emit) = 0;
  // When the process is about to execute: reads and writes through its root.
  virtual Result<void> enter(const ContainerId& container, std::int64_t host_pid) = 0;
  // Everything that happened before this call has been emitted when it returns.
  virtual void disarm(const ContainerId& container) = 0;
  virtual bool armed(const ContainerId& container) = 0;
};

// ---------------------------------------------------------------------------------------------------------------- processes

struct ProcessSpec {
  std::vector<std::string> args;  // args[0] is looked up in PATH of `env`
  std::vector<std::string> env;
  std::string cwd = "/";
  std::uint32_t uid = 0, gid = 0;
  std::vector<std::uint32_t> groups;
  bool tty = false, open_stdin = false;
  std::uint16_t rows = 0, columns = 0;
  bool privileged = false;
  Confinement confinement;
};

// None: a namespace with a loopback only. Bridge: one that Networks::open made. Container: another container's.
enum class NetworkMode { None, Host, Bridge, Container };

// A file the engine provides, bound over the container's own: /etc/hosts, /etc/hostname, /etc/resolv.conf.
struct ProvidedFile {
  std::string path, content;
};

// What a container sees beside its root. Targets are the container's own paths; missing ones are made.
struct ContainerMount {
  enum class Kind { Host, Volume, Memory } kind = Kind::Host;
  std::string source;       // Host, Volume: on the machine
  std::string volume;       // Volume: its name
  std::string destination;  // absolute and clean, never "/"
  std::string options;      // Memory: Docker's options of a tmpfs, "size=1m,mode=700,exec"
  std::string propagation;  // Host: "rprivate" when empty (mount(8))
  bool writable = true;
  bool recursive = true;    // Host: with what is mounted below
};

// What is kept of what a container writes. A file that reached `max_bytes` becomes PATH.1 (and that one PATH.2, ...) and a new one begins; of `files` in all.
struct LogKeeping {
  bool kept = true;
  std::uint64_t max_bytes = 0;  // 0: without end
  std::uint32_t files = 1;      // 1: a full one is emptied
};

struct ContainerSpec {
  ContainerId id;
  SnapshotKey snapshot;
  std::string root;  // MountedSnapshot::merged
  std::string hostname, domainname;
  NetworkMode network = NetworkMode::None;
  std::string network_place;  // Bridge: what Networks::open gave. Container: the other's full id
  ProcessSpec process;
  Limits limits;
  std::vector<std::string> capabilities;  // "CAP_CHOWN", ...
  std::vector<std::string> masked_paths, readonly_paths;
  std::vector<ProvidedFile> files;
  std::vector<ContainerMount> mounts;  // those nearer to the root first
  bool readonly_root = false;
  std::uint64_t shm_bytes = 64 << 20;
  LogKeeping log;
  Apartness apart;
  // When set: called with the host pid after the root is in place and before exec; exec waits for its return.
  std::function<void(std::int64_t host_pid)> before_exec;
};

struct ExitStatus {
  int code = 0;    // as a shell reports it: 128 + signal when killed
  int signal = 0;  // 0: it exited
  bool oom_killed = false;
  Nanos at = 0;
};

enum class StdStream { In = 0, Out = 1, Err = 2 };

// What the world tells the engine about processes. Any thread. For one process: outputs in order, then exactly one `exited`.
class ProcessObserver {
 public:
  virtual ~ProcessObserver() = default;
  virtual void output(const ContainerId& container, const ExecId& exec, StdStream stream, Nanos at, std::string_view bytes) = 0;
  virtual void exited(const ContainerId& container, const ExecId& exec, const ExitStatus& status) = 0;
};

struct LogRecord {
  StdStream stream = StdStream::Out;
  Nanos at = 0;
  std::string bytes;
};

struct RunningProcess {
  std::int64_t host_pid = 0, container_pid = 1;
};

struct ProcessRow {  // one line of `docker top`
  std::int64_t pid = 0, ppid = 0;
  std::string user, command;
};

struct Survivor {  // a container that outlived the daemon
  ContainerId id;
  std::optional<RunningProcess> running;  // none: it ended meanwhile
  std::optional<ExitStatus> exit;
};

class Processes {
 public:
  virtual ~Processes() = default;
  virtual void set_observer(ProcessObserver* observer) = 0;  // before any start
  // Creates namespaces and cgroups, pivots, executes. Returns once exec succeeded. On failure nothing is left and the error is one of
  //   process.not-found   cause: exec: "x": executable file not found in $PATH   or   exec: "/x": stat /x: no such file or directory
  //   process.permission  cause: exec: "/x": permission denied
  //   process.cwd, process.setup
  // Emits NamespaceEntered, CgroupWritten, MountMade, RootPivoted, CapabilitiesDropped, ProcessExecuted.
  virtual Result<RunningProcess> start(const ContainerSpec& spec, const Emit& emit) = 0;
  virtual Result<RunningProcess> exec(const ContainerId& id, const ExecId& exec, const ProcessSpec& spec, const Emit& emit) = 0;
  virtual Result<void> signal(const ContainerId& id, int number) = 0;  // to the container's first process; code process.gone
  virtual Result<void> signal_exec(const ContainerId& id, const ExecId& exec, int number) = 0;  // to a process of exec; code process.gone
  // exec empty: the container's first process.
  virtual Result<void> write_stdin(const ContainerId& id, const ExecId& exec, std::string_view bytes) = 0;  // may block: back-pressure
  virtual Result<void> close_stdin(const ContainerId& id, const ExecId& exec) = 0;
  virtual Result<void> resize(const ContainerId& id, const ExecId& exec, std::uint16_t rows, std::uint16_t columns) = 0;
  // All that the first process wrote since the container was created, across restarts. Visits in order until `each` returns false.
  virtual Result<void> read_log(const ContainerId& id, const std::function<bool(const LogRecord&)>& each) = 0;
  virtual std::string log_path(const ContainerId& id) = 0;
  // The content of a provided file (ContainerSpec::files) while the container runs: what it has open sees the change.
  virtual Result<void> replace_file(const ContainerId& id, const ProvidedFile& file) = 0;
  virtual Result<std::vector<ProcessRow>> list(const ContainerId& id) = 0;
  // --- while it runs: freezing, limits, counters. code process.gone
  // `docker top`: the machine's ps with these options; a world without one knows the columns of "-ef" only. code process.ps
  virtual Result<ProcessTable> table(const ContainerId& id, const std::vector<std::string>& ps_options) = 0;
  // Every process of the container stops where it is, and goes on. code process.freeze
  virtual Result<void> pause(const ContainerId& id) = 0;
  virtual Result<void> unpause(const ContainerId& id) = 0;
  virtual bool paused(const ContainerId& id) = 0;  // so after a restart of the daemon
  virtual Result<void> update(const ContainerId& id, const Limits& limits, const Emit& emit) = 0;  // all limits as they are to be
  virtual Result<Statistics> statistics(const ContainerId& id) = 0;
  // After the first process ended: cgroups, sockets and mounts of this run go; its log stays.
  virtual void release(const ContainerId& id) = 0;
  // The container is removed: its log goes as well.
  virtual void forget(const ContainerId& id) = 0;
  // At start-up: which of `known` are still alive (their output flows to the observer again) or ended while nobody looked; what is not known is cleaned away.
  virtual Result<std::vector<Survivor>> recover(const std::vector<ContainerId>& known) = 0;
};

// ---------------------------------------------------------------------------------------------------------------- the world

struct MachineInfo {
  std::string kernel_version, operating_system, architecture, hostname;
  std::int64_t cpus = 0, memory = 0;
  std::string cgroup_version, storage_driver, root_directory;
  std::vector<std::pair<std::string, std::string>> storage_status;  // as Docker's info has it: "Backing Filesystem", "extfs"
  std::string resolv_conf;  // what containers get as /etc/resolv.conf
  std::string hosts;        // the machine's /etc/hosts: what a container on its network gets
  // What its control groups can do; a limit that is not here is dropped with Docker's warning.
  bool has_memory_limit = true, has_swap_limit = true, has_cpu_cfs = true, has_cpu_shares = true, has_cpuset = true, has_pids = true, has_blkio_weight = true,
       has_kernel_memory = false, has_oom_kill_disable = false, has_swappiness = false, has_freezer = true;
  std::string cpuset_cpus, cpuset_mems;  // what --cpuset-* may name: "0-1"; empty: anything
};

struct World {
  std::string name;  // "linux" or "sim"
  Clock& clock;
  Random& random;
  Monitor& monitor;
  Alarm& alarm;
  Hasher& hasher;
  Blobs& blobs;
  MetadataStore& metadata;
  ArchiveReader& archives;
  Spooler& spooler;
  Snapshots& snapshots;
  Volumes& volumes;
  FileWatch& files;
  Processes& processes;
  Networks& networks;
  MachineInfo machine;
  RemoteFiles* remote = nullptr;  // null: this world has no network to get files from
  // For registries: all three, or none (this world reaches no registry).
  Fetcher* fetcher = nullptr;
  Compressor* compressor = nullptr;
  Tasks* tasks = nullptr;
};

}  // namespace strates::engine
