#include "api/event_codec.hpp"
#include "base/strings.hpp"
#include "base/text.hpp"

namespace strates::api {

namespace {

using namespace strates::event;

template <typename Tag>
std::string brief(const Named<Tag>& name) { return short_id(name.str()); }

std::string layer_words(const std::string& layer) {
  if (layer == "container") return tr(Text::EventLayerWritable);
  if (layer == "init") return tr(Text::EventLayerInit);
  return tr(Text::EventLayerImage, short_id(layer));
}

std::string found_later(std::string words, bool reconstructed) { return reconstructed ? tr(Text::EventReconstructed, words) : words; }

std::string checksum(const std::string& text) { return text.empty() ? "–" : short_id(text); }

struct MissWords {
  std::string operator()(const NoCandidate&) const { return tr(Text::MissNoCandidate); }
  std::string operator()(const InstructionChanged& why) const { return tr(Text::MissInstruction, why.now, why.before); }
  std::string operator()(const FileChanged& why) const { return tr(Text::MissFile, why.path, checksum(why.now), checksum(why.before)); }
  std::string operator()(const ParentChanged& why) const { return tr(Text::MissParent, why.step); }
  std::string operator()(const ArgumentChanged& why) const { return tr(Text::MissArgument, why.name, why.now, why.before); }
  std::string operator()(const CacheDisabled&) const { return tr(Text::MissDisabled); }
};

// One sentence per fact. No generic fallback: a new fact must say what it means.
struct Words {
  std::string operator()(const OpStarted& fact) const { return tr(Text::EventOpStarted, fact.name, fact.object); }
  std::string operator()(const OpFinished& fact) const { return tr(Text::EventOpFinished, fact.result); }
  std::string operator()(const OpFailed& fact) const { return tr(Text::EventOpFailed, fact.message); }
  std::string operator()(const OpAborted& fact) const { return tr(Text::EventOpAborted, fact.reason); }
  std::string operator()(const Pruned& fact) const { return tr(Text::EventPruned, fact.what, fact.reclaimed); }
  std::string operator()(const Snapshot& fact) const { return tr(Text::EventSnapshot, fact.world, fact.images.size(), fact.containers.size()); }
  std::string operator()(const Gap& fact) const { return tr(Text::EventGap, fact.from, fact.to, fact.reason); }
  std::string operator()(const ReferenceResolved& fact) const {
    return fact.found ? tr(Text::EventReferenceFound, fact.reference, brief(fact.image)) : tr(Text::EventReferenceMissing, fact.reference);
  }
  std::string operator()(const LayerAlreadyPresent& fact) const { return tr(Text::EventLayerPresent, brief(fact.chain_id), fact.bytes); }
  std::string operator()(const LayerUnpacked& fact) const { return tr(Text::EventLayerUnpacked, brief(fact.chain_id), fact.entries, fact.bytes); }
  std::string operator()(const LayerCommitted& fact) const {
    return tr(Text::EventLayerCommitted, fact.container, brief(fact.chain_id), fact.entries, fact.whiteouts, fact.bytes);
  }
  std::string operator()(const ImageCreated& fact) const { return tr(Text::EventImageCreated, brief(fact.image), fact.layers.size(), fact.created_by); }
  std::string operator()(const ImageTagged& fact) const { return tr(Text::EventImageTagged, brief(fact.image), fact.reference); }
  std::string operator()(const ImageUntagged& fact) const { return tr(Text::EventImageUntagged, brief(fact.image), fact.reference); }
  std::string operator()(const ImageDeleted& fact) const { return tr(Text::EventImageDeleted, brief(fact.image)); }
  std::string operator()(const ImageAction& fact) const { return tr(Text::EventImageAction, fact.action, brief(fact.image)); }
  std::string operator()(const LayerDeleted& fact) const { return tr(Text::EventLayerDeleted, brief(fact.chain_id)); }
  std::string operator()(const ContextReceived& fact) const { return tr(Text::EventContextReceived, fact.entries, fact.bytes, fact.excluded); }
  std::string operator()(const StepStarted& fact) const { return tr(Text::EventStepStarted, fact.index, fact.count, fact.line, fact.instruction); }
  std::string operator()(const CacheHit& fact) const { return tr(Text::EventCacheHit, fact.index, brief(fact.image)); }
  std::string operator()(const CacheMissed& fact) const { return tr(Text::EventCacheMissed, fact.index, std::visit(MissWords{}, fact.reason)); }
  std::string operator()(const StepFinished& fact) const {
    return fact.made_layer ? tr(Text::EventStepFinished, fact.index, brief(fact.image), fact.layer_bytes) : tr(Text::EventStepNoLayer, fact.index, brief(fact.image));
  }
  std::string operator()(const ContainerCreated& fact) const { return tr(Text::EventContainerCreated, fact.name, brief(fact.container), fact.layers.size()); }
  std::string operator()(const ContainerRemoved& fact) const { return tr(Text::EventContainerRemoved, fact.name, brief(fact.container)); }
  std::string operator()(const ContainerStarted& fact) const { return tr(Text::EventContainerStarted, brief(fact.container)); }
  std::string operator()(const ContainerStopped& fact) const {
    return tr(fact.oom_killed ? Text::EventContainerOom : Text::EventContainerStopped, brief(fact.container), fact.exit_code);
  }
  std::string operator()(const OverlayMounted& fact) const { return tr(Text::EventOverlayMounted, fact.merged, fact.lower.size(), fact.upper); }
  std::string operator()(const OverlayUnmounted& fact) const { return tr(Text::EventOverlayUnmounted, fact.merged); }
  std::string operator()(const NamespaceEntered& fact) const { return tr(Text::EventNamespaces, join(fact.kinds, " "), fact.flags); }
  std::string operator()(const CgroupWritten& fact) const { return tr(Text::EventCgroup, fact.path, fact.file, fact.value); }
  std::string operator()(const MountMade& fact) const { return tr(Text::EventMount, fact.source, fact.target, fact.type, fact.options); }
  std::string operator()(const RootPivoted& fact) const { return tr(Text::EventPivoted, fact.new_root); }
  std::string operator()(const CapabilitiesDropped& fact) const { return tr(Text::EventCapabilities, fact.kept.size(), join(fact.kept, " ")); }
  std::string operator()(const ProcessExecuted& fact) const { return tr(Text::EventExecuted, join(fact.args, " "), fact.host_pid, fact.container_pid); }
  std::string operator()(const ProcessExited& fact) const {
    return fact.signal == 0 ? tr(Text::EventExited, fact.exit_code) : tr(Text::EventKilled, fact.signal, fact.exit_code);
  }
  std::string operator()(const SignalSent& fact) const { return tr(Text::EventSignal, fact.signal, brief(fact.container)); }
  std::string operator()(const NetworkJoined& fact) const { return tr(Text::EventNetwork, fact.mode, fact.detail); }
  std::string operator()(const NetworkLeft& fact) const { return tr(Text::EventNetworkLeft, fact.mode); }
  std::string operator()(const RestartScheduled& fact) const { return tr(Text::EventRestartScheduled, brief(fact.container), fact.delay / 1'000'000, fact.attempt); }
  std::string operator()(const HealthProbed& fact) const { return tr(Text::EventHealthProbed, fact.exit_code, fact.failing_streak); }
  std::string operator()(const HealthChanged& fact) const { return tr(Text::EventHealthChanged, brief(fact.container), fact.status); }
  std::string operator()(const ContainerRenamed& fact) const { return tr(Text::EventContainerRenamed, fact.old_name, fact.name); }
  std::string operator()(const ContainerAction& fact) const { return tr(Text::EventContainerAction, fact.action, brief(fact.container)); }
  std::string operator()(const SeccompLoaded& fact) const { return tr(Text::EventSeccomp, fact.profile, fact.instructions); }
  std::string operator()(const ContainerPaused& fact) const { return tr(Text::EventPaused, brief(fact.container)); }
  std::string operator()(const ContainerUnpaused& fact) const { return tr(Text::EventUnpaused, brief(fact.container)); }
  std::string operator()(const ContainerUpdated& fact) const { return tr(Text::EventUpdated, brief(fact.container)); }
  std::string operator()(const OutOfMemory& fact) const { return tr(Text::EventOutOfMemory, brief(fact.container)); }
  std::string operator()(const FileRead& fact) const { return tr(Text::EventFileRead, fact.path, layer_words(fact.layer)); }
  std::string operator()(const FileCreated& fact) const { return found_later(tr(Text::EventFileCreated, fact.path), fact.reconstructed); }
  std::string operator()(const FileWritten& fact) const { return tr(Text::EventFileWritten, fact.path); }
  std::string operator()(const FileCopiedUp& fact) const {
    return found_later(fact.directory ? tr(Text::EventDirectoryUp, fact.path) : tr(Text::EventCopiedUp, fact.path, layer_words(fact.from_layer), fact.bytes), fact.reconstructed);
  }
  std::string operator()(const WhiteoutCreated& fact) const { return found_later(tr(Text::EventWhiteout, fact.path, layer_words(fact.hides_layer)), fact.reconstructed); }
  std::string operator()(const OpaqueDirectory& fact) const { return found_later(tr(Text::EventOpaque, fact.path), fact.reconstructed); }
  std::string operator()(const FileRemoved& fact) const { return tr(Text::EventFileRemoved, fact.path); }
  std::string operator()(const NetworkCreated& fact) const {
    return fact.subnet.empty() ? tr(Text::EventNetworkPlain, fact.name, fact.driver) : tr(Text::EventNetworkCreated, fact.name, fact.driver, fact.subnet, fact.gateway);
  }
  std::string operator()(const NetworkRemoved& fact) const { return tr(Text::EventNetworkRemoved, fact.name); }
  std::string operator()(const InterfaceMade& fact) const {
    if (fact.container.empty()) return tr(Text::EventBridgeMade, fact.interface);
    return tr(Text::EventInterfaceMade, fact.interface, fact.mac, brief(fact.container), fact.peer);
  }
  std::string operator()(const InterfaceRemoved& fact) const { return tr(Text::EventInterfaceRemoved, fact.interface); }
  std::string operator()(const AddressAssigned& fact) const { return tr(Text::EventAddress, fact.address, fact.interface); }
  std::string operator()(const RouteAdded& fact) const { return tr(Text::EventRoute, fact.destination, fact.gateway, fact.interface); }
  std::string operator()(const NatRuleAdded& fact) const { return tr(Text::EventNatRule, fact.rule); }
  std::string operator()(const PortPublished& fact) const { return tr(Text::EventPort, fact.host, fact.protocol, fact.target); }
  std::string operator()(const NameAsked& fact) const { return tr(Text::EventNameAsked, brief(fact.container), fact.name, fact.kind); }
  std::string operator()(const NameAnswered& fact) const {
    return fact.answers.empty() ? tr(Text::EventNameUnknown, fact.name, fact.by) : tr(Text::EventNameAnswered, fact.name, join(fact.answers, ", "), fact.by);
  }
  std::string operator()(const PacketsPassed& fact) const {
    return tr(Text::EventPackets, brief(fact.container), fact.interface, fact.received, fact.received_bytes, fact.sent, fact.sent_bytes);
  }
  std::string operator()(const VolumeCreated& fact) const { return tr(Text::EventVolumeCreated, fact.volume); }
  std::string operator()(const VolumeFilled& fact) const { return tr(Text::EventVolumeFilled, fact.volume, fact.destination, fact.files, fact.bytes); }
  std::string operator()(const VolumeMounted& fact) const {
    return tr(fact.writable ? Text::EventVolumeMounted : Text::EventVolumeReadOnly, fact.volume, fact.destination, brief(fact.container));
  }
  std::string operator()(const VolumeUnmounted& fact) const { return tr(Text::EventVolumeUnmounted, fact.volume, brief(fact.container)); }
  std::string operator()(const VolumeRemoved& fact) const { return tr(Text::EventVolumeRemoved, fact.volume); }
  std::string operator()(const ManifestFetched& fact) const { return tr(Text::EventManifestFetched, fact.reference, fact.registry, fact.bytes, short_id(fact.digest)); }
  std::string operator()(const BlobPresent& fact) const { return tr(fact.push ? Text::EventBlobThere : Text::EventBlobHere, short_id(fact.digest), fact.registry); }
  std::string operator()(const BlobTransferred& fact) const {
    const double seconds = static_cast<double>(fact.took) / static_cast<double>(kSecond);
    const double rate = seconds > 0 ? static_cast<double>(fact.bytes) / seconds / 1e6 : 0;
    return tr(fact.push ? Text::EventBlobSent : Text::EventBlobFetched, short_id(fact.digest), fact.registry, fact.bytes, fmt::format("{:.1f}", rate));
  }
  std::string operator()(const BlobMounted& fact) const { return tr(Text::EventBlobMounted, short_id(fact.digest), fact.from, fact.registry); }
  std::string operator()(const ManifestPushed& fact) const { return tr(Text::EventManifestPushed, fact.reference, fact.registry, short_id(fact.digest)); }
  std::string operator()(const ImagePulled& fact) const { return tr(Text::EventImagePulled, fact.reference, short_id(fact.image.str())); }
  std::string operator()(const ImagePushed& fact) const { return tr(Text::EventImagePushed, fact.reference, short_id(fact.image.str())); }
};

}  // namespace

std::string event_text(const Event& event) {
  return std::visit([](const auto& family) { return std::visit(Words{}, family); }, event.what);
}

}  // namespace strates::api
