// The trace: what happened and why, as a closed set of facts in the past tense.
//
// Whatever is shown (text, pictures, checks, Docker's own /events) is derived from these. Events are plain values: they can be
// recorded, sent, replayed and compared. A family is a variant of small structs; only the JSON codec (api/event_codec) and the text
// renderer (api/event_text) know every family. Paths inside a container are absolute ("/etc/motd"); bytes are bytes; ids are full ids.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/names.hpp"

namespace strates {

using Seq = std::uint64_t;   // 1, 2, 3, ... within one boot of an engine
using OpId = std::uint64_t;  // 0: no operation

// A closed set of alternatives. It is the std::variant (std::visit, std::get_if), but what copies, moves and destroys one is compiled once, in event.cpp:
// each of these functions knows every alternative, and they cost every file that held an event eight seconds to compile.
#define STRATES_ONE_OF(Name, ...)                              \
  struct Name : std::variant<__VA_ARGS__> {                    \
    using Variant = std::variant<__VA_ARGS__>;                 \
    Name();                                                    \
    Name(const Name&);                                         \
    Name(Name&&) noexcept;                                     \
    Name& operator=(const Name&);                              \
    Name& operator=(Name&&) noexcept;                          \
    ~Name();                                                   \
    template <typename One>                                    \
      requires kIsOneOf<One, Variant>                          \
    Name(One one);                                             \
  };

template <typename One, typename Variant>
inline constexpr bool kIsOneOf = false;
template <typename One, typename... All>
inline constexpr bool kIsOneOf<One, std::variant<All...>> = (std::is_same_v<One, All> || ...);

namespace event {

// Operations form a tree; each ends exactly once. Pruned is no end: what a sweep of everything unused gave back.
struct OpStarted { std::string name, object; };  // "container.start", "web"
struct OpFinished { std::string result; };
struct OpFailed { std::string code, message; };
struct OpAborted { std::string reason; };
struct Pruned { std::string what; std::uint64_t reclaimed = 0; };  // "container", "image", "volume", "network"; bytes
STRATES_ONE_OF(Operation, OpStarted, OpFinished, OpFailed, OpAborted, Pruned)

struct Attribute { std::string key, value; };  // a label, or what Docker adds to an event

// What a late joiner needs to fold from: sent first on every stream.
struct LayerState { DiffId diff_id; ChainId chain_id; std::uint64_t bytes = 0; std::string created_by; };
struct ImageState { ImageId id; std::vector<std::string> references; std::vector<LayerState> layers; std::vector<Attribute> labels = {}; };
struct ContainerState { ContainerId id; std::string name; ImageId image; std::string state; std::vector<ChainId> layers; int exit_code = 0; std::vector<Attribute> labels; std::string image_name = {}; };
struct Snapshot { std::string world, engine; std::vector<ImageState> images; std::vector<ContainerState> containers; };
struct Gap { Seq from = 0, to = 0; std::string reason; };  // events from..to are lost to this reader
STRATES_ONE_OF(Stream, Snapshot, Gap)

struct ReferenceResolved { std::string reference, canonical; ImageId image; bool found = false; };
struct LayerAlreadyPresent { ChainId chain_id; DiffId diff_id; std::uint64_t bytes = 0; };
struct LayerUnpacked { ChainId chain_id; DiffId diff_id; std::uint64_t entries = 0, bytes = 0; };
// The writable layer of `container` became an immutable one. `whiteouts` counts deletions in it.
struct LayerCommitted { std::string container; ChainId chain_id; DiffId diff_id; std::uint64_t entries = 0, whiteouts = 0, bytes = 0; };
struct ImageCreated { ImageId image, parent; std::vector<ChainId> layers; std::string created_by; std::vector<Attribute> labels = {}; };
struct ImageTagged { ImageId image; std::string reference; bool loaded = false; };  // loaded: the name came with an archive
struct ImageUntagged { ImageId image; std::string reference; bool moved = false; };  // moved: another image has the name now
// What somebody had done to an image and no other fact tells: "load", "save", "import", as Docker's events call it.
struct ImageAction { ImageId image; std::string action; };
struct ImageDeleted { ImageId image; };
struct LayerDeleted { ChainId chain_id; };
STRATES_ONE_OF(Image, ReferenceResolved, LayerAlreadyPresent, LayerUnpacked, LayerCommitted, ImageCreated, ImageTagged, ImageUntagged,
                      ImageDeleted, LayerDeleted, ImageAction)

// Why a step was not taken from the cache, as data.
struct NoCandidate {};                                                     // this parent never had a child
struct InstructionChanged { std::string before, now; };                    // nearest earlier child of the same parent
struct FileChanged { std::string path, before, now; };                     // checksums; empty = absent on that side
struct ParentChanged { int step = 0; };                                    // an earlier step of this build was executed
struct ArgumentChanged { std::string name, before, now; };
struct CacheDisabled {};                                                   // --no-cache
STRATES_ONE_OF(MissReason, NoCandidate, InstructionChanged, FileChanged, ParentChanged, ArgumentChanged, CacheDisabled)

struct ContextReceived { std::uint64_t entries = 0, bytes = 0, excluded = 0; };
struct StepStarted { int index = 0, count = 0, line = 0; std::string instruction; };  // index from 1; line in the Dockerfile from 1
struct CacheHit { int index = 0; ImageId image; };
struct CacheMissed { int index = 0; MissReason reason; };
struct StepFinished { int index = 0; ImageId image; std::uint64_t layer_bytes = 0; bool made_layer = false; };
STRATES_ONE_OF(Build, ContextReceived, StepStarted, CacheHit, CacheMissed, StepFinished)

// layers: bottom first; image_name: as it was asked for; files_only: of a build that looks into it or writes into it, and never runs it
struct ContainerCreated { ContainerId container; std::string name; ImageId image; std::vector<ChainId> layers; std::vector<Attribute> labels; std::string image_name = {}; bool files_only = false; };
struct ContainerRemoved { ContainerId container; std::string name; };
struct ContainerStarted { ContainerId container; };
struct ContainerStopped { ContainerId container; int exit_code = 0; bool oom_killed = false; };
// Directories as the mount call got them; lower: top first, as overlayfs lists them.
struct OverlayMounted { ContainerId container; std::vector<std::string> lower; std::string upper, work, merged, options; };
struct OverlayUnmounted { ContainerId container; std::string merged; };
struct NamespaceEntered { ContainerId container; std::vector<std::string> kinds; std::string flags; };  // "mnt", ...; "CLONE_NEWNS|..."
struct CgroupWritten { ContainerId container; std::string path, file, value; };
struct MountMade { ContainerId container; std::string source, target, type, options; };
struct RootPivoted { ContainerId container; std::string new_root; };
struct CapabilitiesDropped { ContainerId container; std::vector<std::string> kept; };
struct ProcessExecuted { ContainerId container; std::string exec; std::int64_t host_pid = 0, container_pid = 0; std::vector<std::string> args; };
struct ProcessExited { ContainerId container; std::string exec; int exit_code = 0; int signal = 0; };
struct SignalSent { ContainerId container; int signal = 0; };
struct SeccompLoaded { ContainerId container; std::string profile; std::int64_t instructions = 0; };  // "default", "custom"
struct ContainerPaused { ContainerId container; };
struct ContainerUnpaused { ContainerId container; };
struct ContainerUpdated { ContainerId container; };
struct OutOfMemory { ContainerId container; };  // the kernel killed one of its processes
// `mode`: the network's name; `detail`: what it has there ("172.17.0.2/16 02:42:ac:11:00:02"), empty for host and none.
struct NetworkJoined { ContainerId container; std::string mode, detail, network, driver; };
struct NetworkLeft { ContainerId container; std::string mode, network, driver; };
// The engine will start it again by itself: its restart policy says so. `attempt` from 1; `delay` in nanoseconds.
struct RestartScheduled { ContainerId container; int attempt = 0; Nanos delay = 0; };
// One run of the health check's command; -1: it did not end in time, or could not be started.
struct HealthProbed { ContainerId container; int exit_code = 0, failing_streak = 0; std::string output; };
struct HealthChanged { ContainerId container; std::string status; };  // "starting", "healthy", "unhealthy"
struct ContainerRenamed { ContainerId container; std::string old_name, name; };
// What somebody had done to a container and no other fact tells: "attach", "stop", "exec_create: sh -c x", as Docker's events call it.
struct ContainerAction { ContainerId container; std::string action; std::vector<Attribute> attributes; };
STRATES_ONE_OF(Container, ContainerCreated, ContainerRemoved, ContainerStarted, ContainerStopped, OverlayMounted, OverlayUnmounted,
                          NamespaceEntered, CgroupWritten, MountMade, RootPivoted, CapabilitiesDropped, ProcessExecuted, ProcessExited,
                          SignalSent, NetworkJoined, NetworkLeft, RestartScheduled, HealthProbed, HealthChanged, ContainerRenamed,
                          ContainerAction, SeccompLoaded, ContainerPaused, ContainerUnpaused, ContainerUpdated, OutOfMemory)

// Where a path was found: a committed layer, or the container's own.
// `layer` is a ChainId's text, "container" for the writable layer, "init" for the engine's mount points.
// `reconstructed`: found by a scan after the fact, not seen as it happened.
struct FileRead { ContainerId container; std::string path, layer; std::int64_t pid = 0; };
struct FileCreated { ContainerId container; std::string path; bool directory = false, reconstructed = false; };
struct FileWritten { ContainerId container; std::string path; std::int64_t pid = 0; };
struct FileCopiedUp { ContainerId container; std::string path, from_layer; std::uint64_t bytes = 0; bool directory = false, reconstructed = false; };
struct WhiteoutCreated { ContainerId container; std::string path, hides_layer; bool reconstructed = false; };
struct OpaqueDirectory { ContainerId container; std::string path; bool reconstructed = false; };
struct FileRemoved { ContainerId container; std::string path; };  // existed only in the writable layer: no whiteout needed
STRATES_ONE_OF(File, FileRead, FileCreated, FileWritten, FileCopiedUp, WhiteoutCreated, OpaqueDirectory, FileRemoved)

// Data that outlives containers. `destination`: where the container sees it.
struct VolumeCreated { std::string volume; };
struct VolumeFilled { std::string volume; ContainerId container; std::string destination; std::uint64_t files = 0, bytes = 0; };  // from the image
struct VolumeMounted { std::string volume; ContainerId container; std::string destination; bool writable = true; };
struct VolumeUnmounted { std::string volume; ContainerId container; };
struct VolumeRemoved { std::string volume; };
STRATES_ONE_OF(Volume, VolumeCreated, VolumeFilled, VolumeMounted, VolumeUnmounted, VolumeRemoved)

// What went between here and a registry. `registry`: its address, "https://registry-1.docker.io"; `digest`: of the blob as it travels (compressed).
struct ManifestFetched { std::string registry, reference, digest, media_type; std::uint64_t bytes = 0; };
struct BlobPresent { std::string registry, digest; bool push = false; };  // nothing travelled: it was there already
struct BlobTransferred { std::string registry, digest; bool push = false; std::uint64_t bytes = 0; Nanos took = 0; };
struct BlobMounted { std::string registry, digest, from; };  // the registry took it over from another repository
struct ManifestPushed { std::string registry, reference, digest; std::uint64_t bytes = 0; };
struct ImagePulled { ImageId image; std::string reference; };
struct ImagePushed { ImageId image; std::string reference; };
STRATES_ONE_OF(Registry, ManifestFetched, BlobPresent, BlobTransferred, BlobMounted, ManifestPushed, ImagePulled, ImagePushed)

// Networks, and what is made of them on the machine. `network`: its id. Addresses are text, with the length of the network's part where there is one.
struct NetworkCreated { std::string network, name, driver, subnet, gateway; };
struct NetworkRemoved { std::string network, name, driver; };
// An interface came to be: a bridge (no container), or a pair of which `interface` is the container's end and `peer` the machine's.
struct InterfaceMade { ContainerId container; std::string network, interface, peer, kind, mac; };
struct InterfaceRemoved { ContainerId container; std::string network, interface; };
struct AddressAssigned { ContainerId container; std::string interface, address; };
struct RouteAdded { ContainerId container; std::string destination, gateway, interface; };
struct NatRuleAdded { std::string network, rule; };
struct PortPublished { ContainerId container; std::string protocol, host, target; };  // "0.0.0.0:8080", "172.17.0.2:80"
struct NameAsked { ContainerId container; std::string name, kind; };                  // kind: "A", "AAAA", "PTR"
struct NameAnswered { ContainerId container; std::string name, kind; std::vector<std::string> answers; std::string by; };  // by: "strates", or a server
// What passed an interface since the last one of these: on request only (EngineNetworks::watch_packets). Seen from the container.
struct PacketsPassed { ContainerId container; std::string interface; std::uint64_t received = 0, received_bytes = 0, sent = 0, sent_bytes = 0; };
STRATES_ONE_OF(Network, NetworkCreated, NetworkRemoved, InterfaceMade, InterfaceRemoved, AddressAssigned, RouteAdded, NatRuleAdded, PortPublished, NameAsked,
                        NameAnswered, PacketsPassed)

}  // namespace event

STRATES_ONE_OF(Payload, event::Operation, event::Stream, event::Image, event::Build, event::Container, event::File, event::Volume, event::Registry, event::Network)

#undef STRATES_ONE_OF

struct Event {
  Seq seq = 0;
  Nanos at = 0;
  OpId op = 0, parent = 0;
  Payload what;
};

// How a port reports facts to whoever called it. May be called from another thread than the caller's when the port says so.
using Emit = std::function<void(Payload)>;

}  // namespace strates
