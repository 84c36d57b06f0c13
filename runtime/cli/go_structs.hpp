// The Go structures that Docker's answers are made of, as fmt prints them: "{running true false}" where a map is "map[a:b]". JSON no longer tells one from the
// other, nor what an absent field was. Only those that people print whole are here (Docker Engine 20.10, api/types).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace strates::cli::tmpl {

struct GoField {
  std::string_view name;
  std::string_view empty;  // how it is printed when JSON leaves it out or says null
  enum class Shown { Plain, Duration, Time } shown = Shown::Plain;  // Duration: JSON has nanoseconds, Time: RFC 3339; both print themselves
};

// The fields in the order of their declaration; empty when the object is a map. A structure is known by members that JSON never leaves out.
std::span<const GoField> go_struct(const Json& object);

// The field of that name when the object is a structure that has one.
const GoField* go_field(const Json& object, std::string_view name);

// A member as Go prints it alone: "1m30s", "2026-11-26 17:06:35.28 +0000 UTC". Null: it is printed like any other value.
std::optional<std::string> go_scalar(const GoField& field, const Json& value);

}  // namespace strates::cli::tmpl
