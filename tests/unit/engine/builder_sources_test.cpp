// COPY --from, ADD and what they share, as Docker 20.10's classic builder answered.
#include <doctest/doctest.h>

#include "builder_bench.hpp"
#include "engine/image_tree.hpp"

using namespace strates;
using namespace strates::engine;
using namespace strates::engine::fake;

namespace {

std::string tar_with(const std::vector<Entry>& entries) { return tar_of(entries); }

RemoteFile remote_file(std::string bytes) {
  RemoteFile out;
  out.bytes = std::make_shared<StringSpool>(std::move(bytes));
  return out;
}

}  // namespace

TEST_CASE("COPY --from takes files of a stage, by name or number, or of an image, with their owners") {
  Bench bench;
  bench.host.process = [](const FakeContainer&, FakeTree& tree, const auto&) {
    tree["s"] = {directory_meta(0755), ""};
    tree["s/one"] = {file_meta(0640), "1"};
    tree["s/one"].meta.uid = 9;
    tree["s/l"] = {link_to("s/l", "one").meta, ""};
    tree["s/k"] = {directory_meta(0700), ""};
    tree["s/k"].meta.gid = 7;
    tree["s/k/k"] = {file_meta(), "k"};
    return 0;
  };
  const auto image = bench.build(
      "FROM busybox AS Build\nRUN make\nFROM scratch\nCOPY --from=build /s /t\nCOPY --from=0 s/l /followed\nCOPY --from=BUILD --chown=1:2 /s/one /owned\n"
      "COPY --from=build /s/o* /s/k /w/\nCOPY --from=busybox /etc/motd /m/\nCOPY --from=0 /etc/absent* /etc/passwd /p/\n");
  REQUIRE_MESSAGE(image.ok(), message(image));
  const FakeTree& tree = bench.tree(image.value());
  CHECK(tree.at("t").meta.mode == 0755);
  CHECK(tree.at("t").meta.uid == 0);
  CHECK(tree.at("t/one").content == "1");
  CHECK(tree.at("t/one").meta.uid == 9);
  CHECK(tree.at("t/one").meta.mode == 0640);
  CHECK(tree.at("t/l").meta.type == image::EntryType::Symlink);
  CHECK(tree.at("t/k").meta.gid == 7);
  CHECK(tree.at("t/k").meta.mode == 0700);
  CHECK(tree.at("t/k/k").content == "k");
  CHECK(tree.at("followed").meta.type == image::EntryType::File);
  CHECK(tree.at("followed").content == "1");
  CHECK(tree.at("owned").meta.uid == 1);
  CHECK(tree.at("owned").meta.gid == 2);
  CHECK(tree.at("w/one").content == "1");
  CHECK(tree.at("w/k").content == "k");  // a directory's content, not the directory
  CHECK(tree.at("m/motd").content == "hello");
  CHECK(tree.at("p/passwd").meta.type == image::EntryType::File);
  CHECK(bench.host.containers.empty());
  CHECK(bench.said().find("Step 4/9 : COPY --from=build /s /t\n ---> <id>\n") != std::string::npos);
}

TEST_CASE("COPY --from is refused with Docker's sentences, and nothing is left") {
  Bench bench;
  const auto refused = [&](const std::string& line) { return message(bench.build("FROM busybox AS a\n" + line + "\n")); };
  CHECK(refused("COPY --from=9 f /") == "invalid from flag value 9: index out of bounds");
  CHECK(refused("COPY --from=-1 f /") == "invalid from flag value -1: index out of bounds");
  CHECK(refused("COPY --from=0 f /") == "invalid from flag value 0: refers to current build stage");
  CHECK(refused("COPY --from=scratch f /") == "invalid from flag value scratch: 'scratch' is a reserved name");
  CHECK(refused("COPY --from=nope f /") == "invalid from flag value nope: No such image: nope");
  CHECK(refused("COPY --from=busybox /nothere /") == "COPY failed: stat nothere: file does not exist");
  CHECK(refused("COPY --from=busybox ../x /") == "COPY failed: forbidden path outside the build context: ../x ()");
  CHECK(refused("COPY --from=busybox no* /") == "COPY failed: no source files were specified");
  CHECK(bench.host.containers.empty());
}

