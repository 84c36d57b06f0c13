#include "engine/agenda.hpp"

#include <doctest/doctest.h>

#include "sim/sim_alarm.hpp"

using namespace strates;
using namespace strates::engine;

namespace {

struct Desk {
  Desk() {
    alarm.set_handler([this] { agenda.run_due(); });
  }
  sim::SimClock clock{1000 * kSecond};
  sim::SimAlarm alarm{clock};
  Agenda agenda{alarm, clock};
  std::vector<int> done;
  std::function<void()> job(int number) {
    return [this, number] { done.push_back(number); };
  }
  Nanos at(int seconds) { return (1000 + seconds) * kSecond; }
  void until(int seconds) {
    clock.advance_to(at(seconds));
    while (alarm.ring_if_due()) {
    }
  }
};

}  // namespace

TEST_CASE("jobs run at their time, and at one time in the order in which they were planned") {
  Desk desk;
  desk.agenda.plan(desk.at(3), desk.job(3));
  desk.agenda.plan(desk.at(1), desk.job(1));
  desk.agenda.plan(desk.at(1), desk.job(2));
  CHECK(desk.alarm.at() == desk.at(1));
  desk.until(0);
  CHECK(desk.done.empty());
  desk.until(2);
  CHECK(desk.done == std::vector<int>{1, 2});
  CHECK(desk.alarm.at() == desk.at(3));
  desk.until(3);
  CHECK(desk.done == std::vector<int>{1, 2, 3});
  CHECK_FALSE(desk.alarm.at().has_value());
}

TEST_CASE("a job that was cancelled does not run, and a job may plan and cancel others") {
  Desk desk;
  auto ticket = desk.agenda.plan(desk.at(2), desk.job(9));
  desk.agenda.plan(desk.at(1), [&] {
    desk.done.push_back(1);
    desk.agenda.cancel(ticket);
    desk.agenda.plan(desk.at(1), desk.job(2));
    desk.agenda.plan(desk.at(4), desk.job(4));
  });
  desk.until(3);
  CHECK(desk.done == std::vector<int>{1, 2});
  CHECK_FALSE(static_cast<bool>(ticket));
  desk.agenda.cancel(ticket);  // again: nothing
  desk.until(5);
  CHECK(desk.done == std::vector<int>{1, 2, 4});
}
