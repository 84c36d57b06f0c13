#include <doctest/doctest.h>

#include <set>

#include "api/client.hpp"
#include "api/event_codec.hpp"
#include "api/server.hpp"
#include "base/event_block.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "base/text.hpp"
#include "fake_engine.hpp"

using namespace strates;
using namespace strates::api;
using namespace strates::api::test;

namespace {

// One event of every alternative of a family, each field set by hand below.
template <typename Family, size_t Index = 0>
void each_alternative(std::vector<Payload>& out) {
  if constexpr (Index < std::variant_size_v<typename Family::Variant>) {
    out.emplace_back(Family(std::variant_alternative_t<Index, typename Family::Variant>()));
    each_alternative<Family, Index + 1>(out);
  }
}

template <size_t Index = 0>
void each_family(std::vector<Payload>& out) {
  if constexpr (Index < std::variant_size_v<Payload::Variant>) {
    each_alternative<std::variant_alternative_t<Index, Payload::Variant>>(out);
    each_family<Index + 1>(out);
  }
}

std::vector<Payload> samples() {
  using namespace event;
  const ContainerId c("c0ffee");
  const ImageId i("sha256:11");
  const ChainId chain("sha256:22");
  const DiffId diff("sha256:33");
  return {
      Operation(OpStarted{"container.start", "web"}), Operation(OpFinished{"ok"}), Operation(OpFailed{"x.y", "« non »"}), Operation(OpAborted{"left"}), Operation(Pruned{"image", 7}),
      Stream(Snapshot{"sim", "0.1", {{i, {"a:1", "b:2"}, {{diff, chain, 7, "ADD x"}}}}, {{c, "web", i, "running", {chain}, 3}}}), Stream(Gap{3, 9, "slow"}),
      Image(ReferenceResolved{"a", "docker.io/library/a:latest", i, true}), Image(LayerAlreadyPresent{chain, diff, 8}), Image(LayerUnpacked{chain, diff, 2, 9}),
      Image(LayerCommitted{"c0ffee", chain, diff, 4, 1, 10}), Image(ImageCreated{i, ImageId("sha256:44"), {chain}, "RUN x", {{"tier", "front"}}}), Image(ImageTagged{i, "a:1", true}), Image(ImageUntagged{i, "a:1", true}), Image(ImageAction{i, "save"}),
      Image(ImageDeleted{i}), Image(LayerDeleted{chain}),
      Build(ContextReceived{5, 1024, 2}), Build(StepStarted{1, 3, 2, "RUN echo hi"}), Build(CacheHit{1, i}), Build(CacheMissed{2, NoCandidate{}}), Build(CacheMissed{2, InstructionChanged{"a", "b"}}),
      Build(CacheMissed{2, FileChanged{"/f", "1", "2"}}), Build(CacheMissed{2, ParentChanged{1}}), Build(CacheMissed{2, ArgumentChanged{"A", "1", "2"}}), Build(CacheMissed{2, CacheDisabled{}}),
      Build(StepFinished{1, i, 77, true}),
      Container(ContainerCreated{c, "web", i, {chain}, {{"tier", "front"}}, "busybox", true}), Container(ContainerRemoved{c, "web"}), Container(ContainerStarted{c}), Container(ContainerStopped{c, 137, true}),
      Container(OverlayMounted{c, {"/l2", "/l1"}, "/u", "/w", "/m", "index=off"}), Container(OverlayUnmounted{c, "/m"}), Container(NamespaceEntered{c, {"mnt", "pid"}, "CLONE_NEWNS|CLONE_NEWPID"}),
      Container(CgroupWritten{c, "/cg", "memory.max", "1"}), Container(MountMade{c, "proc", "/proc", "proc", "nosuid"}), Container(RootPivoted{c, "/m"}), Container(CapabilitiesDropped{c, {"CAP_CHOWN"}}),
      Container(ProcessExecuted{c, "e1", 4242, 7, {"sh", "-c", "x"}}), Container(ProcessExited{c, "e1", 1, 9}), Container(SignalSent{c, 15}), Container(NetworkJoined{c, "none", "lo", "n1", "null"}), Container(NetworkLeft{c, "none", "n1", "null"}),
      Container(RestartScheduled{c, 2, 200'000'000}), Container(HealthProbed{c, 1, 2, "no\n"}), Container(HealthChanged{c, "unhealthy"}), Container(ContainerRenamed{c, "a", "b"}),
      Container(ContainerAction{c, "exec_create: x ", {{"execID", "e1"}}}),
      Container(SeccompLoaded{c, "default", 1213}), Container(ContainerPaused{c}), Container(ContainerUnpaused{c}), Container(ContainerUpdated{c}), Container(OutOfMemory{c}),
      File(FileRead{c, "/etc/motd", "sha256:22", 5}), File(FileCreated{c, "/n", true, true}), File(FileWritten{c, "/n", 6}), File(FileCopiedUp{c, "/etc/motd", "sha256:22", 286, false, true}),
      File(WhiteoutCreated{c, "/etc/x", "sha256:22", true}), File(OpaqueDirectory{c, "/d", true}), File(FileRemoved{c, "/n"}),
      Network(NetworkCreated{"n1", "front", "bridge", "172.18.0.0/16", "172.18.0.1"}), Network(NetworkRemoved{"n1", "front", "bridge"}),
      Network(InterfaceMade{c, "n1", "eth0", "veth0123456", "veth", "02:42:ac:12:00:02"}), Network(InterfaceRemoved{c, "n1", "eth0"}), Network(AddressAssigned{c, "eth0", "172.18.0.2/16"}),
      Network(RouteAdded{c, "default", "172.18.0.1", "eth0"}), Network(NatRuleAdded{"n1", "masquerade 172.18.0.0/16"}), Network(PortPublished{c, "tcp", "0.0.0.0:8080", "172.18.0.2:80"}),
      Network(NameAsked{c, "web", "A"}), Network(NameAnswered{c, "web", "A", {"172.18.0.3"}, "strates"}), Network(PacketsPassed{c, "eth0", 3, 290, 2, 180}),
      Volume(VolumeCreated{"v1"}), Volume(VolumeFilled{"v1", c, "/data", 3, 99}), Volume(VolumeMounted{"v1", c, "/data", false}), Volume(VolumeUnmounted{"v1", c}), Volume(VolumeRemoved{"v1"}),
      Registry(ManifestFetched{"https://r", "library/a:1", "sha256:55", "application/json", 12}), Registry(BlobPresent{"https://r", "sha256:66", true}),
      Registry(BlobTransferred{"https://r", "sha256:66", true, 13, 14}), Registry(BlobMounted{"https://r", "sha256:66", "library/b"}),
      Registry(ManifestPushed{"https://r", "library/a:1", "sha256:55", 12}), Registry(ImagePulled{i, "a:1"}), Registry(ImagePushed{i, "a:1"}),
  };
}

std::vector<Json> lines(const std::string& text) {
  std::vector<Json> out;
  for (const auto& line : split_lines(text)) out.push_back(parse_json(line).value());
  return out;
}

}  // namespace

