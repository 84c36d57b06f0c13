// An engine that does nothing but remember what it was asked and give what a test put into it. Its world is a simulated one: clock, hasher, machine.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "adapters/archive_reader.hpp"
#include "adapters/openssl_hasher.hpp"
#include "base/http.hpp"
#include "base/json.hpp"
#include "engine/engine.hpp"
#include "engine/image_archive.hpp"
#include "engine/layer_report.hpp"
#include "sim/world.hpp"
#include "tests/unit/api/fake_networks.hpp"

namespace strates::api::test {

class FakeEngine final : public engine::Engine {
 public:
  FakeEngine();

  // --- what a test sets
  std::vector<engine::Container> all_containers;
  std::vector<engine::ImageRecord> all_images;
  std::vector<engine::HistoryRow> rows;
  std::vector<engine::Change> changes;
  std::optional<Error> fails;  // the next call that can fail does, once
  engine::ExecInstance one_exec;
  std::function<Result<ImageId>(const engine::BuildRequest&, engine::BuildOutput&)> builds;
  event::Snapshot snapshot;
  engine::LayerReport report;
  std::vector<engine::Removal> removes;  // what removing an image gives; empty: its name and "sha256:1"
  Result<void> archive_end;  // how the bytes of a saved archive end

  // --- what a test looks at
  std::vector<std::string> calls;
  engine::CreateRequest created;
  std::vector<engine::Statistics> readings;  // given one after the other; none left: it does not run
  engine::ContainerFilter filter;
  engine::UpdateRequest updated;
  engine::PruneFilter pruned;
  engine::BuildRequest built;
  engine::CommitRequest committed;
  engine::ExecRequest exec_asked;
  engine::LogQuery log_query;
  engine::AttachOptions attach_options;
  std::shared_ptr<engine::OutputSink> sink;  // of the last attach, logs or exec
  std::function<void(engine::WaitReply)> waiter;
  std::string input;
  bool input_closed = false;
  int subscriptions = 0;  // attachments and subscriptions that live

  engine::PullRequest pulled;
  engine::PushRequest pushed;
  std::string login_server;
  registry::Credentials login_credentials;
  std::function<Result<void>(engine::TransferOutput&)> transfers;  // what a pull or a push does
  std::vector<registry::SearchHit> hits;
  std::function<bool()> asks_gone;  // how a login or a search would hear that its client left

  Result<void> pull(const engine::PullRequest& request, engine::TransferOutput& output) override {
    pulled = request;
    return transfers ? transfers(output) : success();
  }
  Result<void> push(const engine::PushRequest& request, engine::TransferOutput& output) override {
    pushed = request;
    return transfers ? transfers(output) : success();
  }
  Result<engine::LoginReply> login(const std::string& server, const registry::Credentials& credentials, const std::function<bool()>& cancelled) override {
    login_server = server;
    login_credentials = credentials;
    asks_gone = cancelled;
    if (fails) return *std::exchange(fails, std::nullopt);
    return engine::LoginReply{"", "Login Succeeded"};
  }
  Result<std::vector<registry::SearchHit>> search(const std::string&, int, const registry::Credentials&, const std::function<bool()>& cancelled) override {
    asks_gone = cancelled;
    if (fails) return *std::exchange(fails, std::nullopt);
    return hits;
  }

