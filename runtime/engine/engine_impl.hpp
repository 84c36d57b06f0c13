// The engine's implementation, by subject: engine_open, engine_images, engine_create, engine_list, engine_run, engine_stop,
// engine_restart, engine_health, engine_io, engine_exec, engine_build (.cpp each).
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/build_host.hpp"
#include "engine/container_entry.hpp"
#include "engine/engine.hpp"
#include "engine/image_archive.hpp"
#include "engine/image_store.hpp"
#include "engine/layer_report.hpp"
#include "engine/lock.hpp"
#include "engine/mounted_tree.hpp"
#include "engine/network_rules.hpp"
#include "engine/volume_rules.hpp"
#include "image/reference.hpp"

namespace strates::engine {

// A registry's limit: what helps against it is said behind its own words, so that any client shows it.
Error with_rate_advice(Error error);

class EngineImpl final : public Engine, public EngineNetworks, private ProcessObserver, private BuildHost {
 public:
  EngineImpl(World world, EngineOptions options);
  ~EngineImpl() override;
  Result<void> recover();

  Tracer& tracer() override { return tracer_; }
  const World& world() const override { return world_; }
  const EngineOptions& options() const override { return options_; }

  Result<std::vector<ImageRecord>> images(bool all) override;
  Result<ImageRecord> image(const std::string& name) override;
  Result<std::vector<HistoryRow>> history(const std::string& name) override;
  Result<void> tag(const std::string& name, const std::string& repo, const std::string& tag) override;
  Result<std::vector<Removal>> remove_image(const std::string& name, Force force, Prune prune) override;
  Result<ImageId> import_image(ByteSource& tar, const std::string& repo, const std::string& tag, const std::string& message,
                               const std::vector<std::string>& changes) override;
  Result<std::unique_ptr<ImageArchive>> save_images(const std::vector<std::string>& names) override;
  Result<void> load_images(Spool& archive, const std::function<void(std::string_view line)>& say, const LayerProgress& progress) override;
  Result<LayerReport> layer_report(const std::string& name) override;
  Result<ImageId> commit(const CommitRequest& request) override;
  Result<ImageId> build(const BuildRequest& request, BuildOutput& output) override;

  Result<void> pull(const PullRequest& request, TransferOutput& output) override;
  Result<void> push(const PushRequest& request, TransferOutput& output) override;
  Result<LoginReply> login(const std::string& server, const registry::Credentials& credentials, const std::function<bool()>& cancelled) override;
  Result<std::vector<registry::SearchHit>> search(const std::string& term, int limit, const registry::Credentials& credentials,
                                                  const std::function<bool()>& cancelled) override;

  Result<CreateReply> create(const CreateRequest& request) override;
  Result<void> start(const std::string& name) override;
  Result<void> stop(const std::string& name, std::optional<int> seconds, const std::string& signal) override;
  Result<void> restart(const std::string& name, std::optional<int> seconds) override;
  Result<void> kill(const std::string& name, const std::string& signal) override;
  Result<void> remove(const std::string& name, Force force, WithVolumes volumes) override;
  Result<void> rename(const std::string& name, const std::string& new_name) override;
  Result<void> unlink(const std::string& name) override;
  std::vector<LinkName> link_names() override;
  Result<std::vector<std::string>> update(const std::string& name, const UpdateRequest& request) override;
  Result<PruneReply> prune_containers(const PruneFilter& filter) override;
  Result<Container> container(const std::string& name) override;
  Result<std::vector<Container>> containers(const ContainerFilter& filter) override;
  Result<std::vector<Change>> diff(const std::string& name) override;
  Result<std::uint64_t> usage(const std::string& name) override;
  Result<std::unique_ptr<image::LayerReader>> export_tree(const std::string& name) override;
  Result<MountedSnapshot> mount_paths(const std::string& name) override;
  std::string log_path(const ContainerId& id) override;
  Result<ProcessTable> top(const std::string& name, const std::vector<std::string>& ps_options) override;
  Result<void> pause(const std::string& name) override;
  Result<void> unpause(const std::string& name) override;
  Result<Statistics> statistics(const std::string& name) override;
  Result<void> resize(const std::string& name, std::uint16_t rows, std::uint16_t columns) override;

