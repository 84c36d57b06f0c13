#include "base/event.hpp"

namespace strates {

// The functions that know every alternative, once for the whole program.
#define ONE_OF(Name)                                                    \
  Name::Name() = default;                                               \
  Name::Name(const Name&) = default;                                    \
  Name::Name(Name&&) noexcept = default;                                \
  Name& Name::operator=(const Name&) = default;                         \
  Name& Name::operator=(Name&&) noexcept = default;                     \
  Name::~Name() = default;                                              \
  template <typename One>                                               \
    requires kIsOneOf<One, Name::Variant>                               \
  Name::Name(One one) : Variant(std::in_place_type<One>, std::move(one)) {}
// An alternative without a line here does not link.
#define ALTERNATIVE(Name, One) template Name::Name(One);

namespace event {

ONE_OF(Operation)
ALTERNATIVE(Operation, OpStarted)
ALTERNATIVE(Operation, OpFinished)
ALTERNATIVE(Operation, OpFailed)
ALTERNATIVE(Operation, OpAborted)
ALTERNATIVE(Operation, Pruned)

ONE_OF(Stream)
ALTERNATIVE(Stream, Snapshot)
ALTERNATIVE(Stream, Gap)

ONE_OF(Image)
ALTERNATIVE(Image, ReferenceResolved)
ALTERNATIVE(Image, LayerAlreadyPresent)
ALTERNATIVE(Image, LayerUnpacked)
ALTERNATIVE(Image, LayerCommitted)
ALTERNATIVE(Image, ImageCreated)
ALTERNATIVE(Image, ImageTagged)
ALTERNATIVE(Image, ImageUntagged)
ALTERNATIVE(Image, ImageDeleted)
ALTERNATIVE(Image, LayerDeleted)
ALTERNATIVE(Image, ImageAction)

ONE_OF(MissReason)
ALTERNATIVE(MissReason, NoCandidate)
ALTERNATIVE(MissReason, InstructionChanged)
ALTERNATIVE(MissReason, FileChanged)
ALTERNATIVE(MissReason, ParentChanged)
ALTERNATIVE(MissReason, ArgumentChanged)
ALTERNATIVE(MissReason, CacheDisabled)

ONE_OF(Build)
ALTERNATIVE(Build, ContextReceived)
ALTERNATIVE(Build, StepStarted)
ALTERNATIVE(Build, CacheHit)
ALTERNATIVE(Build, CacheMissed)
ALTERNATIVE(Build, StepFinished)

ONE_OF(Container)
ALTERNATIVE(Container, ContainerCreated)
ALTERNATIVE(Container, ContainerRemoved)
ALTERNATIVE(Container, ContainerStarted)
ALTERNATIVE(Container, ContainerStopped)
ALTERNATIVE(Container, OverlayMounted)
ALTERNATIVE(Container, OverlayUnmounted)
ALTERNATIVE(Container, NamespaceEntered)
ALTERNATIVE(Container, CgroupWritten)
ALTERNATIVE(Container, MountMade)
ALTERNATIVE(Container, RootPivoted)
ALTERNATIVE(Container, CapabilitiesDropped)
ALTERNATIVE(Container, ProcessExecuted)
ALTERNATIVE(Container, ProcessExited)
ALTERNATIVE(Container, SignalSent)
ALTERNATIVE(Container, NetworkJoined)
ALTERNATIVE(Container, NetworkLeft)
ALTERNATIVE(Container, RestartScheduled)
ALTERNATIVE(Container, HealthProbed)
ALTERNATIVE(Container, HealthChanged)
ALTERNATIVE(Container, ContainerRenamed)
ALTERNATIVE(Container, ContainerAction)
ALTERNATIVE(Container, SeccompLoaded)
ALTERNATIVE(Container, ContainerPaused)
ALTERNATIVE(Container, ContainerUnpaused)
ALTERNATIVE(Container, ContainerUpdated)
ALTERNATIVE(Container, OutOfMemory)

ONE_OF(File)
ALTERNATIVE(File, FileRead)
ALTERNATIVE(File, FileCreated)
ALTERNATIVE(File, FileWritten)
ALTERNATIVE(File, FileCopiedUp)
ALTERNATIVE(File, WhiteoutCreated)
ALTERNATIVE(File, OpaqueDirectory)
ALTERNATIVE(File, FileRemoved)

ONE_OF(Volume)
ALTERNATIVE(Volume, VolumeCreated)
ALTERNATIVE(Volume, VolumeFilled)
ALTERNATIVE(Volume, VolumeMounted)
ALTERNATIVE(Volume, VolumeUnmounted)
ALTERNATIVE(Volume, VolumeRemoved)

ONE_OF(Registry)
ALTERNATIVE(Registry, ManifestFetched)
ALTERNATIVE(Registry, BlobPresent)
ALTERNATIVE(Registry, BlobTransferred)
ALTERNATIVE(Registry, BlobMounted)
ALTERNATIVE(Registry, ManifestPushed)
ALTERNATIVE(Registry, ImagePulled)
ALTERNATIVE(Registry, ImagePushed)

ONE_OF(Network)
ALTERNATIVE(Network, NetworkCreated)
ALTERNATIVE(Network, NetworkRemoved)
ALTERNATIVE(Network, InterfaceMade)
ALTERNATIVE(Network, InterfaceRemoved)
ALTERNATIVE(Network, AddressAssigned)
ALTERNATIVE(Network, RouteAdded)
ALTERNATIVE(Network, NatRuleAdded)
ALTERNATIVE(Network, PortPublished)
ALTERNATIVE(Network, NameAsked)
ALTERNATIVE(Network, NameAnswered)
ALTERNATIVE(Network, PacketsPassed)

}  // namespace event

ONE_OF(Payload)
ALTERNATIVE(Payload, event::Operation)
ALTERNATIVE(Payload, event::Stream)
ALTERNATIVE(Payload, event::Image)
ALTERNATIVE(Payload, event::Build)
ALTERNATIVE(Payload, event::Container)
ALTERNATIVE(Payload, event::File)
ALTERNATIVE(Payload, event::Volume)
ALTERNATIVE(Payload, event::Registry)
ALTERNATIVE(Payload, event::Network)

#undef ONE_OF
#undef ALTERNATIVE

}  // namespace strates
