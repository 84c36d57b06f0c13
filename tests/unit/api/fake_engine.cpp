#include "fake_engine.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "api/client.hpp"
#include "api/server.hpp"

namespace strates::api::test {

namespace {

constexpr std::string_view kContainer = "01aa8c1f533d8030c537e14ef49bab79ab21329a7a399baf6a55327c21b0e265";
constexpr std::string_view kImage = "sha256:70fa9cfe2e04dccccfba9fea5539e8857fda9b195a4071feb28a9f693fb3de03";

class FakeAttachment final : public engine::Attachment {
 public:
  explicit FakeAttachment(FakeEngine& engine) : engine_(engine) { ++engine_.subscriptions; }
  ~FakeAttachment() override { --engine_.subscriptions; }
  Result<void> write(std::string_view bytes) override {
    engine_.input += bytes;
    return {};
  }
  void close_stdin() override { engine_.input_closed = true; }

 private:
  FakeEngine& engine_;
};

class FakeSubscription final : public engine::Subscription {
 public:
  explicit FakeSubscription(FakeEngine& engine) : engine_(engine) { ++engine_.subscriptions; }
  ~FakeSubscription() override { --engine_.subscriptions; }

 private:
  FakeEngine& engine_;
};

class OneFile final : public image::LayerReader {
 public:
  Result<std::optional<image::LayerEntry>> next() override {
    if (std::exchange(told_, true)) return std::optional<image::LayerEntry>();
    image::LayerEntry entry{"motd", {}};
    entry.meta.size = 5;
    return std::optional<image::LayerEntry>(entry);
  }
  Result<ByteSource*> content() override { return static_cast<ByteSource*>(&source_); }

 private:
  bool told_ = false;
  StringSource source_{"hello"};
};

}  // namespace

FakeEngine::FakeEngine() : sim_({}, hasher_, archives_), world_(sim_.world()), options_{std::nullopt, "9.9"}, tracer_(world_.clock) {}

Result<void> FakeEngine::act(std::string call) {
  calls.push_back(std::move(call));
  if (!fails) return {};
  Error error = *std::move(fails);
  fails.reset();
  return error;
}

Result<std::vector<engine::ImageRecord>> FakeEngine::images(bool all) {
  TRY(act(std::string("images ") + (all ? "all" : "top")));
  return all_images;
}

Result<engine::ImageRecord> FakeEngine::image(const std::string& name) {
  for (const auto& image : all_images) {
    const auto tags = image.repo_tags();
    if (image.id.str() == name || std::find(tags.begin(), tags.end(), name) != tags.end() || std::find(tags.begin(), tags.end(), name + ":latest") != tags.end()) return image;
  }
  return docker_error(ErrorKind::NotFound, "image.not-found", "No such image: " + name + ":latest");
}

Result<std::vector<engine::HistoryRow>> FakeEngine::history(const std::string& name) {
  TRY(act("history " + name));
  return rows;
}

Result<void> FakeEngine::tag(const std::string& name, const std::string& repo, const std::string& tag) { return act("tag " + name + " " + repo + " " + tag); }

Result<std::vector<engine::Removal>> FakeEngine::remove_image(const std::string& name, engine::Force force, engine::Prune prune) {
  TRY(act("remove_image " + name + (force == engine::Force::Yes ? " force" : "") + (prune == engine::Prune::No ? " noprune" : "")));
  if (!removes.empty()) return removes;
  return std::vector<engine::Removal>{{engine::Removal::What::Untagged, name}, {engine::Removal::What::Deleted, "sha256:1"}};
}

Result<ImageId> FakeEngine::import_image(ByteSource& tar, const std::string& repo, const std::string& tag, const std::string& message, const std::vector<std::string>& changed) {
  std::string text = "import " + TRY(read_all(tar, 1000)) + " " + repo + " " + tag + " " + message;
  for (const auto& change : changed) text += " [" + change + "]";
  TRY(act(text));
  return ImageId(std::string(kImage));
}

namespace {

class FakeArchive final : public engine::ImageArchive {
 public:
  explicit FakeArchive(Result<void> end) : end_(std::move(end)) {}
  Result<void> write(ByteSink& to) override {
    TRY(to.write("TAR"));
    return end_;
  }

