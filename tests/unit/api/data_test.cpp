// Volumes and archives at the API's edge: shapes, status codes, Go's mode bits.
#include <doctest/doctest.h>

#include "base/base64.hpp"
#include "base/json_full.hpp"
#include "fake_engine.hpp"
#include "image/tar_reader.hpp"

using namespace strates;
using namespace strates::api;
using namespace strates::api::test;

namespace {

Json stat_of(const Answer& answer) { return parse_json(base64_decode(answer.header("X-Docker-Container-Path-Stat")).value()).value(); }

}  // namespace

TEST_CASE("a path's stat has Go's mode bits and the time to the nanosecond") {
  FakeEngine engine;
  engine.path_stat.name = "passwd";
  engine.path_stat.meta.mode = 0644;
  engine.path_stat.meta.size = 30;
  engine.path_stat.meta.mtime = 1'795'629'432 * kSecond;
  const Answer file = ask(engine, "HEAD", "/containers/web/archive?path=/etc/passwd");
  CHECK(file.status == 200);
  CHECK(file.header("X-Docker-Container-Path-Stat") ==
        "eyJuYW1lIjoicGFzc3dkIiwic2l6ZSI6MzAsIm1vZGUiOjQyMCwibXRpbWUiOiIyMDI2LTExLTI1VDE3OjU3OjEyWiIsImxpbmtUYXJnZXQiOiIifQ==");  // a Docker 20.10's own
  CHECK(engine.calls.back() == "stat web /etc/passwd");
  const auto mode = [&](image::EntryType type, std::uint32_t bits) {
    engine.path_stat.meta.type = type;
    engine.path_stat.meta.mode = bits;
    return json_int(stat_of(ask(engine, "HEAD", "/containers/web/archive?path=/x")), "mode");
  };
  CHECK(mode(image::EntryType::Directory, 0755) == 2147484141);
  CHECK(mode(image::EntryType::Directory, 01777) == 2148532735);
  CHECK(mode(image::EntryType::Symlink, 0777) == 134218239);
  engine.path_stat.meta.link_target = "busybox";
  engine.path_stat.leads_to = "/bin/busybox";
  const Json link = stat_of(ask(engine, "HEAD", "/containers/web/archive?path=/bin/sh"));
  CHECK(json_int(link, "size") == 7);
  CHECK(json_string(link, "linkTarget") == "/bin/busybox");
}

TEST_CASE("an archive is named after what was asked, and its stat comes along") {
  FakeEngine engine;
  engine.path_stat.name = "srv";
  engine.path_stat.meta.type = image::EntryType::Directory;
  const Answer answer = ask(engine, "GET", "/containers/web/archive?path=/srv");
  CHECK(answer.status == 200);
  CHECK(answer.header("Content-Type") == "application/x-tar");
  CHECK(json_string(stat_of(answer), "name") == "srv");
  StringSource bytes(answer.body);
  image::TarReader reader(bytes);
  const auto first = reader.next().value();
  REQUIRE(first.has_value());
  CHECK(first->path.starts_with("srv/"));
  CHECK(ask(engine, "GET", "/containers/web/archive").status == 400);
  CHECK(ask(engine, "GET", "/containers/web/archive").body == "{\"message\":\"bad parameter: pathcannot be empty\"}\n");
  engine.fails = docker_error(ErrorKind::NotFound, "path.not-found", "Could not find the file /nope in container web");
  CHECK(ask(engine, "GET", "/containers/web/archive?path=/nope").status == 404);
}

TEST_CASE("an uploaded archive reaches the engine with what was asked of it") {
  FakeEngine engine;
  const Answer answer = ask(engine, "PUT", "/containers/web/archive?path=/srv&noOverwriteDirNonDir=true", "the tar");
  CHECK(answer.status == 200);
  CHECK(engine.written == "the tar");
  CHECK(engine.extract_options.keep_kinds);
  CHECK_FALSE(engine.extract_options.to_user);
  ask(engine, "PUT", "/containers/web/archive?path=/srv&copyUIDGID=true", "x");
  CHECK(engine.extract_options.to_user);
}

