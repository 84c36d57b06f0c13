// Packets per interface in the trace, while somebody asks for them: `strates trace --packets`, and who draws networks.
#include "engine/engine_impl.hpp"

namespace strates::engine {

namespace {

constexpr Nanos kBetweenCounts = 500 * kMillisecond;

event::PacketsPassed since(const Statistics::Interface& now, const Statistics::Interface& before) {
  event::PacketsPassed fact;
  fact.interface = now.name;
  fact.received = static_cast<std::uint64_t>(now.rx_packets - before.rx_packets);
  fact.received_bytes = static_cast<std::uint64_t>(now.rx_bytes - before.rx_bytes);
  fact.sent = static_cast<std::uint64_t>(now.tx_packets - before.tx_packets);
  fact.sent_bytes = static_cast<std::uint64_t>(now.tx_bytes - before.tx_bytes);
  return fact;
}

// Counters of a new interface of an old name begin again.
bool began_again(const Statistics::Interface& now, const Statistics::Interface& before) {
  return now.rx_packets < before.rx_packets || now.tx_packets < before.tx_packets || now.rx_bytes < before.rx_bytes || now.tx_bytes < before.tx_bytes;
}

}  // namespace

class EngineImpl::PacketWatch final : public Subscription {
 public:
  explicit PacketWatch(EngineImpl& engine) : engine_(engine) {}
  ~PacketWatch() override {
    const Locked lock(engine_.world_.monitor);
    if (--engine_.packet_watchers_ > 0) return;
    engine_.agenda_.cancel(engine_.next_count_);
    engine_.counted_.clear();
  }

 private:
  EngineImpl& engine_;
};

std::unique_ptr<Subscription> EngineImpl::watch_packets() {
  const Locked lock(world_.monitor);
  auto watch = std::make_unique<PacketWatch>(*this);
  if (packet_watchers_++ == 0) count_packets(Told::No);  // what passed before somebody asked is not told
  return watch;
}

void EngineImpl::count_packets(Told told) {
  next_count_ = {};
  std::map<std::string, Interfaces> counted;
  for (const auto& [id, entry] : std::map(networked_)) {
    if (!entry->data.state.running() || entry->data.removing) continue;
    Result<Statistics> read = Statistics{};
    {
      const Calling call(world_.monitor);
      read = world_.processes.statistics(entry->data.id);
    }
    if (!read.ok()) continue;  // it ended meanwhile
    const auto known = counted_.find(id);
    for (const auto& now : read.value().interfaces) {
      if (now.name == "lo") continue;
      Statistics::Interface before;
      if (known != counted_.end())
        if (const auto old = known->second.find(now.name); old != known->second.end() && !began_again(now, old->second)) before = old->second;
      counted[id][now.name] = now;
      event::PacketsPassed fact = since(now, before);
      fact.container = entry->data.id;
      if (told == Told::Yes && (fact.received != 0 || fact.sent != 0)) tracer_.emit(entry->run_op, event::Network(std::move(fact)));
    }
  }
  // Nobody asks any more; or whoever came meanwhile has begun a count of his own.
  if (packet_watchers_ == 0 || closed_ || next_count_) return;
  counted_ = std::move(counted);
  next_count_ = agenda_.plan(world_.clock.now() + kBetweenCounts, [this] { count_packets(Told::Yes); });
}

}  // namespace strates::engine