  Result<std::unique_ptr<Attachment>> attach(const std::string& name, const AttachOptions& options, std::shared_ptr<OutputSink> sink) override;
  Result<std::unique_ptr<Subscription>> logs(const std::string& name, const LogQuery& query, std::shared_ptr<OutputSink> sink) override;
  Result<std::unique_ptr<Subscription>> wait(const std::string& name, WaitCondition condition, std::function<void(WaitReply)> done) override;

  Result<ExecId> exec_create(const std::string& container, const ExecRequest& request) override;
  Result<std::unique_ptr<Attachment>> exec_start(const ExecId& id, std::shared_ptr<OutputSink> sink, std::uint16_t rows, std::uint16_t columns) override;
  Result<ExecInstance> exec(const ExecId& id) override;
  Result<void> exec_resize(const ExecId& id, std::uint16_t rows, std::uint16_t columns) override;

  // engine_archive.cpp
  Result<PathStat> stat_path(const std::string& name, const std::string& path) override;
  Result<PathArchive> read_path(const std::string& name, const std::string& path) override;
  Result<void> write_path(const std::string& name, const std::string& path, ByteSource& tar, const ExtractOptions& options) override;

  // engine_volumes.cpp
  Result<VolumeRecord> create_volume(const VolumeRequest& request) override;
  Result<VolumeRecord> volume(const std::string& name) override;
  Result<std::vector<VolumeRecord>> volumes(const std::vector<std::pair<std::string, std::string>>& filters) override;
  Result<void> remove_volume(const std::string& name, Force force) override;
  Result<VolumesPruned> prune_volumes(const std::vector<std::pair<std::string, std::string>>& filters) override;
  Result<std::vector<VolumeUsage>> volume_usage() override;

  // engine_networks.cpp
  EngineNetworks& networks() override { return *this; }
  Result<NetworkReply> create_network(const NetworkRequest& request) override;
  Result<NetworkView> network(const std::string& name) override;
  Result<std::vector<NetworkView>> networks(const std::vector<std::pair<std::string, std::string>>& filters) override;
  Result<void> remove_network(const std::string& name) override;
  // engine_connect.cpp
  Result<void> connect(const std::string& network, const std::string& container, const Endpoint& asked) override;
  Result<void> disconnect(const std::string& network, const std::string& container, Disconnect how) override;

  std::unique_ptr<Subscription> watch_packets() override;  // engine_packets.cpp

  event::Snapshot trace_snapshot() override;
  void close() override;

 private:
  using Entry = std::shared_ptr<ContainerEntry>;
  using Exec = std::shared_ptr<ExecEntry>;
  friend class ProcessAttachment;
  friend class ListenerSubscription;
  friend class ImageLoad;
  friend class ImagePull;
  friend class ImagePush;
  friend class ContainerFiles;

  // Marks an entry busy for a scope; waits until nobody else works on it. The lock is held at both ends.
  class Working {
   public:
    Working(EngineImpl& engine, Entry entry);
    ~Working();
    Working(const Working&) = delete;
    Working& operator=(const Working&) = delete;

   private:
    EngineImpl& engine_;
    Entry entry_;
  };

  // A layer is made, or found, with the lock given up, and an image comes to need it: until this scope ends no layer and no bytes go. The lock is held at both ends.
  class Making {
   public:
    explicit Making(EngineImpl& engine) : engine_(engine) { ++engine.making_; }
    ~Making();
    Making(const Making&) = delete;
    Making& operator=(const Making&) = delete;

   private:
    EngineImpl& engine_;
  };

  // ProcessObserver
  void output(const ContainerId& container, const ExecId& exec, StdStream stream, Nanos at, std::string_view bytes) override;
  void exited(const ContainerId& container, const ExecId& exec, const ExitStatus& status) override;

