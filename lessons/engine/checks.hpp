// What a lesson can check: facts of the engine (asked through the API) and events of the trace. One table; each row documents itself.
//
// A check never looks at words on the screen when a fact can be asked: it holds in both worlds and on a real Docker.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/client.hpp"
#include "base/event.hpp"
#include "lessons/engine/lesson.hpp"

namespace strates::lessons {

// "event FileCopiedUp path=/etc/motd": a type and members that must be equal, as text.
struct EventPattern {
  std::string type;
  std::map<std::string, std::string> fields;
};
Result<EventPattern> parse_event_pattern(std::string_view text);
// `container=NAME` in a pattern is compared with the container's name through `names` (id -> name).
bool matches(const EventPattern& pattern, const Event& event, const std::map<std::string, std::string>& names);

// What a check may look at.
struct CheckContext {
  api::Client& client;
  std::span<const Event> events;  // since the lesson started
  std::map<std::string, std::string> container_names;  // id -> name, of every container the lesson saw
  std::string last_output;        // of the last run block, both streams
  int last_exit = 0;
};

struct CheckResult {
  bool passed = false;
  std::string expected, found;  // in words; `found` says why it failed
};

// A number from 0 to 9999 as it is written in a field; -1: it is not one.
int small_number(std::string_view text);

// Names and fields are known. cause and advice in French.
Result<void> validate_check(const Check& check);
// An Error only when the engine cannot be asked.
Result<CheckResult> run_check(const Check& check, const CheckContext& context);

struct CheckDoc {
  std::string_view name, fields, says;
};
std::span<const CheckDoc> check_docs();

}  // namespace strates::lessons