TEST_CASE("every event of every family is in the samples") {
  std::vector<Payload> all;
  each_family(all);
  std::set<std::string_view> known, sampled;
  for (const auto& payload : all) known.insert(event_type(payload));
  for (const auto& payload : samples()) sampled.insert(event_type(payload));
  CHECK(known.size() == all.size());
  CHECK(known == sampled);
}

TEST_CASE("every event comes back from a packed block as it was, in a fraction of the room") {
  EventBlock block;
  std::vector<std::string> wanted;
  size_t text = 0;
  for (int round = 0; round < 20; ++round)
    for (const auto& payload : samples()) {
      const Seq seq = 7 + wanted.size();
      const Event event{seq, 1'795'451'654 * kSecond + static_cast<Nanos>(seq) * (round % 2 == 0 ? 1'000'003 : -1'000'003), 34 + seq, 56, payload};
      block.add(event);
      wanted.push_back(dump_json(event_to_json(event)));
      text += wanted.back().size();
    }
  const auto read = [&] {
    std::vector<std::string> out;
    block.each([&](const Event& event) { out.push_back(dump_json(event_to_json(event))); });
    return out;
  };
  CHECK(read() == wanted);
  block.close();
  CHECK(read() == wanted);
  CHECK(block.first() == 7);
  CHECK(block.last() == 6 + wanted.size());
  CHECK(block.bytes() * 5 < text);
}

TEST_CASE("every event comes back from its JSON as it was, every field told") {
  for (const auto& payload : samples()) {
    const Event event{12, 1'795'451'654 * kSecond + 5, 34, 56, payload};
    const std::string text = dump_json(event_to_json(event));
    const auto back = event_from_json(parse_json(text).value());
    REQUIRE_MESSAGE(back.ok(), text);
    CHECK(dump_json(event_to_json(back.value())) == text);
    CHECK(back.value().seq == 12);
    CHECK(back.value().at == event.at);
    CHECK(back.value().op == 34);
    CHECK(back.value().parent == 56);  // no field of an event hides the envelope's
    CHECK(event_type(back.value().what) == event_type(payload));
    // A field the codec forgot would come back as its default, and an event of defaults reads the same as the sample.
    Event plain = event;
    std::vector<Payload> all;
    each_family(all);
    for (auto& candidate : all)
      if (event_type(candidate) == event_type(payload)) plain.what = candidate;
    const Json told = event_to_json(event), defaults = event_to_json(plain);
    for (const auto& [key, value] : defaults.items()) {
      const std::string name = key;
      if (name == "seq" || name == "at" || name == "op" || name == "parent" || name == "type") continue;
      if (event_type(payload) == "FileCopiedUp" && name == "directory") continue;  // false in the sample
      if (event_type(payload) == "CacheMissed" && name == "reason" && told[name] == value) continue;  // NoCandidate is the default
      CHECK_MESSAGE(told[name] != value, event_type(payload) << "." << name);
    }
  }
}

TEST_CASE("a type that is not known, or JSON that is no event, is an error") {
  const auto read = [](std::string_view text) { return event_from_json(parse_json(text).value()); };
  const auto unknown = read(R"({"seq":1,"at":"2026-11-23T16:34:14Z","op":0,"parent":0,"type":"FromTheFuture"})");
  REQUIRE(!unknown.ok());
  CHECK(unknown.error().code == "event.unknown");
  CHECK_FALSE(read("[]").ok());
  CHECK_FALSE(read(R"({"seq":1,"at":"yesterday","type":"Gap"})").ok());
}

TEST_CASE("every event has a sentence in both languages, and no placeholder is left in it") {
  for (const auto language_of_people : {Language::French, Language::English}) {
    set_language(language_of_people);
    for (const auto& payload : samples()) {
      const std::string text = event_text(Event{1, 0, 0, 0, payload});
      CHECK_MESSAGE(!text.empty(), event_type(payload));
      CHECK_MESSAGE(text.find("{}") == std::string::npos, text);
      CHECK_MESSAGE(text.find('\n') == std::string::npos, text);
    }
  }
  set_language(Language::French);
  CHECK(event_text(Event{1, 0, 0, 0, event::File(event::FileWritten{ContainerId("c"), "/n", 1})}) == "/n écrit");
}

TEST_CASE("the trace opens with a snapshot, then what is kept, then what happens") {
  FakeEngine engine;
  engine.snapshot.world = "sim";
  engine.tracer().emit(0, event::File(event::FileRemoved{ContainerId("c"), "/1"}));
  engine.tracer().emit(0, event::File(event::FileRemoved{ContainerId("c"), "/2"}));
  const auto told = lines(ask(engine, "GET", "/strates/v1/trace?since=1").body);
  REQUIRE(told.size() == 2);
  CHECK(told[0]["type"] == "Snapshot");
  CHECK(told[0]["world"] == "sim");
  CHECK(told[1]["seq"] == 2);
  CHECK(told[1]["path"] == "/2");
  CHECK(ask(engine, "GET", "/strates/v1/trace?since=x").status == 400);
  {
    Client client(in_process_transport(make_handler(engine), nullptr));
    ClientRequest request;
    request.target = "/strates/v1/trace?follow=1&since=2";
    int seen = 0;
    CHECK_FALSE(engine.tracer().listened());
    const auto followed = client.json_lines(request, [&](const Json& line) {
      if (++seen == 1) {
        CHECK(line["type"] == "Snapshot");
        CHECK(engine.tracer().listened());
        engine.tracer().emit(0, event::File(event::FileRemoved{ContainerId("c"), "/3"}));
        return true;
      }
      CHECK(line["path"] == "/3");
      return false;
    });
    CHECK(followed.ok());
    CHECK(seen == 2);
    CHECK(engine.nets.calls.empty());
    request.target = "/strates/v1/trace?follow=1&packets=1";
    CHECK(client.json_lines(request, [&](const Json&) { return false; }).ok());
    CHECK(engine.nets.calls == std::vector<std::string>{"watch packets"});
  }
  CHECK_FALSE(engine.tracer().listened());
}

TEST_CASE("docker events tells the containers' and images' facts in Docker's form") {
  FakeEngine engine;
  const ContainerId c("c0ffee");
  engine.snapshot.images = {{ImageId("sha256:11"), {"docker.io/library/busybox:latest"}, {}}};
  engine.tracer().emit(0, event::Container(event::ContainerCreated{c, "e1", ImageId("sha256:11"), {}}));
  engine.tracer().emit(0, event::Container(event::RootPivoted{c, "/m"}));
  engine.tracer().emit(0, event::Container(event::ContainerStarted{c}));
  engine.tracer().emit(0, event::Container(event::SignalSent{c, 15}));
  engine.tracer().emit(0, event::Container(event::ContainerStopped{c, 137, false}));
  engine.tracer().emit(0, event::Container(event::ContainerRemoved{c, "e1"}));
  engine.tracer().emit(0, event::Image(event::ImageTagged{ImageId("sha256:11"), "docker.io/library/ce:1"}));
  const Nanos now = engine.world().clock.now();
  const std::string fraction = std::to_string(kSecond + now % kSecond).substr(1);
  const std::string period = "since=1&until=" + std::to_string(now / kSecond) + "." + fraction;
  const auto told = lines(ask(engine, "GET", "/events?" + period).body);
  std::vector<std::string> actions;
  for (const auto& line : told) actions.push_back(line["Type"].get<std::string>() + " " + line["Action"].get<std::string>());
  CHECK(actions == std::vector<std::string>{"container create", "container start", "container kill", "container die", "container destroy", "image tag"});
  CHECK(told[3]["Actor"]["Attributes"] == Json{{"exitCode", "137"}, {"image", "busybox"}, {"name", "e1"}});
  CHECK(told[3]["from"] == "busybox");
  CHECK(told[3]["id"] == "c0ffee");
  CHECK(told[2]["Actor"]["Attributes"]["signal"] == "15");
  CHECK(told[5]["Actor"]["Attributes"]["name"] == "ce:1");
  const auto filtered = lines(ask(engine, "GET", "/events?" + period + "&filters=" + percent_encode(R"({"event":["die","start"],"container":["e1"]})")).body);
  CHECK(filtered.size() == 2);
  CHECK(lines(ask(engine, "GET", "/events?" + period + "&filters=" + percent_encode(R"({"colour":["red"]})")).body).size() == told.size());  // passed over, as by Docker
}