  // BuildHost
  Result<ImageRecord> find_image(const std::string& name) override { return image(name); }
  Result<void> pull_base(const std::string& name, const BuildRequest& request, BuildOutput& output, OpId op) override;
  Result<std::vector<ImageRecord>> children_of(const ImageId& parent) override;
  Result<ImageRecord> restore_step(const ImageId& parent, const ImageId& target, const image::RunConfig& config) override;
  Result<CreateReply> create_container(const ImageId& image, const image::RunConfig& config, const HostConfig& host, Purpose purpose, OpId op) override;
  Result<int> run_container(const ContainerId& id, const std::function<void(StdStream, std::string_view)>& output,
                            const std::function<bool()>& cancelled, OpId op) override;
  Result<std::unique_ptr<TreeEditor>> edit_container(const ContainerId& id) override;
  Result<ImageRecord> commit_step(const StepCommit& commit, OpId op) override;
  Result<void> remove_container(const ContainerId& id, OpId op) override;
  void keep_container(const ContainerId& id) override;
  std::unique_ptr<Ongoing> beside(std::function<void()> job) override;
  Result<void> tag_image(const ImageId& id, const std::string& reference, OpId op) override;
  void keep_note(const ImageId& image, const std::string& note) override;
  std::optional<std::string> note_of(const ImageId& image) override;
  ArchiveReader& archives() override { return world_.archives; }
  Hasher& hasher() override { return world_.hasher; }
  Result<RemoteFile> get_remote(const std::string& url, const std::function<bool()>& cancelled) override;

  // --- registries; without the lock.
  Result<void> check_network(const std::string& what) const;
  // `output` hears how long a registry makes us wait; may be null.
  registry::Surroundings surroundings(std::function<bool()> cancelled, TransferOutput* output);
  Result<void> pull_reference(const image::Reference& reference, const PullRequest& request, TransferOutput& output, OpId op);

  // Everything below: called with the lock held.
  static std::vector<event::Attribute> labels_of(const image::RunConfig& config);
  Result<Entry> find(const std::string& name) const;  // "No such container: x"
  Result<Entry> find_running(const std::string& name) const;  // "Container x is not running"
  Result<Exec> find_exec(const ExecId& id) const;
  Result<void> save(const Container& container);
  static MetadataChange container_change(const Container& container);
  Entry insert(Container container);
  Result<Entry> make_container(Container draft, const std::vector<ChainId>& layers, OpId op, Purpose purpose = Purpose::Step);
  enum class StartedBy { Hand, Policy };
  Result<void> start_entry(const Entry& entry, OpId parent, StartedBy by = StartedBy::Hand);
  Result<RunningProcess> launch(const Entry& entry, Operation& op);
  Result<RunningProcess> launch_in(const Entry& entry, const SandboxSpec& sandbox, const ContainerSpec& others, Operation& op, bool& told);
  Result<ContainerSpec> container_spec(const Container& container, const std::string& root, std::vector<std::string> links);
  Result<void> confine(const Container& container, ContainerSpec& spec);  // engine_confine.cpp
  Result<void> resolve_modes(HostConfig& host) const;
  Result<void> join_others(const Container& container, ContainerSpec& spec) const;  // whose namespaces it shares
  // What a process is to be, beside what its container says of all. `links`: variables (link_variables).
  struct Program {
    std::vector<std::string> args;
    std::string user, cwd;
    std::vector<std::string> links, env;
    bool tty = false;
  };
  Result<ProcessSpec> process_spec(const Container& container, const Program& program);
  void handle_exit(const Entry& entry, const ExitStatus& status);
  std::vector<event::Volume> release_run(const Entry& entry);
  Result<void> thaw(const Entry& entry);  // after a signal: what is frozen does not hear it
  Result<void> stop_entry(const Entry& entry, int seconds, int signal);
  Result<void> remove_entry(const Entry& entry, Force force, OpId parent, WithVolumes volumes);

  // --- volumes (engine_volumes.cpp). A volume that a container brings is recorded in the same commit as the container.
  using Changes = std::vector<MetadataChange>;
  Result<void> load_volumes();
  Result<VolumeEntry*> find_volume(const std::string& name);  // "get x: no such volume"
  // Makes it unless it exists; its record is added to `changes`, its name to `made`.
  Result<VolumeEntry*> ensure_volume(const VolumeRequest& request, Changes& changes, std::vector<std::string>& made);
  Result<void> drop_volume(const std::string& name, OpId op);
  std::vector<std::string> volume_users(const std::string& name) const;  // ids of containers, sorted
  VolumeRecord record_of(const VolumeEntry& entry) const;

