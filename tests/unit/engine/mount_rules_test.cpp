// What -v, --mount and --volumes-from may say, and the sentences when they may not: those of a Docker 20.10.24 engine.
#include "engine/mount_rules.hpp"

#include <doctest/doctest.h>

#include "engine/container_codec.hpp"
#include "engine/volume_rules.hpp"

using namespace strates;
using namespace strates::engine;

namespace {

std::string said(const Result<MountPoint>& result) { return result.ok() ? "ok" : result.error().message(); }

MountSpec spec(std::string type, std::string source, std::string target) {
  MountSpec out;
  out.type = std::move(type);
  out.source = std::move(source);
  out.target = std::move(target);
  return out;
}

}  // namespace

TEST_CASE("a bind and a volume are told apart by the slash, and their modes are read") {
  const MountPoint bind = parse_bind("/src/../a:/b/./c:ro,z", "").value();
  CHECK(bind.type == MountType::Bind);
  CHECK(bind.source == "/a");
  CHECK(bind.destination == "/b/c");
  CHECK_FALSE(bind.writable);
  CHECK(bind.mode == "ro,z");
  CHECK(bind.propagation == "rprivate");
  CHECK_FALSE(bind.must_exist);
  CHECK(parse_bind("/a:/b:rslave", "").value().propagation == "rslave");
  const MountPoint volume = parse_bind("data:/b:nocopy", "").value();
  CHECK(volume.type == MountType::Volume);
  CHECK(volume.name == "data");
  CHECK_FALSE(volume.copies);
  CHECK(volume.propagation.empty());
  CHECK(parse_bind("data:/b", "").value().copies);
  CHECK(parse_bind("data:/b", "other").value().driver == "other");
}

TEST_CASE("what -v may not say is refused in Docker's words") {
  CHECK(said(parse_bind("data-rel:b", "")) ==
        "invalid volume specification: 'data-rel:b': invalid mount config for type \"volume\": invalid mount path: 'b' mount path must be absolute");
  CHECK(said(parse_bind("/tmp:/", "")) == "invalid volume specification: '/tmp:/': invalid mount config for type \"bind\": invalid specification: destination can't be '/'");
  CHECK(said(parse_bind("/a:/b:/c:/d", "")) == "invalid volume specification: '/a:/b:/c:/d'");
  CHECK(said(parse_bind("/a:ro", "")) == "invalid volume specification: '/a:ro'");
  CHECK(said(parse_bind(":/x", "")) == "invalid volume specification: ':/x'");
  CHECK(said(parse_bind("a:/b:zz", "")) == "invalid mode: zz");
  CHECK(said(parse_bind("/tmp:/x:ro,rw", "")) == "invalid mode: ro,rw");
  CHECK(said(parse_bind("/tmp:/x:nocopy", "")) == "invalid volume specification: '/tmp:/x:nocopy': invalid mount config for type \"bind\": field VolumeOptions must not be specified");
  CHECK(said(parse_bind("data:/x:rslave", "")) == "invalid volume specification: 'data:/x:rslave': invalid mount config for type \"volume\": field BindOptions must not be specified");
  CHECK(parse_bind("/tmp:/x:ro,rw", "").error().kind == ErrorKind::Invalid);
  CHECK(said(parse_bind("/tmp:/x:", "")) == "ok");
}

TEST_CASE("what --mount may not say is refused in Docker's words") {
  CHECK(said(parse_mount(spec("foo", "", "/x"))) == "invalid mount config for type \"foo\": mount type unknown");
  CHECK(said(parse_mount(spec("bind", "", "/x"))) == "invalid mount config for type \"bind\": field Source must not be empty");
  CHECK(said(parse_mount(spec("bind", "tmp", "/x"))) == "invalid mount config for type \"bind\": invalid mount path: 'tmp' mount path must be absolute");
  CHECK(said(parse_mount(spec("tmpfs", "a", "/x"))) == "invalid mount config for type \"tmpfs\": field Source must not be specified");
  CHECK(said(parse_mount(spec("volume", "a", ""))) == "invalid mount config for type \"volume\": field Target must not be empty");
  CHECK(said(parse_mount(spec("volume", "aa", "/"))) == "invalid mount config for type \"volume\": invalid specification: destination can't be '/'");
  MountSpec anonymous = spec("volume", "", "/x");
  anonymous.read_only = true;
  CHECK(said(parse_mount(anonymous)) == "invalid mount config for type \"volume\": must not set ReadOnly mode when using anonymous volumes");
  MountSpec slave = spec("bind", "/tmp", "/x");
  slave.bind = MountSpec::Bind{"zz", false};
  CHECK(said(parse_mount(slave)) == "invalid mount config for type \"bind\": invalid propagation mode: zz");
  CHECK(missing_bind_source("/nonexist").message() == "invalid mount config for type \"bind\": bind source path does not exist: /nonexist");
}