 private:
  Result<void> end_;
};

}  // namespace

Result<std::unique_ptr<engine::ImageArchive>> FakeEngine::save_images(const std::vector<std::string>& names) {
  std::string call = "save";
  for (const auto& name : names) call += " " + name;
  TRY(act(call));
  return std::unique_ptr<engine::ImageArchive>(std::make_unique<FakeArchive>(archive_end));
}

Result<void> FakeEngine::load_images(Spool& archive, const std::function<void(std::string_view line)>& say, const engine::LayerProgress& progress) {
  TRY(act("load " + std::to_string(archive.size())));
  if (progress) progress(DiffId("sha256:" + std::string(64, 'a')), 32768, 65536);
  say("Loaded image: a:1\nLoaded image: <b>:2\n");
  return {};
}

Result<engine::LayerReport> FakeEngine::layer_report(const std::string& name) {
  TRY(act("layers " + name));
  return report;
}

Result<ImageId> FakeEngine::commit(const engine::CommitRequest& request) {
  committed = request;
  TRY(act("commit"));
  return ImageId(std::string(kImage));
}

Result<ImageId> FakeEngine::build(const engine::BuildRequest& request, engine::BuildOutput& output) {
  built = request;
  TRY(act("build"));
  return builds(request, output);
}

Result<engine::CreateReply> FakeEngine::create(const engine::CreateRequest& request) {
  created = request;
  TRY(act("create " + request.name));
  return engine::CreateReply{ContainerId(std::string(kContainer)), {}};
}

Result<void> FakeEngine::stop(const std::string& name, std::optional<int> seconds, const std::string& signal) {
  return act("stop " + name + " " + (seconds ? std::to_string(*seconds) : "-") + " " + signal);
}

Result<void> FakeEngine::restart(const std::string& name, std::optional<int> seconds) { return act("restart " + name + " " + (seconds ? std::to_string(*seconds) : "-")); }

Result<engine::Container> FakeEngine::container(const std::string& name) {
  for (const auto& container : all_containers)
    if (container.name == name || container.id.str() == name) return container;
  return docker_error(ErrorKind::NotFound, "container.not-found", "No such container: " + name);
}

Result<std::vector<engine::Container>> FakeEngine::containers(const engine::ContainerFilter& wanted) {
  filter = wanted;
  return all_containers;
}

Result<std::vector<engine::Change>> FakeEngine::diff(const std::string& name) {
  TRY(act("diff " + name));
  return changes;
}

Result<std::unique_ptr<image::LayerReader>> FakeEngine::export_tree(const std::string& name) {
  TRY(act("export " + name));
  return std::unique_ptr<image::LayerReader>(std::make_unique<OneFile>());
}

Result<engine::PathStat> FakeEngine::stat_path(const std::string& name, const std::string& path) {
  TRY(act("stat " + name + " " + path));
  return path_stat;
}

Result<engine::PathArchive> FakeEngine::read_path(const std::string& name, const std::string& path) {
  TRY(act("read " + name + " " + path));
  return engine::PathArchive{path_stat, std::make_unique<OneFile>()};
}

Result<void> FakeEngine::write_path(const std::string& name, const std::string& path, ByteSource& tar, const engine::ExtractOptions& options) {
  TRY(act("write " + name + " " + path));
  written = TRY(read_all(tar, 1 << 20));
  extract_options = options;
  return {};
}

Result<engine::VolumeRecord> FakeEngine::create_volume(const engine::VolumeRequest& request) {
  TRY(act("create_volume " + request.name));
  volume_asked = request;
  return engine::VolumeRecord{request.name, "/v/" + request.name + "/_data", kSecond, request.labels, request.options};
}

Result<engine::VolumeRecord> FakeEngine::volume(const std::string& name) {
  TRY(act("volume " + name));
  for (const auto& one : all_volumes)
    if (one.name == name) return one;
  return docker_error(ErrorKind::NotFound, "volume.not-found", "get " + name + ": no such volume");
}

Result<std::vector<engine::VolumeRecord>> FakeEngine::volumes(const std::vector<std::pair<std::string, std::string>>& filters) {
  volume_filters = filters;
  return all_volumes;
}

Result<engine::VolumesPruned> FakeEngine::prune_volumes(const std::vector<std::pair<std::string, std::string>>& filters) {
  volume_filters = filters;
  TRY(act("prune_volumes"));
  return engine::VolumesPruned{{"old"}, 12};
}

Result<std::vector<engine::VolumeUsage>> FakeEngine::volume_usage() {
  std::vector<engine::VolumeUsage> out;
  for (const auto& one : all_volumes) out.push_back({one, 7, 2});
  return out;
}

Result<engine::MountedSnapshot> FakeEngine::mount_paths(const std::string&) { return engine::MountedSnapshot{{"/o/init/diff", "/o/1/diff"}, "/o/2/diff", "/o/2/work", "/o/2/merged"}; }

Result<engine::ProcessTable> FakeEngine::top(const std::string& name, const std::vector<std::string>& ps_options) {
  std::string call = "top " + name;
  for (const auto& option : ps_options) call += " " + option;
  TRY(act(call));
  return engine::ProcessTable{{"UID", "PID", "CMD"}, {{"root", "42", "sleep 300"}}};
}

Result<engine::Statistics> FakeEngine::statistics(const std::string& name) {
  TRY(act("statistics " + name));
  if (readings.empty()) return docker_error(ErrorKind::Conflict, "container.not-running", "Container " + name + " is not running");
  engine::Statistics one = readings.front();
  readings.erase(readings.begin());
  return one;
}

Result<std::unique_ptr<engine::Attachment>> FakeEngine::attach(const std::string& name, const engine::AttachOptions& options, std::shared_ptr<engine::OutputSink> to) {
  attach_options = options;
  sink = std::move(to);
  TRY(act("attach " + name));
  return std::unique_ptr<engine::Attachment>(std::make_unique<FakeAttachment>(*this));
}

Result<std::unique_ptr<engine::Subscription>> FakeEngine::logs(const std::string& name, const engine::LogQuery& query, std::shared_ptr<engine::OutputSink> to) {
  log_query = query;
  sink = std::move(to);
  TRY(act("logs " + name));
  return std::unique_ptr<engine::Subscription>(std::make_unique<FakeSubscription>(*this));
}

Result<std::unique_ptr<engine::Subscription>> FakeEngine::wait(const std::string& name, engine::WaitCondition condition, std::function<void(engine::WaitReply)> done) {
  waiter = std::move(done);
  TRY(act("wait " + name + " " + std::to_string(static_cast<int>(condition))));
  return std::unique_ptr<engine::Subscription>(std::make_unique<FakeSubscription>(*this));
}

Result<ExecId> FakeEngine::exec_create(const std::string& name, const engine::ExecRequest& request) {
  exec_asked = request;
  TRY(act("exec_create " + name));
  return ExecId("e1");
}

Result<std::unique_ptr<engine::Attachment>> FakeEngine::exec_start(const ExecId& id, std::shared_ptr<engine::OutputSink> to, std::uint16_t height, std::uint16_t width) {
  sink = std::move(to);
  TRY(act("exec_start " + id.str() + " " + std::to_string(height) + "x" + std::to_string(width) + (sink ? "" : " detached")));
  return std::unique_ptr<engine::Attachment>(std::make_unique<FakeAttachment>(*this));
}

Result<engine::ExecInstance> FakeEngine::exec(const ExecId& id) {
  if (id.str() != one_exec.id.str()) return docker_error(ErrorKind::NotFound, "exec.not-found", "No such exec instance: " + id.str());
  return one_exec;
}

engine::Container gold_container() {
  engine::Container container;
  container.id = ContainerId(std::string(kContainer));
  container.name = "gold";
  container.created = parse_rfc3339("2026-11-23T16:34:14.127365367Z").value();
  container.path = "sleep";
  container.args = {"300"};
  container.image = ImageId(std::string(kImage));
  container.image_name = "busybox";
  container.host.network_mode = "none";
  container.networks["none"].network_id = "c4efc31be7f5";
  container.host.restart.when = engine::RestartWhen::No;
  container.config.hostname = "01aa8c1f533d";
  container.config.env = image::StringList{"A=1", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
  container.config.cmd = image::StringList{"sleep", "300"};
  container.config.image = "busybox";
  container.config.labels = std::map<std::string, std::string>{};
  container.state.status = engine::Status::Running;
  container.state.pid = 23422;
  container.state.started_at = parse_rfc3339("2026-11-23T16:34:14.364839188Z").value();
  return container;
}

Result<std::vector<std::string>> FakeEngine::update(const std::string& name, const engine::UpdateRequest& request) {
  updated = request;
  TRY(act("update " + name));
  return std::vector<std::string>{};
}

Result<engine::PruneReply> FakeEngine::prune_containers(const engine::PruneFilter& wanted) {
  pruned = wanted;
  TRY(act("prune"));
  return engine::PruneReply{{"c0ffee"}, 12};
}

engine::ImageRecord gold_image() {
  engine::ImageRecord image;
  image.id = ImageId(std::string(kImage));
  image.references = {"docker.io/library/busybox:latest"};
  image.layer_bytes = {1985628};
  image.bytes = 1985628;
  image.created = parse_rfc3339("2026-11-23T16:33:43.630676938Z").value();
  image.last_tagged = parse_rfc3339("2026-11-23T16:33:43.631761439Z").value();
  image.config.created = "2026-11-23T16:33:43.630676938Z";
  image.config.comment = "Imported from -";
  image.config.docker_version = "20.10.24";
  image.config.config.env = image::StringList{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
  image.config.config.cmd = image::StringList{"sh"};
  image.config.diff_ids = {DiffId("sha256:8802d371f17ae04f17da0d0a4d3a649b09045ab0dcb37ab19eca2938309e66d0")};
  return image;
}

Answer ask(engine::Engine& engine, std::string method, std::string target, std::string body) {
  const auto transport = in_process_transport(make_handler(engine), nullptr);
  ClientRequest request;
  request.method = std::move(method);
  request.target = std::move(target);
  if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
  request.body = std::move(body);
  auto sent = transport->send(request);
  REQUIRE(sent.ok());
  Answer answer{sent.value().status, sent.value().headers, {}};
  for (;;) {
    const auto bytes = sent.value().stream->read();
    REQUIRE(bytes.ok());
    if (bytes.value().empty()) return answer;
    answer.body += bytes.value();
  }
}

}  // namespace strates::api::test
