// What is done to a container that runs: pause, unpause, stats, top.
#include "api/answers.hpp"
#include "api/handlers.hpp"
#include "api/stats_json.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "engine/lock.hpp"

namespace strates::api {

namespace {

constexpr Nanos kInterval = kSecond;

// None: it does not run, which Docker shows as zeros.
Result<std::optional<engine::Statistics>> reading(engine::Engine& engine, const std::string& id) {
  auto read = engine.statistics(id);
  if (read.ok()) return std::optional<engine::Statistics>(std::move(read).value());
  if (read.error().kind == ErrorKind::Conflict) return std::optional<engine::Statistics>();
  return std::move(read).error();
}

// On the connection's thread, as only the world knows how to wait. False: the client went away.
bool wait_a_little(engine::Engine& engine, HttpChannel* channel) {
  auto& world = engine.world();
  const engine::Locked lock(world.monitor);
  world.monitor.wait([] { return false; }, world.clock.now() + kInterval);
  return channel == nullptr || !channel->gone();
}

void send_statistics(engine::Engine& engine, const engine::Container& container, HttpChannel& channel) {
  std::optional<engine::Statistics> before;
  for (;;) {
    auto now = reading(engine, container.id.str());
    if (!now.ok()) break;  // removed
    const Json line = statistics_json(container, now.value(), before, engine.world().machine.cgroup_version);
    if (!channel.send(dump_json_go(line) + "\n")) break;
    before = std::move(now).value();
    if (!wait_a_little(engine, &channel)) break;
  }
  channel.end();
}

}  // namespace

Result<HttpResponse> container_stats(const Call& call) {
  const auto container = TRY(call.engine.container(call.name));
  const bool stream = call.request.query_value("stream").empty() || call.request.query_bool("stream");
  const bool one_shot = call.request.query_bool("one-shot");
  if (stream && one_shot) return bad_parameter("cannot have stream=true and one-shot=true");
  if (stream) {
    HttpStreamBody body;
    body.start = [&engine = call.engine, container](std::shared_ptr<HttpChannel> channel) { send_statistics(engine, container, *channel); };
    return HttpResponse{200, {{"Content-Type", "application/json"}}, std::move(body)};
  }
  auto now = TRY(reading(call.engine, container.id.str()));
  std::optional<engine::Statistics> before;
  if (!one_shot && now) {
    before = std::move(now);
    wait_a_little(call.engine, nullptr);
    now = TRY(reading(call.engine, container.id.str()));
  }
  return json_answer(200, statistics_json(container, now, before, call.engine.world().machine.cgroup_version));
}

Result<HttpResponse> pause_container(const Call& call) {
  TRY(call.engine.pause(call.name));
  return empty_answer(204);
}

Result<HttpResponse> unpause_container(const Call& call) {
  TRY(call.engine.unpause(call.name));
  return empty_answer(204);
}

Result<HttpResponse> list_processes(const Call& call) {
  std::vector<std::string> options;
  for (auto& word : split(call.request.query_value("ps_args"), ' '))
    if (!word.empty()) options.push_back(std::move(word));
  const auto table = TRY(call.engine.top(call.name, options));
  Json rows = Json::array();
  for (const auto& row : table.rows) rows.push_back(row);
  return json_answer(200, {{"Processes", rows}, {"Titles", table.titles}});
}

}  // namespace strates::api