TEST_CASE("COPY --from is cached by what it takes, and a miss names the file") {
  Bench bench;
  std::string made = "1";
  bench.host.process = [&](const FakeContainer&, FakeTree& tree, const auto&) {
    tree["out"] = {directory_meta(), ""};
    tree["out/a"] = {file_meta(), made};
    tree["out/b"] = {file_meta(), "same"};
    return 0;
  };
  const std::string file = "ARG V\nFROM busybox AS a\nARG V\nRUN make\nFROM scratch\nCOPY --from=a /out /\n";
  bench.request.build_args = {{"V", "1"}};
  const auto first = bench.build(file);
  REQUIRE(first.ok());
  // Made again by another command, the same bytes: the COPY comes from the cache.
  bench.request.build_args = {{"V", "2"}};
  CHECK(bench.build(file).value() == first.value());
  made = "2";
  bench.request.build_args = {{"V", "3"}};
  CHECK(bench.build(file).value() != first.value());
  const auto missed = bench.events<event::CacheMissed>();
  REQUIRE_FALSE(missed.empty());
  const auto* reason = std::get_if<event::FileChanged>(&missed.back().reason);
  REQUIRE(reason != nullptr);
  CHECK(reason->path == "out/a");
}

TEST_CASE("an empty stage gives nothing, and says so as Docker does") {
  Bench bench;
  const auto image = bench.build("FROM scratch AS e\nFROM busybox\nCOPY --from=e / /x/\n");
  REQUIRE(image.ok());
  CHECK(bench.said().find("Step 1/3 : FROM scratch AS e\n ---> \nStep 2/3") != std::string::npos);
  CHECK(bench.tree(image.value()).contains("x"));
}

TEST_CASE("ADD unpacks an archive of the context where COPY would put the file") {
  Bench bench;
  Entry file{"x/y/z", "zz", file_meta(0640)};
  file.meta.uid = 3;
  const std::string tar = tar_with({directory("x", 0750), directory("x/y"), file, link_to("x/ly", "y")});
  const auto image = bench.build("FROM busybox\nADD a.tar /t/\nADD --chown=5:6 a.tar /u\nADD --chown=5:6 plain /v/\nADD plain a.tar /m/\nCOPY a.tar /c/\n",
                                 {{"a.tar", tar}, {"plain", "text"}});
  REQUIRE_MESSAGE(image.ok(), message(image));
  const FakeTree& tree = bench.tree(image.value());
  CHECK(tree.at("t/x").meta.mode == 0750);
  CHECK(tree.at("t/x/y/z").content == "zz");
  CHECK(tree.at("t/x/y/z").meta.uid == 3);
  CHECK(tree.at("t/x/ly").meta.link_target == "y");
  CHECK_FALSE(tree.contains("t/a.tar"));
  CHECK(tree.at("u/x/y/z").meta.uid == 3);  // --chown is not for what an archive holds
  CHECK(tree.at("v/plain").meta.uid == 5);
  CHECK(tree.at("m/plain").content == "text");
  CHECK(tree.at("m/x/y/z").content == "zz");
  CHECK(tree.at("c/a.tar").content == tar);
  CHECK(bench.find(image.value()).config.history.front().created_by.find("#(nop) ADD file:") != std::string::npos);
}

