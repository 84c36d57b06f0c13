// Events as JSON lines and as sentences. Shapes: {"seq":1,"at":"...","op":2,"parent":1,"type":"FileCopiedUp","path":"/etc/motd",...}.
#pragma once

#include "base/event.hpp"
#include "base/json.hpp"

namespace strates::api {

Json event_to_json(const Event& event);
// code event.unknown for a type this version does not know: readers skip it and say so.
Result<Event> event_from_json(const Json& json);
// "FileCopiedUp"
std::string_view event_type(const Payload& what);
// One line in the process's language, for `strates trace` and lessons.
std::string event_text(const Event& event);

}  // namespace strates::api