  // --- mounts of a container (engine_mounts.cpp)
  // What is asked of it, as mount points; volumes are made and filled. On error those it made are gone again.
  Result<void> attach_mounts(Container& container, Changes& changes, std::vector<std::string>& made, OpId op);
  Result<void> choose_mounts(Container& container, Changes& changes, std::vector<std::string>& made);
  Result<void> fill_volume(const Container& container, const MountPoint& point, OpId op);
  Result<void> mount_volumes(const Container& container);  // also makes mount points and host directories
  // Docker tells of volumes after the networks, when a container starts and when it has ended.
  void tell_mounted(const Container& container, OpId op);
  std::vector<event::Volume> unmount_volumes(const Container& container);
  Result<std::vector<ContainerMount>> mounts_of(const Container& container);
  // Its own tree and what is mounted in it. Guarded: for use without the lock.
  enum class Guarded { No, Yes };
  Result<std::unique_ptr<MountedTree>> open_tree(const Container& container, Guarded guarded);
  // --- networks as objects (engine_networks.cpp)
  Result<void> load_networks();
  Result<void> recover_networks();
  Result<const NetworkRecord*> find_network(const std::string& name) const;
  const NetworkRecord* network_named(const std::string& name) const;  // null: none
  Result<NetworkRecord> make_record(const NetworkRequest& request);
  Result<void> drop_network(const std::string& id, OpId op);
  NetworkView view_of(const NetworkRecord& record) const;
  std::vector<std::string> network_users(const NetworkRecord& record) const;  // ids of containers that have it, running or not
  std::vector<BridgeSpec> bridges() const;
  // --- a container in its networks (engine_endpoints.cpp, engine_ports.cpp)
  // At creation: its networks as asked, with Docker's refusals.
  Result<void> settle_networks(Container& container) const;
  // At start: networks are looked up, addresses and ports chosen and kept in the record; the plan for the world.
  Result<SandboxSpec> occupy_networks(const Entry& entry);
  Result<void> occupy(const Container& container, const NetworkRecord& network, Endpoint& endpoint);
  void give_back(Container& container, const Emit& emit);
  const NetworkRecord* gateway_network(const Container& container) const;  // whose gateway its default route takes; null: none
  Result<void> hold_ports(const Entry& entry);
  Result<void> hold_port(const Entry& entry, const std::string& port, const PortBinding& asked, std::vector<PortBinding>& held);
  std::optional<std::string> port_holder(const Publication& port) const;  // the name of who has it
  std::vector<Publication> publications_of(const Container& container) const;
  SandboxSpec sandbox_of(const Container& container) const;
  std::vector<event::NetworkLeft> vacate_networks(Container& container);  // what it leaves
  void tell_joined(const Container& container, OpId op);
  std::vector<std::string> address_lines(const Container& container) const;  // of /etc/hosts
  std::vector<ProvidedFile> name_files(const Container& container) const;
  void publish_names();
  // --- links (engine_links.cpp)
  struct Link {
    std::string container, alias;  // container: an id
  };
  Result<std::vector<Link>> links_of(const Container& container) const;
  Result<Entry> find_linked(const std::string& name) const;  // "web/db"
  void follow_rename(const std::string& from, const std::string& to);  // in the links of others
  Result<void> check_links(const Container& container) const;  // of the default network: those linked run there
  std::vector<std::string> link_variables(const Container& container) const;
  void finish_exec(const Exec& exec, const ExitStatus& status);
  void forget_exec_later(const ExecId& id);
  Exec make_exec(const Entry& entry, const ExecRequest& request);
  Result<void> start_exec(const Exec& exec, const Entry& entry, std::uint16_t rows, std::uint16_t columns);
  void act(const Entry& entry, std::string action, std::vector<event::Attribute> attributes = {}, OpId op = 0);
  // Restarts.
  Result<void> check_runs(const Entry& entry) const;
  Result<void> send_signal(const Entry& entry, int number);
  bool wants_restart(const Entry& entry, const ExitStatus& status);
  void schedule_restart(const Entry& entry);
  void restart_now(const ContainerId& id);
  void settle_restarting(const Entry& entry);
  void start_after_boot();
  // Health.
  void begin_health(const Entry& entry);
  void resume_health(const Entry& entry);
  void end_health(const Entry& entry);
  void plan_probe(const Entry& entry);
  void probe(const ContainerId& id);
  void end_probe(const ContainerId& container, const ExecId& exec, int number);
  void judge(const Entry& entry, HealthResult result);
  std::unique_ptr<Attachment> make_attachment(const ContainerId& container, const ExecId& exec, std::shared_ptr<Listener> listener, bool input);
  void flush_input(const ContainerId& id, const ExecId& exec, ProcessEntry& process);
  Result<ImageId> commit_as_it_is(const CommitRequest& request);
  Result<ImageId> commit_image(const StepCommit& commit, const std::string& comment, const std::string& created_by, OpId op);
  enum class NamedBy { Hand, Archive };
  Result<void> set_tag(const ImageId& id, const std::string& canonical, OpId op, NamedBy by = NamedBy::Hand);
  // What speaks against deleting an image; `references`: being named is a reason too.
  enum class Named { Matters, Ignored };
  struct DeleteConflict {
    Error error;
    bool used = false;  // by a running container
  };
  std::optional<DeleteConflict> delete_conflict(const ImageId& id, Force force, Named named) const;
  // Quiet: a removal by name, or a parent's: a conflict is a reason to stop, not an error, unless only the image itself would be left over.
  enum class Conflicts { Told, Quiet };
  Result<void> delete_image(const ImageId& id, std::vector<Removal>& removed, Force force, Prune prune, Conflicts conflicts, OpId op);
  Result<void> untag(const ImageId& id, const std::string& canonical, std::vector<Removal>& removed, OpId op);
  bool layer_needed(const ChainId& layer) const;  // by an image or a container, or whoever makes one of it
  // What was held (ImageStore::hold) is no more; what nobody else counts on goes, from the top: an image that was removed meanwhile left it.
  void let_go(const std::vector<DiffId>& diff_ids);
  void drop_unneeded(const ChainId& layer);
  void drop_unneeded(const DiffId& bytes);
  Result<std::string> read_container_file(const SnapshotKey& key, std::string_view path);
  std::vector<Entry> users_of(const ImageId& id) const;
  Nanos build_time() const;
  std::string random_id();
  void collect_garbage();
  static void complete(std::vector<std::shared_ptr<Waiter>>& waiters, const std::function<bool(WaitCondition)>& which, const WaitReply& reply);