TEST_CASE("an archive that ADD unpacks never leaves the image, and replaces what is in its way") {
  Bench bench;
  const std::string tar = tar_with({link_to("l", "/"), {"etc/motd/deep", "d"}});
  const auto image = bench.build("FROM busybox\nADD a.tar /\nADD b.tar /\n", {{"a.tar", tar}, {"b.tar", tar_with({{"l", "file now"}})}});
  REQUIRE_MESSAGE(image.ok() == false, "etc/motd is a file: Docker cannot make a directory of it");
  const auto through = bench.build("FROM busybox\nADD a.tar /sub/\n", {{"a.tar", tar_with({link_to("up", "../../../etc"), {"zz", "1"}})}});
  REQUIRE(through.ok());
  CHECK(bench.tree(through.value()).at("sub/up").meta.link_target == "../../../etc");
  CHECK(bench.tree(through.value()).at("etc/motd").content == "hello");
  CHECK(message(bench.build("FROM busybox\nADD a.tar /etc/motd\n", {{"a.tar", tar}})).starts_with("failed to copy files: Error processing tar file"));
  CHECK(bench.host.containers.empty());
}

TEST_CASE("ADD of a URL dates the file by Last-Modified, keeps it whole and private, and is cached by its content") {
  Bench bench;
  bench.host.remote["http://h/d/file.tar?x=1"] = remote_file(tar_with({{"in", "1"}}));
  bench.host.remote["http://h/d/file.tar?x=1"].last_modified = 981'173'106 * kSecond;
  bench.host.remote["http://h/"] = remote_file("named");
  bench.host.remote["http://h/"].content_disposition = "attachment; filename=\"said.txt\"";
  bench.host.remote["http://h/?none"] = remote_file("unnamed");
  const std::string file = "FROM busybox\nADD http://h/d/file.tar?x=1 /t/\nADD --chown=7:8 http://h/ /u/\nADD http://h/?none /w\n";
  const auto image = bench.build(file);
  REQUIRE_MESSAGE(image.ok(), message(image));
  const FakeTree& tree = bench.tree(image.value());
  CHECK(tree.at("t/file.tar").meta.mode == 0600);
  CHECK(tree.at("t/file.tar").meta.mtime == 981'173'106 * kSecond);
  CHECK(tree.at("u/said.txt").meta.uid == 7);
  CHECK(tree.at("u/said.txt").meta.mtime == 0);
  CHECK(tree.at("w").content == "unnamed");
  CHECK(bench.said().find("Step 2/4 : ADD http://h/d/file.tar?x=1 /t/\n\n ---> <id>\n") != std::string::npos);
  CHECK(bench.build(file).value() == image.value());
  bench.host.remote["http://h/?none"] = remote_file("changed");
  CHECK(bench.build(file).value() != image.value());

  CHECK(message(bench.build("FROM busybox\nADD http://h/?none /x/\n")) == "ADD failed: cannot determine filename for source http://h/?none");
  CHECK(message(bench.build("FROM busybox\nCOPY http://h/ /x\n")) == "COPY failed: source can't be a URL for COPY");
  CHECK(message(bench.build("FROM busybox\nADD http://gone/x /x\n")) == "ADD failed: Get \"http://gone/x\": no route");
  CHECK(bench.host.containers.empty());
}

TEST_CASE("a downloaded file's name is one name, whatever the address says") {
  CHECK(remote_name("http://h/a/b%20c.tar?q#f", "") == "b c.tar");
  CHECK(remote_name("http://h/a/..%2f..%2fetc%2fpasswd", "") == "passwd");
  CHECK(remote_name("http://h/..", "") == "");
  CHECK(remote_name("http://h", "attachment; filename=\"../../evil\"") == "evil");
  CHECK(remote_name("http://h/a%00b", "") == "");
  CHECK(remote_name("http://h/" + std::string(300, 'x'), "") == "");
  CHECK(remote_name("http://h/%zz", "") == "%zz");
}