  engine::Tracer& tracer() override { return tracer_; }
  const engine::World& world() const override { return world_; }
  registry::RegistryOptions& registries() { return options_.registries; }
  void reach(engine::RemoteFiles& files) { world_.remote = &files; }
  const engine::EngineOptions& options() const override { return options_; }
  Result<std::vector<engine::ImageRecord>> images(bool all) override;
  Result<engine::ImageRecord> image(const std::string& name) override;
  Result<std::vector<engine::HistoryRow>> history(const std::string& name) override;
  Result<void> tag(const std::string& name, const std::string& repo, const std::string& tag) override;
  Result<std::vector<engine::Removal>> remove_image(const std::string& name, engine::Force force, engine::Prune prune) override;
  Result<ImageId> import_image(ByteSource& tar, const std::string& repo, const std::string& tag, const std::string& message, const std::vector<std::string>& changed) override;
  Result<std::unique_ptr<engine::ImageArchive>> save_images(const std::vector<std::string>& names) override;
  Result<void> load_images(Spool& archive, const std::function<void(std::string_view line)>& say, const engine::LayerProgress& progress) override;
  Result<engine::LayerReport> layer_report(const std::string& name) override;
  Result<ImageId> commit(const engine::CommitRequest& request) override;
  Result<ImageId> build(const engine::BuildRequest& request, engine::BuildOutput& output) override;
  Result<engine::CreateReply> create(const engine::CreateRequest& request) override;
  Result<void> start(const std::string& name) override { return act("start " + name); }
  Result<void> stop(const std::string& name, std::optional<int> seconds, const std::string& signal) override;
  Result<void> restart(const std::string& name, std::optional<int> seconds) override;
  Result<void> kill(const std::string& name, const std::string& signal) override { return act("kill " + name + " " + signal); }
  Result<void> remove(const std::string& name, engine::Force force, engine::WithVolumes volumes) override {
    return act("remove " + name + (force == engine::Force::Yes ? " force" : "") + (volumes == engine::WithVolumes::Yes ? " volumes" : ""));
  }
  // --- copies and volumes
  engine::PathStat path_stat;
  std::string written;  // what write_path read
  engine::ExtractOptions extract_options;
  engine::VolumeRequest volume_asked;
  std::vector<engine::VolumeRecord> all_volumes;
  std::vector<std::pair<std::string, std::string>> volume_filters;
  Result<engine::PathStat> stat_path(const std::string& name, const std::string& path) override;
  Result<engine::PathArchive> read_path(const std::string& name, const std::string& path) override;
  Result<void> write_path(const std::string& name, const std::string& path, ByteSource& tar, const engine::ExtractOptions& options) override;
  Result<engine::VolumeRecord> create_volume(const engine::VolumeRequest& request) override;
  Result<engine::VolumeRecord> volume(const std::string& name) override;
  Result<std::vector<engine::VolumeRecord>> volumes(const std::vector<std::pair<std::string, std::string>>& filters) override;
  Result<void> remove_volume(const std::string& name, engine::Force force) override { return act("remove_volume " + name + (force == engine::Force::Yes ? " force" : "")); }
  Result<engine::VolumesPruned> prune_volumes(const std::vector<std::pair<std::string, std::string>>& filters) override;
  Result<std::vector<engine::VolumeUsage>> volume_usage() override;
  Result<void> rename(const std::string& name, const std::string& new_name) override { return act("rename " + name + " " + new_name); }
  Result<void> unlink(const std::string& name) override { return act("unlink " + name); }
  std::vector<engine::LinkName> link_names() override { return links; }
  std::vector<engine::LinkName> links;
  Result<std::vector<std::string>> update(const std::string& name, const engine::UpdateRequest& request) override;
  Result<engine::PruneReply> prune_containers(const engine::PruneFilter& wanted) override;
  Result<engine::Container> container(const std::string& name) override;
  Result<std::vector<engine::Container>> containers(const engine::ContainerFilter& wanted) override;
  Result<std::vector<engine::Change>> diff(const std::string& name) override;
  Result<std::uint64_t> usage(const std::string&) override { return std::uint64_t{12}; }
  Result<std::unique_ptr<image::LayerReader>> export_tree(const std::string& name) override;
  Result<engine::MountedSnapshot> mount_paths(const std::string& name) override;
  std::string log_path(const ContainerId& id) override { return "/logs/" + id.str(); }
  Result<engine::ProcessTable> top(const std::string& name, const std::vector<std::string>& ps_options) override;
  Result<void> pause(const std::string& name) override { return act("pause " + name); }
  Result<void> unpause(const std::string& name) override { return act("unpause " + name); }
  Result<engine::Statistics> statistics(const std::string& name) override;
  Result<void> resize(const std::string& name, std::uint16_t height, std::uint16_t width) override { return act("resize " + name + " " + std::to_string(height) + "x" + std::to_string(width)); }
  Result<std::unique_ptr<engine::Attachment>> attach(const std::string& name, const engine::AttachOptions& options, std::shared_ptr<engine::OutputSink> to) override;
  Result<std::unique_ptr<engine::Subscription>> logs(const std::string& name, const engine::LogQuery& query, std::shared_ptr<engine::OutputSink> to) override;
  Result<std::unique_ptr<engine::Subscription>> wait(const std::string& name, engine::WaitCondition condition, std::function<void(engine::WaitReply)> done) override;
  Result<ExecId> exec_create(const std::string& name, const engine::ExecRequest& request) override;
  Result<std::unique_ptr<engine::Attachment>> exec_start(const ExecId& id, std::shared_ptr<engine::OutputSink> to, std::uint16_t height, std::uint16_t width) override;
  Result<engine::ExecInstance> exec(const ExecId& id) override;
  Result<void> exec_resize(const ExecId& id, std::uint16_t height, std::uint16_t width) override { return act("exec_resize " + id.str() + " " + std::to_string(height) + "x" + std::to_string(width)); }
  event::Snapshot trace_snapshot() override { return snapshot; }
  testing::FakeNetworks nets;
  engine::EngineNetworks& networks() override { return nets; }
  void close() override {}

 private:
  Result<void> act(std::string call);

  adapters::OpensslHasher hasher_;
  adapters::LibarchiveReader archives_;
  sim::SimWorld sim_;
  engine::World world_;
  engine::EngineOptions options_;
  engine::Tracer tracer_;
};

// A running container and its image with the values of Docker's recorded answers.
engine::Container gold_container();
engine::ImageRecord gold_image();

// One request to the API over `engine`, without a body unless given.
struct Answer {
  int status = 0;
  HttpHeaders headers;
  std::string body;
  std::string header(std::string_view name) const { return http_header(headers, name).value_or(""); }
};
Answer ask(engine::Engine& engine, std::string method, std::string target, std::string body = {});

}  // namespace strates::api::test