  size_t making_ = 0;  // scopes of Making; what would have gone meanwhile waits here
  std::vector<ChainId> unneeded_layers_;
  std::vector<DiffId> unneeded_blobs_;
  World world_;
  EngineOptions options_;
  Tracer tracer_;
  ImageStore images_;
  std::map<std::string, Entry> containers_;       // by id
  std::map<std::string, std::string> names_;      // name -> id
  // Those that may have endpoints: whoever got one since it last gave all back. Addresses, ports and names are looked up among these, so that what a
  // start costs does not grow with the containers that are stopped.
  std::map<std::string, Entry> networked_;
  std::map<std::string, Exec> execs_;
  Agenda agenda_;
  // --- packets (engine_packets.cpp)
  class PacketWatch;
  enum class Told { No, Yes };
  void count_packets(Told told);
  using Interfaces = std::map<std::string, Statistics::Interface>;
  std::map<std::string, Interfaces> counted_;  // by container
  int packet_watchers_ = 0;
  Agenda::Ticket next_count_;
  std::map<std::string, VolumeEntry> volumes_;    // by name
  std::set<std::string> volumes_leaving_;         // being removed from the disk
  std::map<std::string, NetworkRecord> networks_;  // by id
  std::map<Protocol, std::uint16_t> next_ports_;   // where the search for a free port goes on
  bool closed_ = false;
  bool recovering_ = false;  // exits seen now are the past's: start_after_boot looks at them
};

}  // namespace strates::engine