TEST_CASE("the forms of ${} are those of the classic builder") {
  Bench bench;
  const auto refused = [&](const std::string& value) { return message(bench.build("FROM busybox\nLABEL a=" + value + "\n")); };
  for (const char* form : {"${x#b}", "${x%b}", "${x/b/c}", "${x-b}", "${x+b}", "${x"})
    CHECK(refused(form) == "failed to process \"" + std::string(form) + "\": missing ':' in substitution");
  CHECK(refused("${x:=b}") == "failed to process \"${x:=b}\": unsupported modifier (=) in substitution");
  CHECK(refused("${x:?b}") == "failed to process \"${x:?b}\": x: b");
  CHECK(refused("${x?b}") == "failed to process \"${x?b}\": x: b");
  CHECK(refused("${x:?}") == "failed to process \"${x:?}\": x: is not allowed to be unset");
  CHECK(refused("${x:-") == "failed to process \"${x:-\": syntax error: missing '}'");
  const auto image = bench.build("FROM busybox\nARG y=1\nLABEL a=${x:-b}${y:+c}\n");
  REQUIRE(image.ok());
  CHECK(bench.config(image.value()).labels->at("a") == "bc");
}

TEST_CASE("an argument from before FROM is seen by FROM, and by a stage that names it again") {
  Bench bench;
  std::vector<std::string> seen;
  bench.host.process = [&](const FakeContainer& container, FakeTree&, const auto&) {
    seen = container.config.env.value_or(image::StringList{});
    return 0;
  };
  const auto sees = [&](const std::string& entry) { return std::find(seen.begin(), seen.end(), entry) != seen.end(); };
  REQUIRE(bench.build("ARG V=busybox\nFROM $V\nRUN a\n").ok());
  CHECK_FALSE(sees("V=busybox"));
  REQUIRE(bench.build("ARG V=busybox\nFROM $V\nARG V\nRUN a\n").ok());
  CHECK(sees("V=busybox"));
  bench.request.build_args = {{"V", "busybox"}, {"GONE", "1"}};
  REQUIRE(bench.build("ARG V\nFROM $V\nRUN b\n").ok());
  CHECK(bench.said().find("[Warning] One or more build-args [GONE] were not consumed\n") != std::string::npos);
}

TEST_CASE("a destination is cleaned by its words before links are followed") {
  Bench bench;
  bench.host.process = [](const FakeContainer&, FakeTree& tree, const auto&) {
    tree["l"] = {link_to("l", "/deep/er").meta, ""};
    return 0;
  };
  const auto image = bench.build("FROM busybox\nRUN ln\nCOPY a /l/../\n", {{"a", "1"}});
  REQUIRE(image.ok());
  CHECK(bench.tree(image.value()).contains("a"));
}

TEST_CASE("FROM --platform is read as the classic builder reads it") {
  Bench bench;
  CHECK(bench.build("FROM --platform=linux/arm64 busybox\nENV a=b\n").ok());  // what is here is taken
  CHECK(message(bench.build("FROM --platform=a/b/c/d busybox\n")) ==
        "failed to parse platform a/b/c/d: \"a/b/c/d\": cannot parse platform specifier: invalid argument");
  CHECK(message(bench.build("FROM --platform=$x busybox\n")) ==
        "failed to parse platform : \"\" is an invalid component of \"\": platform specifier component must match \"^[A-Za-z0-9_-]+$\": invalid argument");
}

TEST_CASE("--cache-from lets only those images be the cache, and one that is not here is passed over") {
  Bench bench;
  const std::string file = "FROM busybox\nENV q=1\nRUN true\n";
  bench.request.tags = {"cf:1"};
  const auto first = bench.build(file);
  bench.request.tags.clear();
  bench.request.cache_from = {"docker.io/library/cf:1"};
  CHECK(bench.build(file).value() == first.value());
  bench.request.cache_from = {"gone"};
  CHECK(bench.build(file).value() != first.value());
  bench.request.cache_from = {"docker.io/library/cf:1"};
  CHECK(bench.build(file).value() == first.value());  // not the newest any more, and still the one
}

