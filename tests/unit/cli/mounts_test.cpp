// -v and --mount as Docker's client reads them, and docker cp's two paths.
#include "cli/commands/mounts.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/base64.hpp"
#include "cli/copy_path.hpp"
#include "cli/local_tar.hpp"
#include "image/tar_header.hpp"
#include "image/tar_reader.hpp"
#include "support.hpp"

using namespace strates;
using namespace strates::cli;
using namespace strates::cli::test;

namespace {

std::string said(const std::string& mount) {
  const auto parsed = mount_json(mount);
  return parsed.ok() ? dump_json(parsed.value()) : parsed.error().message();
}

struct Folder {
  Folder() {
    char pattern[] = "/tmp/strates-cp-XXXXXX";
    path = ::mkdtemp(pattern);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  void write(const std::string& name, const std::string& text) { std::ofstream(path + "/" + name) << text; }
  std::string read(const std::string& name) {
    std::ifstream file(path + "/" + name);
    std::stringstream out;
    out << file.rdbuf();
    return out.str();
  }
  std::string path;
};

std::string same(const std::string& name) { return name; }

// The tar of entries written by hand, hostile ones too.
std::string tar_of(const std::vector<std::pair<image::LayerEntry, std::string>>& entries) {
  std::string out;
  for (auto [entry, content] : entries) {
    entry.meta.size = content.size();
    out += image::tar_header(entry, 0) + content + std::string(image::tar_padding(content.size()), '\0');
  }
  return out + std::string(1024, '\0');
}

image::LayerEntry entry(std::string path, image::EntryType type = image::EntryType::File, std::string link = {}) {
  image::LayerEntry out;
  out.path = std::move(path);
  out.meta.type = type;
  out.meta.mode = 0755;
  out.meta.link_target = std::move(link);
  return out;
}

std::string unpack(const std::string& tar, const std::string& directory) {
  StringSource bytes(tar);
  image::TarReader reader(bytes);
  const auto done = unpack_local(reader, directory, same);
  return done.ok() ? "" : done.error().message();
}

}  // namespace

TEST_CASE("--mount is read in all its spellings") {
  CHECK(said("type=bind,src=/a,dst=/b,readonly") == R"({"Type":"bind","Source":"/a","Target":"/b","ReadOnly":true})");
  CHECK(said("source=v,destination=/b") == R"({"Type":"volume","Source":"v","Target":"/b"})");
  CHECK(said("Type=BIND,source=/a,target=/b,ro=false,bind-propagation=RSLAVE") == R"({"Type":"bind","Source":"/a","Target":"/b","BindOptions":{"Propagation":"rslave"}})");
  CHECK(said("type=tmpfs,dst=/t,tmpfs-size=1m,tmpfs-mode=1770") == R"({"Type":"tmpfs","Target":"/t","TmpfsOptions":{"SizeBytes":1048576,"Mode":1016}})");
  CHECK(said("src=v,dst=/b,volume-nocopy,volume-label=a=b,volume-driver=local,volume-opt=type=tmpfs") ==
        R"({"Type":"volume","Source":"v","Target":"/b","VolumeOptions":{"NoCopy":true,"Labels":{"a":"b"},"DriverConfig":{"Name":"local","Options":{"type":"tmpfs"}}}})");
  CHECK(said("src=v,dst=/b,\"volume-opt=o=a,b\"") == R"({"Type":"volume","Source":"v","Target":"/b","VolumeOptions":{"DriverConfig":{"Options":{"o":"a,b"}}}})");
}

TEST_CASE("--mount is refused in the client's words") {
  CHECK(said("dst=/x,bogus=1") == "unexpected key 'bogus' in 'bogus=1'");
  CHECK(said("type=volume") == "target is required");
  CHECK(said("dst") == "invalid field 'dst' must be a key=value pair");
  CHECK(said("dst=/x,readonly=zz") == "invalid value for readonly: zz");
  CHECK(said("type=tmpfs,dst=/x,tmpfs-size=zz") == "invalid value for tmpfs-size: zz");
  CHECK(said("type=tmpfs,dst=/x,tmpfs-mode=9") == "invalid value for tmpfs-mode: 9");
  CHECK(said("type=volume,dst=/x,volume-nocopy=zz") == "invalid value for volume-nocopy: zz");
  CHECK(said("type=bind,src=/tmp,dst=/x,volume-nocopy=true") == "cannot mix 'volume-*' options with mount type 'bind'");
  CHECK(said("type=volume,src=q,dst=/x,bind-propagation=slave") == "cannot mix 'bind-*' options with mount type 'volume'");
  CHECK(said("type=bind,src=/tmp,target=/x,tmpfs-size=1") == "cannot mix 'tmpfs-*' options with mount type 'bind'");
  CHECK(said("") == "EOF");
  CHECK(said("\"bad") == "parse error on line 1, column 5: extraneous or missing \" in quoted-field");
}

TEST_CASE("-v is a bind with a source and an anonymous volume without") {
  const VolumeFlags flags = sort_volumes({"/anon", "vol:/x", "v:/x", "/a:/b:ro", "./a:/b"});
  CHECK(flags.volumes == std::vector<std::string>{"/anon", "v:/x"});  // a letter and a colon are a drive for Docker's client
  CHECK(flags.binds == std::vector<std::string>{"vol:/x", "/a:/b:ro", "./a:/b"});
}

TEST_CASE("where a copy goes follows from what is there and from the path's end") {
  const CopyInfo file{"/s/f", true, false, ""}, directory{"/s/d", true, true, ""}, inside{"/s/d/.", true, true, ""};
  const auto plan = [](const CopyInfo& source, const std::string& path, bool exists, bool is_directory) {
    const auto made = plan_copy(source, {path, exists, is_directory, ""});
    return made.ok() ? made.value().directory + "|" + made.value().from + ">" + made.value().to : made.error().message();
  };
  CHECK(plan(file, "/t", true, true) == "/t|>");
  CHECK(plan(file, "/t/new", false, false) == "/t|f>new");
  CHECK(plan(file, "/t/new/", false, false) == "no such directory");
  CHECK(plan(directory, "/t/new", false, false) == "/t|d>new");
  CHECK(plan(directory, "/t/new/", false, false) == "/t|d>new");
  CHECK(plan(inside, "/t/new", false, false) == "/t|.>new");
  CHECK(plan(directory, "/t/f", true, false) == "cannot copy directory");
  CHECK(rebased("./a/b", ".", "new") == "new/a/b");
  CHECK(rebased("/etc/x", "/", "out") == "out/etc/x");
  CHECK(parse_copy_argument("c:/x").container == "c");
  CHECK(parse_copy_argument("./a:b").container.empty());
  CHECK(parse_copy_argument("/a:b").container.empty());
  CHECK(rebase_name("/lnk", "/etc/passwd").second == "lnk");
  CHECK(rebase_name("/lnk/.", "/etc").first == "/etc/.");
}

TEST_CASE("local files are packed and unpacked with their kinds, modes, links and times") {
  Folder from, to;
  std::filesystem::create_directory(from.path + "/d");
  from.write("d/f", "hello");
  ::chmod((from.path + "/d/f").c_str(), 04750);
  std::filesystem::create_hard_link(from.path + "/d/f", from.path + "/d/g");
  std::filesystem::create_symlink("f", from.path + "/d/s");
  from.write("d/" + std::string(150, 'n'), "long");
  StringSink packed;
  REQUIRE(pack_local(from.path, "d", [](const std::string& name) { return rebased(name, "d", "e"); }, packed).ok());
  CHECK(unpack(packed.bytes, to.path).empty());
  CHECK(to.read("e/g") == "hello");
  CHECK(to.read("e/" + std::string(150, 'n')) == "long");
  struct stat about {};
  REQUIRE(::lstat((to.path + "/e/f").c_str(), &about) == 0);
  CHECK((about.st_mode & 07777) == 04750);
  CHECK(about.st_nlink == 2);
  CHECK(std::filesystem::read_symlink(to.path + "/e/s") == "f");
}

TEST_CASE("an archive from a container cannot leave the directory it is unpacked in") {
  using image::EntryType;
  Folder to, outside;
  CHECK(unpack(tar_of({{entry("../x"), "y"}}), to.path) == "\"../x\" is outside of \"" + to.path + "\"");
  CHECK(unpack(tar_of({{entry("l", EntryType::Symlink, "../../x"), ""}}), to.path) == "invalid symlink \"" + to.path + "/l\" -> \"../../x\"");
  // A link with an absolute target may be made, but nothing goes through it.
  CHECK_FALSE(unpack(tar_of({{entry("m", EntryType::Symlink, outside.path), ""}, {entry("m/x"), "y"}}), to.path).empty());
  CHECK_FALSE(std::filesystem::exists(outside.path + "/x"));
  std::filesystem::create_symlink(outside.path, to.path + "/n");
  CHECK_FALSE(unpack(tar_of({{entry("n/x"), "y"}}), to.path).empty());
  CHECK_FALSE(std::filesystem::exists(outside.path + "/x"));
  CHECK(unpack(tar_of({{entry("h", EntryType::HardLink, "../../etc/passwd"), ""}}), to.path).starts_with("invalid hardlink"));
  CHECK_FALSE(unpack("not a tar at all", to.path).empty());
  CHECK_FALSE(unpack(tar_of({{entry("f"), std::string(5000, 'x')}}).substr(0, 2000), to.path).empty());
  to.write("dir-or-file", "x");
  CHECK(unpack(tar_of({{entry("dir-or-file", EntryType::Directory), ""}}), to.path) ==
        "cannot overwrite non-directory \"" + to.path + "/dir-or-file\" with directory \"" + to.path + "\"");
}

TEST_CASE("base64 goes there and back, and refuses what it is not") {
  for (const auto* text : {"", "a", "ab", "abc", "{\"name\":\"x\"}"}) CHECK(base64_decode(base64_encode(text)).value() == text);
  CHECK(base64_encode("a") == "YQ==");
  for (const auto* bad : {"a", "a===", "ab!=", "YQ==YQ=="}) CHECK_FALSE(base64_decode(bad).ok());
}

TEST_CASE("docker run sends its mounts as Docker's client does") {
  Stage stage;
  stage.answers["POST /containers/create"] = {201, "{\"Id\":\"c1\",\"Warnings\":[]}"};
  const Ran ran = stage.docker({"create", "-v", "/anon", "-v", "v:/x:ro", "--mount", "type=tmpfs,dst=/t", "--volumes-from", "web:ro", "--volume-driver", "local", "busybox"});
  CHECK(ran.code == 0);
  const Json body = parse_json(ran.asked[0].body).value();
  CHECK(dump_json(body["Volumes"]) == "{\"/anon\":{}}");
  CHECK(dump_json(body["HostConfig"]["Binds"]) == "[\"v:/x:ro\"]");
  CHECK(dump_json(body["HostConfig"]["Mounts"]) == "[{\"Type\":\"tmpfs\",\"Target\":\"/t\"}]");
  CHECK(dump_json(body["HostConfig"]["VolumesFrom"]) == "[\"web:ro\"]");
  CHECK(body["HostConfig"]["VolumeDriver"] == "local");
  const Ran wrong = stage.docker({"run", "--mount", "dst", "busybox"});
  CHECK(wrong.code == 125);
  CHECK(wrong.err == "invalid argument \"dst\" for \"--mount\" flag: invalid field 'dst' must be a key=value pair\nSee 'docker run --help'.\n");
}

TEST_CASE("docker volume says what Docker says") {
  Stage stage;
  stage.answers["POST /volumes/create"] = {201, "{\"Name\":\"v2\"}"};
  Ran ran = stage.docker({"volume", "create", "--label", "a=b", "--label", "c", "-o", "type=tmpfs", "v2"});
  CHECK(ran.out == "v2\n");
  CHECK(ran.asked[0].body == "{\"Driver\":\"local\",\"DriverOpts\":{\"type\":\"tmpfs\"},\"Labels\":{\"a\":\"b\",\"c\":\"\"},\"Name\":\"v2\"}");
  CHECK(stage.docker({"volume", "create", "--name", "a1", "b1"}).err == "conflicting options: either specify --name or provide positional arg, not both\n");
  stage.answers["GET /volumes"] = {200, "{\"Volumes\":[{\"Name\":\"v10\",\"Driver\":\"local\",\"Labels\":{\"k\":\"v\"}},{\"Name\":\"v2\",\"Driver\":\"local\",\"Labels\":null}],\"Warnings\":null}"};
  CHECK(stage.docker({"volume", "ls"}).out == "DRIVER    VOLUME NAME\nlocal     v2\nlocal     v10\n");
  CHECK(stage.docker({"volume", "ls", "-q"}).out == "v2\nv10\n");
  CHECK(stage.docker({"volume", "ls", "--format", "{{.Name}} {{.Label \"k\"}} {{.Links}}"}).out == "v2  N/A\nv10 v N/A\n");
  stage.answers["POST /volumes/prune"] = {200, "{\"VolumesDeleted\":[\"x1\"],\"SpaceReclaimed\":2048}"};
  CHECK(stage.docker({"volume", "prune", "-f"}).out == "Deleted Volumes:\nx1\n\nTotal reclaimed space: 2.048kB\n");
  CHECK(stage.docker({"volume", "prune"}).out ==
        "WARNING! This will remove all local volumes not used by at least one container.\nAre you sure you want to continue? [y/N] Total reclaimed space: 0B\n");
  stage.answers["DELETE /volumes/v2"] = {404, "{\"message\":\"get v2: no such volume\"}"};
  CHECK(stage.docker({"volume", "rm", "v2"}).err == "Error: No such volume: v2\n");
}

TEST_CASE("docker cp asks before it sends, and says what Docker says") {
  Folder from;
  from.write("f", "x");
  Stage stage;
  CHECK(stage.docker({"cp", "a", "b"}).err == "must specify at least one container source\n");
  CHECK(stage.docker({"cp", "c:/a", "d:/b"}).err == "copying between containers is not supported\n");
  CHECK(stage.docker({"cp", from.path + "/nope", "c:/x"}).err == "lstat " + from.path + "/nope: no such file or directory\n");
  stage.answers["GET /containers/c/archive"] = {404, "{\"message\":\"Could not find the file /nope in container c\"}"};
  CHECK(stage.docker({"cp", "c:/nope", "."}).err == "Error: No such container:path: c:/nope\n");
  stage.answers["PUT /containers/c/archive"] = {404, "{\"message\":\"Could not find the file /nodir in container c\"}"};
  CHECK(stage.docker({"cp", from.path + "/f", "c:/nodir/x"}).err == "Error: No such container:path: c:/nodir\n");
  CHECK(stage.docker({"cp", from.path + "/f", "c:/nodir/"}).err == "no such directory\n");
  CHECK(stage.docker({"cp", "-", "c:/f"}).err == "destination \"c:/f\" must be a directory\n");
}
