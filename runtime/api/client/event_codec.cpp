// Each event's fields are named once (the FIELDS lines): writing and reading both follow them, and an event without a line does not compile.
#include "api/event_codec.hpp"

#include <array>
#include <optional>

#include "base/json_full.hpp"

namespace strates::api {

namespace {

template <typename T>
struct Shape;

#define FIELD(name) visit(#name, value.name);
// A member whose own name the envelope uses (type, parent).
#define FIELD_AS(name, key) visit(key, value.name);
#define SHAPE(type, ...)                                       \
  template <>                                                  \
  struct Shape<event::type> {                                  \
    static constexpr std::string_view kName = #type;           \
    template <typename Value, typename Visit>                  \
    static void fields([[maybe_unused]] Value& value, [[maybe_unused]] Visit&& visit) { __VA_ARGS__ } \
  };

SHAPE(OpStarted, FIELD(name) FIELD(object))
SHAPE(OpFinished, FIELD(result))
SHAPE(OpFailed, FIELD(code) FIELD(message))
SHAPE(OpAborted, FIELD(reason))
SHAPE(Attribute, FIELD(key) FIELD(value))
SHAPE(LayerState, FIELD(diff_id) FIELD(chain_id) FIELD(bytes) FIELD(created_by))
SHAPE(ImageState, FIELD(id) FIELD(references) FIELD(layers) FIELD(labels))
SHAPE(ContainerState, FIELD(id) FIELD(name) FIELD(image) FIELD(state) FIELD(layers) FIELD(exit_code) FIELD(labels) FIELD(image_name))
SHAPE(Snapshot, FIELD(world) FIELD(engine) FIELD(images) FIELD(containers))
SHAPE(Gap, FIELD(from) FIELD(to) FIELD(reason))
SHAPE(ReferenceResolved, FIELD(reference) FIELD(canonical) FIELD(image) FIELD(found))
SHAPE(LayerAlreadyPresent, FIELD(chain_id) FIELD(diff_id) FIELD(bytes))
SHAPE(LayerUnpacked, FIELD(chain_id) FIELD(diff_id) FIELD(entries) FIELD(bytes))
SHAPE(LayerCommitted, FIELD(container) FIELD(chain_id) FIELD(diff_id) FIELD(entries) FIELD(whiteouts) FIELD(bytes))
SHAPE(ImageCreated, FIELD(image) FIELD_AS(parent, "parent_image") FIELD(layers) FIELD(created_by) FIELD(labels))
SHAPE(ImageTagged, FIELD(image) FIELD(reference) FIELD(loaded))
SHAPE(ImageUntagged, FIELD(image) FIELD(reference) FIELD(moved))
SHAPE(ImageAction, FIELD(image) FIELD(action))
SHAPE(ImageDeleted, FIELD(image))
SHAPE(LayerDeleted, FIELD(chain_id))
SHAPE(NoCandidate)
SHAPE(InstructionChanged, FIELD(before) FIELD(now))
SHAPE(FileChanged, FIELD(path) FIELD(before) FIELD(now))
SHAPE(ParentChanged, FIELD(step))
SHAPE(ArgumentChanged, FIELD(name) FIELD(before) FIELD(now))
SHAPE(CacheDisabled)
SHAPE(ContextReceived, FIELD(entries) FIELD(bytes) FIELD(excluded))
SHAPE(StepStarted, FIELD(index) FIELD(count) FIELD(line) FIELD(instruction))
SHAPE(CacheHit, FIELD(index) FIELD(image))
SHAPE(CacheMissed, FIELD(index) FIELD(reason))
SHAPE(StepFinished, FIELD(index) FIELD(image) FIELD(layer_bytes) FIELD(made_layer))
SHAPE(ContainerCreated, FIELD(container) FIELD(name) FIELD(image) FIELD(layers) FIELD(labels) FIELD(image_name) FIELD(files_only))
SHAPE(ContainerRemoved, FIELD(container) FIELD(name))
SHAPE(ContainerStarted, FIELD(container))
SHAPE(ContainerStopped, FIELD(container) FIELD(exit_code) FIELD(oom_killed))
SHAPE(OverlayMounted, FIELD(container) FIELD(lower) FIELD(upper) FIELD(work) FIELD(merged) FIELD(options))
SHAPE(OverlayUnmounted, FIELD(container) FIELD(merged))
SHAPE(NamespaceEntered, FIELD(container) FIELD(kinds) FIELD(flags))
SHAPE(CgroupWritten, FIELD(container) FIELD(path) FIELD(file) FIELD(value))
SHAPE(MountMade, FIELD(container) FIELD(source) FIELD(target) FIELD_AS(type, "filesystem") FIELD(options))
SHAPE(RootPivoted, FIELD(container) FIELD(new_root))
SHAPE(CapabilitiesDropped, FIELD(container) FIELD(kept))
SHAPE(ProcessExecuted, FIELD(container) FIELD(exec) FIELD(host_pid) FIELD(container_pid) FIELD(args))
SHAPE(ProcessExited, FIELD(container) FIELD(exec) FIELD(exit_code) FIELD(signal))
SHAPE(SignalSent, FIELD(container) FIELD(signal))
SHAPE(NetworkJoined, FIELD(container) FIELD(mode) FIELD(detail) FIELD(network) FIELD(driver))
SHAPE(NetworkLeft, FIELD(container) FIELD(mode) FIELD(network) FIELD(driver))
SHAPE(RestartScheduled, FIELD(container) FIELD(attempt) FIELD(delay))
SHAPE(HealthProbed, FIELD(container) FIELD(exit_code) FIELD(failing_streak) FIELD(output))
SHAPE(HealthChanged, FIELD(container) FIELD(status))
SHAPE(ContainerRenamed, FIELD(container) FIELD(old_name) FIELD(name))
SHAPE(ContainerAction, FIELD(container) FIELD(action) FIELD(attributes))
SHAPE(SeccompLoaded, FIELD(container) FIELD(profile) FIELD(instructions))
SHAPE(ContainerPaused, FIELD(container))
SHAPE(ContainerUnpaused, FIELD(container))
SHAPE(ContainerUpdated, FIELD(container))
SHAPE(OutOfMemory, FIELD(container))
SHAPE(FileRead, FIELD(container) FIELD(path) FIELD(layer) FIELD(pid))
SHAPE(FileCreated, FIELD(container) FIELD(path) FIELD(directory) FIELD(reconstructed))
SHAPE(FileWritten, FIELD(container) FIELD(path) FIELD(pid))
SHAPE(FileCopiedUp, FIELD(container) FIELD(path) FIELD(from_layer) FIELD(bytes) FIELD(directory) FIELD(reconstructed))
SHAPE(WhiteoutCreated, FIELD(container) FIELD(path) FIELD(hides_layer) FIELD(reconstructed))
SHAPE(OpaqueDirectory, FIELD(container) FIELD(path) FIELD(reconstructed))
SHAPE(FileRemoved, FIELD(container) FIELD(path))
SHAPE(NetworkCreated, FIELD(network) FIELD(name) FIELD(driver) FIELD(subnet) FIELD(gateway))
SHAPE(NetworkRemoved, FIELD(network) FIELD(name) FIELD(driver))
SHAPE(InterfaceMade, FIELD(container) FIELD(network) FIELD(interface) FIELD(peer) FIELD(kind) FIELD(mac))
SHAPE(InterfaceRemoved, FIELD(container) FIELD(network) FIELD(interface))
SHAPE(AddressAssigned, FIELD(container) FIELD(interface) FIELD(address))
SHAPE(RouteAdded, FIELD(container) FIELD(destination) FIELD(gateway) FIELD(interface))
SHAPE(NatRuleAdded, FIELD(network) FIELD(rule))
SHAPE(PortPublished, FIELD(container) FIELD(protocol) FIELD(host) FIELD(target))
SHAPE(NameAsked, FIELD(container) FIELD(name) FIELD(kind))
SHAPE(NameAnswered, FIELD(container) FIELD(name) FIELD(kind) FIELD(answers) FIELD(by))
SHAPE(VolumeCreated, FIELD(volume))
SHAPE(VolumeFilled, FIELD(volume) FIELD(container) FIELD(destination) FIELD(files) FIELD(bytes))
SHAPE(VolumeMounted, FIELD(volume) FIELD(container) FIELD(destination) FIELD(writable))
SHAPE(VolumeUnmounted, FIELD(volume) FIELD(container))
SHAPE(VolumeRemoved, FIELD(volume))
SHAPE(ManifestFetched, FIELD(registry) FIELD(reference) FIELD(digest) FIELD(media_type) FIELD(bytes))
SHAPE(BlobPresent, FIELD(registry) FIELD(digest) FIELD(push))
SHAPE(BlobTransferred, FIELD(registry) FIELD(digest) FIELD(push) FIELD(bytes) FIELD(took))
SHAPE(BlobMounted, FIELD(registry) FIELD(digest) FIELD(from))
SHAPE(ManifestPushed, FIELD(registry) FIELD(reference) FIELD(digest) FIELD(bytes))
SHAPE(ImagePulled, FIELD(image) FIELD(reference))
SHAPE(ImagePushed, FIELD(image) FIELD(reference))

#undef SHAPE
#undef FIELD
#undef FIELD_AS

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

// The alternative of Variant whose name is `type`, read from `json`; false when there is none.
template <typename Variant, size_t kIndex = 0>
bool read_alternative(std::string_view type, const Json& json, Variant& out) {
  if constexpr (kIndex == std::variant_size_v<Variant>) {
    return false;
  } else {
    using Alternative = std::variant_alternative_t<kIndex, Variant>;
    if (type != Shape<Alternative>::kName) return read_alternative<Variant, kIndex + 1>(type, json, out);
    Alternative value;
    from_json(json, value);
    out = std::move(value);
    return true;
  }
}

template <size_t kIndex = 0>
bool read_family(std::string_view type, const Json& json, Payload& out) {
  if constexpr (kIndex == std::variant_size_v<Payload>) {
    return false;
  } else {
    std::variant_alternative_t<kIndex, Payload> family;
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