TEST_CASE("a context at a URL is a tar, or with the type of a text a Dockerfile alone") {
  Bench bench;
  bench.host.remote["http://h/ctx"] = remote_file(tar_of({{"Dockerfile", "FROM busybox\nCOPY a /\n"}, {"a", "1"}}));
  bench.host.remote["http://h/df"] = remote_file("FROM busybox\nENV a=b\n");
  bench.host.remote["http://h/df"].content_type = "text/plain; charset=utf-8";
  BuildRequest request;
  FakeOutput output;
  request.remote = "http://h/ctx";
  CHECK(run_build(bench.host, request, output, 0).ok());
  request.remote = "http://h/df";
  const auto image = run_build(bench.host, request, output, 0);
  REQUIRE(image.ok());
  CHECK(bench.config(image.value()).env->back() == "a=b");
  request.remote = "http://h/none";
  CHECK(message(run_build(bench.host, request, output, 0)) == "error downloading remote context http://h/none: Get \"http://h/none\": no route");
  request.remote = "ftp://x";
  CHECK(message(run_build(bench.host, request, output, 0)) == "remoteURL (ftp://x) could not be recognized as URL");
}

TEST_CASE("a COPY that only adds becomes a layer without being written first, any other is written") {
  Bench bench;
  bench.host.process = [](const FakeContainer&, FakeTree& tree, const auto&) {
    tree["srv"] = {directory_meta(0700), ""};
    tree["srv/old"] = {file_meta(), "old"};
    tree["srv/dir"] = {directory_meta(), ""};
    return 0;
  };
  const std::vector<Entry> context = {directory("d"), {"d/a", "1"}, {"d/b", "2"}, {"d/l", "", link_to("d/l", "a").meta}, {"d/z", "3"}, {"dir", "a file"}, {"old", "new"}};
  const auto layers = [&](const std::string& copy) {
    bench.host.layers_given = 0;
    const auto image = bench.build("FROM busybox\nRUN make\n" + copy + "\n", context);
    REQUIRE_MESSAGE(image.ok(), message(image));
    return std::pair{bench.host.layers_given, bench.tree(image.value())};
  };
  SUBCASE("into a directory that is not there") {
    const auto [given, tree] = layers("COPY d /x/y");
    CHECK(given == 1);
    CHECK(tree.at("x").meta.mode == 0755);
    CHECK(tree.at("x/y/a").content == "1");
    CHECK(tree.at("x/y/l").meta.link_target == "a");
  }
  SUBCASE("into one that is: it comes along as it was") {
    const auto [given, tree] = layers("COPY old d/z /srv/");
    CHECK(given == 0);  // d/z comes before old in the context, and after it here
    CHECK(tree.at("srv/z").content == "3");
    CHECK(tree.at("srv/old").content == "new");
    const auto [other_given, other] = layers("COPY d/a old /srv/");
    CHECK(other_given == 1);
    CHECK(other.at("srv").meta.mode == 0700);
    CHECK(other.at("srv/old").content == "new");
    CHECK(other.at("srv/a").content == "1");
  }
  SUBCASE("a file for a directory: something has to go") {
    const auto [given, tree] = layers("COPY dir /srv/dir2");
    CHECK(given == 1);
    const auto whole = bench.build("FROM busybox\nRUN make\nCOPY . /srv\n", context);
    REQUIRE_MESSAGE(whole.ok(), message(whole));
    CHECK(bench.host.layers_given == 1);
    CHECK(bench.tree(whole.value()).at("srv/dir").content == "a file");
  }
  SUBCASE("a file in two places") {
    const auto [given, tree] = layers("COPY d/a d /two/");
    CHECK(tree.at("two/a").content == "1");
    CHECK(given == 1);  // the later source hides the earlier one
  }
  SUBCASE("of an image: its files can only be asked for one by one") {
    const auto [given, tree] = layers("COPY --from=busybox /etc /e");
    CHECK(given == 0);
    CHECK(tree.contains("e/motd"));
  }
}
