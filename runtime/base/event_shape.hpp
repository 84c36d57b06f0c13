// The fields of every event, named once: whatever writes events or reads them (JSON in api/client/event_codec.cpp, the packed history in
// base/event_pack.cpp) follows this table, and an event without a line here does not compile.
//
// Shape<T>::kName is the event's type on the wire; Shape<T>::fields(value, visit) calls visit(name, member) for each member, in the order of the struct.
// For .cpp files of such codecs: it is a template a fact.
#pragma once

#include <string_view>

#include "base/event.hpp"

namespace strates::event {

template <typename T>
struct Shape;

#define FIELD(name) visit(#name, value.name);
// A member whose own name the envelope uses (type, parent).
#define FIELD_AS(name, key) visit(key, value.name);
#define SHAPE(type, ...)                                       \
  template <>                                                  \
  struct Shape<type> {                                         \
    static constexpr std::string_view kName = #type;           \
    template <typename Value, typename Visit>                  \
    static void fields([[maybe_unused]] Value& value, [[maybe_unused]] Visit&& visit) { __VA_ARGS__ } \
  };

SHAPE(OpStarted, FIELD(name) FIELD(object))
SHAPE(OpFinished, FIELD(result))
SHAPE(OpFailed, FIELD(code) FIELD(message))
SHAPE(OpAborted, FIELD(reason))
SHAPE(Pruned, FIELD(what) FIELD(reclaimed))
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
SHAPE(PacketsPassed, FIELD(container) FIELD(interface) FIELD(received) FIELD(received_bytes) FIELD(sent) FIELD(sent_bytes))
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

}  // namespace strates::event