TEST_CASE("volumes have Docker's shape and status codes") {
  FakeEngine engine;
  const Answer made = ask(engine, "POST", "/volumes/create", R"({"Name":"v1","Labels":{"q":"r"}})");
  CHECK(made.status == 201);
  CHECK(made.body == "{\"CreatedAt\":\"1970-01-01T00:00:01Z\",\"Driver\":\"local\",\"Labels\":{\"q\":\"r\"},\"Mountpoint\":\"/v/v1/_data\",\"Name\":\"v1\",\"Options\":null,\"Scope\":\"local\"}\n");
  CHECK(ask(engine, "POST", "/volumes/create", R"({"Name":5})").status == 400);
  CHECK(ask(engine, "POST", "/volumes/create", R"({"Labels":["a"]})").status == 400);
  engine.all_volumes = {{"v1", "/v/v1/_data", kSecond, std::nullopt, std::nullopt}};
  CHECK(ask(engine, "GET", "/volumes").body.starts_with("{\"Volumes\":[{\"CreatedAt\""));
  CHECK(ask(engine, "GET", "/volumes?filters=%7B%22label%22%3A%5B%22a%22%5D%7D").status == 200);
  CHECK(engine.volume_filters == std::vector<std::pair<std::string, std::string>>{{"label", "a"}});
  CHECK(ask(engine, "GET", "/volumes?filters=%7B%22nope%22%3A%5B%22a%22%5D%7D").body == "{\"message\":\"Invalid filter 'nope'\"}\n");
  CHECK(ask(engine, "GET", "/volumes/v2").status == 404);
  CHECK(ask(engine, "GET", "/volumes/v2").body == "{\"message\":\"get v2: no such volume\"}\n");
  CHECK(ask(engine, "DELETE", "/volumes/v1?force=1").status == 204);
  CHECK(engine.calls.back() == "remove_volume v1 force");
  CHECK(ask(engine, "POST", "/volumes/prune").body == "{\"VolumesDeleted\":[\"old\"],\"SpaceReclaimed\":12}\n");
  CHECK(ask(engine, "DELETE", "/containers/web?v=1&force=1").status == 204);
  CHECK(engine.calls.back() == "remove web force volumes");
  const Json usage = parse_json(ask(engine, "GET", "/system/df").body).value();
  CHECK(dump_json(usage["Volumes"][0]["UsageData"]) == "{\"RefCount\":2,\"Size\":7}");
}

TEST_CASE("mounts are read and shown as Docker does, and unknown options are refused by name") {
  FakeEngine engine;
  const std::string body =
      R"({"Image":"busybox","Volumes":{"/anon":{}},"HostConfig":{"Binds":["v:/x:ro"],"VolumesFrom":["web"],"Mounts":[{"Type":"tmpfs","Target":"/t","TmpfsOptions":{"SizeBytes":7,"Mode":448}},{"Type":"volume","Source":"v2","Target":"/y","ReadOnly":true,"VolumeOptions":{"NoCopy":true,"Labels":{"a":"b"},"DriverConfig":{"Name":"local"}}}]}})";
  CHECK(ask(engine, "POST", "/containers/create", body).status == 201);
  CHECK(engine.created.config.volumes->contains("/anon"));
  CHECK(engine.created.host.binds == std::vector<std::string>{"v:/x:ro"});
  CHECK(engine.created.host.volumes_from == std::vector<std::string>{"web"});
  REQUIRE(engine.created.host.mounts.size() == 2);
  CHECK(engine.created.host.mounts[0].tmpfs->mode == 0700);
  CHECK(engine.created.host.mounts[1].volume->no_copy);
  CHECK(ask(engine, "POST", "/containers/create", R"({"Image":"busybox","HostConfig":{"Mounts":[{"Type":"bind","BindOptions":{"CreateMountpoint":true}}]}})").status == 501);
  CHECK(ask(engine, "POST", "/containers/create", R"({"Image":"busybox","HostConfig":{"Mounts":{}}})").status == 400);
  CHECK(ask(engine, "POST", "/containers/create", R"({"Image":"busybox","HostConfig":{"Binds":[5]}})").status == 400);
}
