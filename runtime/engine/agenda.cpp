#include "engine/agenda.hpp"

namespace strates::engine {

Agenda::Ticket Agenda::plan(Nanos at, std::function<void()> job) {
  const Ticket ticket{at, ++last_};
  jobs_.emplace(std::pair(ticket.at, ticket.number), std::move(job));
  set_alarm();
  return ticket;
}

void Agenda::cancel(Ticket& ticket) {
  const Ticket old = std::exchange(ticket, Ticket{});
  if (old && jobs_.erase({old.at, old.number}) != 0) set_alarm();
}

void Agenda::run_due() {
  // A job that lets the lock go may meet the next ring: the one that runs goes on with what is due.
  if (running_) return;
  running_ = true;
  const Nanos now = clock_.now();
  while (!jobs_.empty() && jobs_.begin()->first.first <= now) {
    const auto job = std::move(jobs_.begin()->second);
    jobs_.erase(jobs_.begin());
    job();
  }
  running_ = false;
  set_alarm();
}

void Agenda::clear() {
  jobs_.clear();
  set_alarm();
}

void Agenda::set_alarm() {
  if (running_) return;
  alarm_.set(jobs_.empty() ? std::nullopt : std::optional<Nanos>(jobs_.begin()->first.first));
}

}  // namespace strates::engine
