// Events as JSON. Each event's fields are named once, in base/event_shape.hpp: writing and reading both follow them.
#include "api/event_codec.hpp"

#include <array>
#include <optional>

#include "base/event_shape.hpp"
#include "base/json_full.hpp"

namespace strates::api {

namespace {

using event::Shape;

// --- writing

Json to_json(const std::string& value) { return value; }
Json to_json(bool value) { return value; }
Json to_json(int value) { return value; }
Json to_json(std::int64_t value) { return value; }
Json to_json(std::uint64_t value) { return value; }
template <typename Tag>
Json to_json(const Named<Tag>& value) { return value.str(); }
template <typename T>
Json to_json(const std::vector<T>& values);
Json to_json(const event::MissReason& reason);

template <typename T>
  requires requires { Shape<T>::kName; }
Json to_json(const T& value) {
  Json out = Json::object();
  Shape<T>::fields(value, [&](const char* name, const auto& member) { out[name] = to_json(member); });
  return out;
}

template <typename T>
Json to_json(const std::vector<T>& values) {
  Json out = Json::array();
  for (const auto& value : values) out.push_back(to_json(value));
  return out;
}

Json to_json(const event::MissReason& reason) {
  return std::visit([](const auto& value) {
    Json out = {{"type", Shape<std::decay_t<decltype(value)>>::kName}};
    out.update(to_json(value));
    return out;
  }, reason);
}

// --- reading: absent or of another type keeps the default

void from_json(const Json& json, std::string& value) { if (json.is_string()) value = json.get<std::string>(); }
void from_json(const Json& json, bool& value) { if (json.is_boolean()) value = json.get<bool>(); }
void from_json(const Json& json, int& value) { if (json.is_number_integer()) value = json.get<int>(); }
void from_json(const Json& json, std::int64_t& value) { if (json.is_number_integer()) value = json.get<std::int64_t>(); }
void from_json(const Json& json, std::uint64_t& value) { if (json.is_number_unsigned()) value = json.get<std::uint64_t>(); }
template <typename Tag>
void from_json(const Json& json, Named<Tag>& value) { if (json.is_string()) value = Named<Tag>(json.get<std::string>()); }
template <typename T>
void from_json(const Json& json, std::vector<T>& values);
void from_json(const Json& json, event::MissReason& reason);

template <typename T>
  requires requires { Shape<T>::kName; }
void from_json(const Json& json, T& value) {
  Shape<T>::fields(value, [&](const char* name, auto& member) { from_json(json_member(json, name), member); });
}

template <typename T>
void from_json(const Json& json, std::vector<T>& values) {
  if (!json.is_array()) return;
  for (const auto& item : json) from_json(item, values.emplace_back());
}

// The alternative of OneOf whose name is `type`, read from `json`; false when there is none.
template <typename OneOf, size_t kIndex = 0>
bool read_alternative(std::string_view type, const Json& json, OneOf& out) {
  if constexpr (kIndex == std::variant_size_v<typename OneOf::Variant>) {
    return false;
  } else {
    using Alternative = std::variant_alternative_t<kIndex, typename OneOf::Variant>;
    if (type != Shape<Alternative>::kName) return read_alternative<OneOf, kIndex + 1>(type, json, out);
    Alternative value;
    from_json(json, value);
    out = std::move(value);
    return true;
  }
}

template <size_t kIndex = 0>
bool read_family(std::string_view type, const Json& json, Payload& out) {
  if constexpr (kIndex == std::variant_size_v<Payload::Variant>) {
    return false;
  } else {
    std::variant_alternative_t<kIndex, Payload::Variant> family;
    if (!read_alternative(type, json, family)) return read_family<kIndex + 1>(type, json, out);
    out = std::move(family);
    return true;
  }
}

void from_json(const Json& json, event::MissReason& reason) { read_alternative(json_string(json, "type"), json, reason); }

}  // namespace

std::string_view event_type(const Payload& what) {
  return std::visit([](const auto& family) {
    return std::visit([](const auto& fact) { return Shape<std::decay_t<decltype(fact)>>::kName; }, family);
  }, what);
}

Json event_to_json(const Event& event) {
  Json out = {{"seq", event.seq}, {"at", rfc3339(event.at)}, {"op", event.op}, {"parent", event.parent}, {"type", event_type(event.what)}};
  const Json members = std::visit([](const auto& family) { return std::visit([](const auto& fact) { return to_json(fact); }, family); }, event.what);
  for (const auto& [key, value] : members.items()) out[key] = value;
  return out;
}

Result<Event> event_from_json(const Json& json) {
  if (!json.is_object()) return make_error(ErrorKind::Invalid, "event.syntax", "read an event", "", "not an object");
  Event event;
  from_json(json_member(json, "seq"), event.seq);
  from_json(json_member(json, "op"), event.op);
  from_json(json_member(json, "parent"), event.parent);
  event.at = TRY(parse_rfc3339(json_string(json, "at")));
  const std::string type = json_string(json, "type");
  if (!read_family(type, json, event.what)) return make_error(ErrorKind::Invalid, "event.unknown", "read an event", type, "this version does not know it");
  return event;
}

}  // namespace strates::api
