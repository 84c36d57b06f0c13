// docker stats: github.com/docker/cli 20.10, cli/command/container/stats.go, stats_helpers.go and formatter_stats.go.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "base/json_full.hpp"
#include "base/names.hpp"
#include "base/strings.hpp"
#include "cli/commands/all.hpp"
#include "cli/commands/stats_row.hpp"
#include "cli/daemon.hpp"
#include "cli/listing.hpp"

namespace strates::cli {

namespace {

constexpr FlagSpec kFlags[] = {
    bool_flag("all", 'a', "Show all containers (default shows just running)"),
    text_flag("format", 0, "Pretty-print images using a Go template"),
    bool_flag("no-stream", 0, "Disable streaming stats and only pull the first result"),
    bool_flag("no-trunc", 0, "Do not truncate output"),
};

constexpr auto kRedraw = std::chrono::milliseconds(500);
constexpr std::string_view kClear = "\033[2J\033[H";

// One container's stream of readings, followed by a thread of its own.
class Follower {
 public:
  Follower(std::string shown_as, std::unique_ptr<api::ClientStream> stream) : row_(StatsRow::waiting(std::move(shown_as))), stream_(std::move(stream)) {
    thread_ = std::thread([this] { follow(); });
  }
  ~Follower() {
    stream_->cancel();
    thread_.join();
  }
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  StatsRow row() const {
    const std::lock_guard lock(mutex_);
    return row_;
  }
  // `readings` have come, or no more will.
  void wait_for(int readings) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return readings_ >= readings || ended_ || row_.stopped; });
  }
  bool ended() const {
    const std::lock_guard lock(mutex_);
    return ended_;
  }

 private:
  void follow() {
    std::string pending;
    for (;;) {
      auto bytes = stream_->read();
      if (!bytes.ok() || bytes.value().empty()) break;
      pending += bytes.value();
      for (size_t end = pending.find('\n'); end != std::string::npos; end = pending.find('\n')) {
        const auto json = parse_json(pending.substr(0, end));
        pending.erase(0, end + 1);
        if (!json.ok()) continue;
        const std::lock_guard lock(mutex_);
        row_.take(json.value());
        ++readings_;
        changed_.notify_all();
      }
    }
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  StatsRow row_;
  int readings_ = 0;
  bool ended_ = false;
  std::unique_ptr<api::ClientStream> stream_;
  std::thread thread_;
};

class Watcher {
 public:
  explicit Watcher(Invocation& in) : in_(in) {}

  Result<void> add(const std::string& name) {
    api::ClientRequest request;
    request.target = Query().add("stream", "1").on("/containers/" + path_name(name) + "/stats");
    auto response = TRY(daemon(in_.session.client.stream(std::move(request))));
    followers_.emplace_back(name, std::make_unique<Follower>(name, std::move(response.stream)));
    return success();
  }

  // Those that run now, or all: new ones are followed, those that ended are not shown any more.
  Result<void> refresh(bool all) {
    Query query;
    query.add_if(all, "all");
    const Json containers = TRY(daemon(in_.session.client.get(query.on("/containers/json"))));
    std::vector<std::string> ids;
    for (const Json& container : containers) ids.push_back(json_string(container, "Id"));
    std::erase_if(followers_, [&](const auto& one) { return std::find(ids.begin(), ids.end(), one.first) == ids.end(); });
    for (const auto& id : ids) {
      const bool known = std::any_of(followers_.begin(), followers_.end(), [&](const auto& one) { return one.first == id; });
      if (!known) ignore(add(id));  // it may have gone meanwhile
    }
    return success();
  }

  void wait_for(int readings) {
    for (auto& [name, follower] : followers_) follower->wait_for(readings);
  }
  bool nobody() const {
    return std::all_of(followers_.begin(), followers_.end(), [](const auto& one) { return one.second->ended(); });
  }
  std::vector<Json> rows(bool trunc) const {
    std::vector<Json> out;
    for (const auto& [name, follower] : followers_) out.push_back(follower->row().to_json(trunc));
    return out;
  }

 private:
  Invocation& in_;
  std::vector<std::pair<std::string, std::unique_ptr<Follower>>> followers_;
};

const std::vector<Column> kColumns = {{"BlockIO", "BLOCK I/O"}, {"CPUPerc", "CPU %"},       {"Container", "CONTAINER"}, {"ID", "CONTAINER ID"}, {"MemPerc", "MEM %"},
                                      {"MemUsage", "MEM USAGE / LIMIT"}, {"Name", "NAME"}, {"NetIO", "NET I/O"},       {"PIDs", "PIDS"}};

}  // namespace

std::span<const FlagSpec> stats_flags() { return kFlags; }

Result<int> stats_handler(Invocation& in) {
  const ParsedFlags& flags = in.flags;
  const bool all = flags.boolean("all"), trunc = !flags.boolean("no-trunc"), once = flags.boolean("no-stream");
  const bool named = !in.args().empty();
  Listing listing;
  listing.fields = kColumns;
  listing.default_format = "table {{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}";
  listing.go_type = "*container.statsContext";
  Watcher watcher(in);
  for (const std::string& name : in.args()) TRY(watcher.add(name));
  if (!named) TRY(watcher.refresh(all));
  if (once) {
    watcher.wait_for(2);  // rates are between two
    in.session.console.out(TRY(render_listing(listing, flags.text("format"), watcher.rows(trunc))));
    return 0;
  }
  watcher.wait_for(1);
  for (int round = 1;; ++round) {
    in.session.console.out(std::string(kClear) + TRY(render_listing(listing, flags.text("format"), watcher.rows(trunc))));
    if (in.session.console.out_is_gone() || (named && watcher.nobody())) return 0;
    std::this_thread::sleep_for(kRedraw);
    if (!named && round % 2 == 0) TRY(watcher.refresh(all));
  }
}

}  // namespace strates::cli