TEST_CASE("memory is mounted with the size and mode that were asked") {
  MountSpec memory = spec("tmpfs", "", "/t");
  memory.tmpfs = MountSpec::Tmpfs{1 << 20, 01770};
  CHECK(parse_mount(memory).value().options == "mode=1770,size=1048576");
  CHECK(parse_mount(spec("tmpfs", "", "/t")).value().options.empty());
}

TEST_CASE("--volumes-from takes a container and an access, nothing else") {
  CHECK(parse_volumes_from("web").value().writable);
  CHECK_FALSE(parse_volumes_from("web:ro").value().writable);
  CHECK(parse_volumes_from("web:z").value().container == "web");
  CHECK(parse_volumes_from("").error().message() == "volumes-from specification cannot be an empty string");
  for (const auto* bad : {"web:zz", "web:nocopy", "web:rslave"}) CHECK(parse_volumes_from(bad).error().message() == "invalid mode: " + std::string(bad).substr(4));
}

TEST_CASE("names and options of volumes are those of Docker's local driver") {
  CHECK(validate_volume_name("a1").ok());
  CHECK(validate_volume_name("x").error().message() == "create x: volume name is too short, names should be at least two alphanumeric characters");
  CHECK(validate_volume_name("a/b").error().message() ==
        "create a/b: \"a/b\" includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host "
        "directory, use absolute path");
  for (const auto* bad : {"", "..", ".x", "-a", "a b", "a\nb"}) CHECK_FALSE(validate_volume_name(bad).ok());
  CHECK_FALSE(validate_volume_name(std::string(300, 'a')).ok());
  CHECK(validate_volume_options("q1", {{"bogus", "1"}}).error().message() == "create q1: invalid option: \"bogus\"");
  CHECK(validate_volume_options("q1", {{"type", "tmpfs"}}).error().message() == "create q1: missing required option: \"device\"");
  CHECK(validate_volume_options("q1", {{"device", "tmpfs"}}).error().message() == "create q1: missing required option: \"type\"");
  CHECK(validate_volume_options("q1", {{"o", "size=1"}}).error().message() == "create q1: missing required option: \"device\"");
  CHECK(validate_volume_options("q1", {{"o", "size=1"}, {"type", "tmpfs"}, {"device", "tmpfs"}}).ok());
  CHECK(validate_volume_driver("q1", "foo").error().message() == "create q1: error looking up volume plugin foo: plugin \"foo\" not found");
}

TEST_CASE("a volume's record comes back as it was kept, and what is no record is refused") {
  VolumeEntry entry{"v1", 42, std::map<std::string, std::string>{{"a", "b"}}, std::nullopt, true};
  const VolumeEntry back = decode_volume(encode_volume(entry)).value();
  CHECK(back.name == "v1");
  CHECK(back.created == 42);
  CHECK(back.labels == entry.labels);
  CHECK_FALSE(back.options.has_value());
  CHECK(back.filling);
  for (const auto* bad : {"{}", "nonsense", "{\"name\":\"../x\"}"}) CHECK_FALSE(decode_volume(bad).ok());
}

TEST_CASE("a container's mounts come back as they were kept") {
  Container container;
  container.id = ContainerId(std::string(64, 'a'));
  container.image = ImageId("sha256:" + std::string(64, 'b'));
  container.host.binds = {"v1:/x:ro"};
  container.host.volumes_from = {"web:ro"};
  MountSpec memory = spec("tmpfs", "", "/t");
  memory.tmpfs = MountSpec::Tmpfs{7, 0700};
  container.host.mounts = {memory, spec("volume", "v2", "/y")};
  container.mounts = {parse_bind("v1:/x:ro", "").value(), parse_mount(memory).value()};
  container.mounts[0].anonymous = true;
  const Container back = decode_container(encode_container(container)).value();
  CHECK(encode_container(back) == encode_container(container));
  REQUIRE(back.mounts.size() == 2);
  CHECK(back.mounts[0].anonymous);
  CHECK_FALSE(back.mounts[0].writable);
  CHECK(back.mounts[1].options == "mode=700,size=7");
  CHECK(back.host.mounts[0].tmpfs->mode == 0700);
}
