#include <doctest/doctest.h>

#include <regex>

#include "builder_bench.hpp"
#include "engine/builder_errors.hpp"

using namespace strates;
using namespace strates::engine;
using namespace strates::engine::fake;

TEST_CASE("a first build says what Docker says") {
  Bench bench;
  bench.host.process = [](const FakeContainer&, FakeTree& tree, const auto& output) {
    output(StdStream::Out, "building hello in /app\n");
    output(StdStream::Err, "a warning\n");
    tree["app/built"] = {file_meta(), "x"};
    return 0;
  };
  bench.request.tags = {"app:1", "app"};
  const auto image = bench.build(
      "FROM busybox AS base\nLABEL maintainer=\"someone@example.invalid\" version=\"1.0\"\nENV APP_HOME=/app \\\n    MODE=prod\nWORKDIR $APP_HOME\n"
      "COPY src/ ./src/\nRUN echo building && echo warning >&2\nEXPOSE 8080/tcp 53/udp\nENTRYPOINT [\"/bin/sh\", \"run.sh\"]\nCMD [\"one\", \"two\"]\n",
      {directory("src"), {"src/main", "int main"}});
  REQUIRE(image.ok());
  CHECK(bench.said() ==
        "Step 1/9 : FROM busybox AS base\n ---> <id>\n"
        "Step 2/9 : LABEL maintainer=\"someone@example.invalid\" version=\"1.0\"\n ---> Running in <id>\nRemoving intermediate container <id>\n ---> <id>\n"
        "Step 3/9 : ENV APP_HOME=/app     MODE=prod\n ---> Running in <id>\nRemoving intermediate container <id>\n ---> <id>\n"
        "Step 4/9 : WORKDIR $APP_HOME\n ---> Running in <id>\nRemoving intermediate container <id>\n ---> <id>\n"
        "Step 5/9 : COPY src/ ./src/\n ---> <id>\n"
        "Step 6/9 : RUN echo building && echo warning >&2\n ---> Running in <id>\nbuilding hello in /app\n\x1b[91ma warning\n\x1b[0m"
        "Removing intermediate container <id>\n ---> <id>\n"
        "Step 7/9 : EXPOSE 8080/tcp 53/udp\n ---> Running in <id>\nRemoving intermediate container <id>\n ---> <id>\n"
        "Step 8/9 : ENTRYPOINT [\"/bin/sh\", \"run.sh\"]\n ---> Running in <id>\nRemoving intermediate container <id>\n ---> <id>\n"
        "Step 9/9 : CMD [\"one\", \"two\"]\n ---> Running in <id>\nRemoving intermediate container <id>\n ---> <id>\n"
        "Successfully built <id>\nSuccessfully tagged app:1\nSuccessfully tagged app:latest\n");
  CHECK(bench.host.containers.empty());
  CHECK(bench.output.ids == std::vector<ImageId>{image.value()});
  CHECK(bench.host.tags["docker.io/library/app:1"] == image.value());

  std::vector<std::string> made_by;
  for (const auto& row : bench.find(image.value()).config.history) made_by.push_back(row.created_by);
  REQUIRE(made_by.size() == 8);
  CHECK(made_by[0] == "/bin/sh -c #(nop)  LABEL maintainer=someone@example.invalid version=1.0");
  CHECK(made_by[1] == "/bin/sh -c #(nop)  ENV APP_HOME=/app MODE=prod");
  CHECK(made_by[2] == "/bin/sh -c #(nop) WORKDIR /app");
  CHECK(std::regex_match(made_by[3], std::regex("/bin/sh -c #\\(nop\\) COPY dir:[0-9a-f]{64} in \\./src/ ")));
  CHECK(made_by[4] == "/bin/sh -c echo building && echo warning >&2");
  CHECK(made_by[5] == "/bin/sh -c #(nop)  EXPOSE 53/udp 8080/tcp");
  CHECK(made_by[6] == "/bin/sh -c #(nop)  ENTRYPOINT [\"/bin/sh\" \"run.sh\"]");
  CHECK(made_by[7] == "/bin/sh -c #(nop)  CMD [\"one\" \"two\"]");

  const auto& config = bench.config(image.value());
  CHECK(config.working_dir == "/app");
  CHECK(config.exposed_ports == std::set<std::string>{"53/udp", "8080/tcp"});
  CHECK(config.entrypoint == image::StringList{"/bin/sh", "run.sh"});
  CHECK(config.cmd == image::StringList{"one", "two"});
  CHECK(config.env == image::StringList{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "APP_HOME=/app", "MODE=prod"});
  CHECK(bench.tree(image.value()).at("app/src/main").content == "int main");
  CHECK(bench.tree(image.value()).at("app/src/main").meta.uid == 0);
}

TEST_CASE("a second build takes every step from the cache and creates nothing") {
  Bench bench;
  const std::string file = "FROM busybox\nENV A=1\nWORKDIR /w\nCOPY a /a\nRUN touch /x\nCMD [\"sh\"]\n";
  const auto first = bench.build(file, {{"a", "1"}});
  REQUIRE(first.ok());
  const int created = bench.host.created;
  const auto second = bench.build(file, {{"a", "1"}});
  REQUIRE(second.ok());
  CHECK(second.value() == first.value());
  CHECK(bench.host.created == created);
  CHECK(bench.events<event::CacheHit>().size() == 5);
  CHECK(bench.events<event::CacheMissed>().empty());
  CHECK(bench.said().starts_with("Step 1/6 : FROM busybox\n ---> <id>\nStep 2/6 : ENV A=1\n ---> Using cache\n ---> <id>\n"));
}

TEST_CASE("a file's time does not miss the cache, its mode does") {
  Bench bench;
  Entry entry{"a", "1"};
  const auto first = bench.build("FROM busybox\nCOPY a /a\n", {entry});
  entry.meta.mtime += kSecond;
  const auto second = bench.build("FROM busybox\nCOPY a /a\n", {entry});
  REQUIRE((first.ok() && second.ok()));
  CHECK(first.value() == second.value());
  entry.meta.mode = 0755;
  REQUIRE(bench.build("FROM busybox\nCOPY a /a\n", {entry}).ok());
  CHECK(bench.only_reason<event::FileChanged>().path == "a");
}

TEST_CASE("a miss says that the parent never had a child") {
  Bench bench;
  REQUIRE(bench.build("FROM busybox\nRUN touch /x\n").ok());
  bench.only_reason<event::NoCandidate>();
}

TEST_CASE("a miss names the instruction that changed, with both texts") {
  Bench bench;
  REQUIRE(bench.build("FROM busybox\nENV A=1\nRUN echo one\n").ok());
  REQUIRE(bench.build("FROM busybox\nENV A=1\nRUN echo two\nRUN echo three\n").ok());
  const auto reason = bench.only_reason<event::InstructionChanged>();
  CHECK(reason.before == "RUN echo one");
  CHECK(reason.now == "RUN echo two");
  const auto missed = bench.events<event::CacheMissed>();
  REQUIRE(missed.size() == 2);
  CHECK(missed[0].index == 3);
  // After the first miss nothing is looked up any more.
  CHECK(std::get<event::ParentChanged>(missed[1].reason).step == 3);
}

TEST_CASE("the nearest candidate of the same instruction explains a miss") {
  Bench bench;
  REQUIRE(bench.build("FROM busybox\nRUN echo one\n").ok());
  REQUIRE(bench.build("FROM busybox\nCMD [\"x\"]\n").ok());
  CHECK(bench.only_reason<event::InstructionChanged>().before == "RUN echo one");
  REQUIRE(bench.build("FROM busybox\nRUN echo two\n").ok());
  CHECK(bench.only_reason<event::InstructionChanged>().before == "RUN echo one");
}

TEST_CASE("a miss of COPY names the file that changed, with both checksums") {
  Bench bench;
  const std::string file = "FROM busybox\nCOPY src /src/\n";
  REQUIRE(bench.build(file, {directory("src"), {"src/a", "1"}, {"src/b", "2"}}).ok());
  REQUIRE(bench.build(file, {directory("src"), {"src/a", "1"}, {"src/b", "3"}}).ok());
  auto reason = bench.only_reason<event::FileChanged>();
  CHECK(reason.path == "src/b");
  CHECK(reason.before.size() == 64);
  CHECK(reason.now.size() == 64);
  CHECK(reason.before != reason.now);
  SUBCASE("a file that came") {
    REQUIRE(bench.build(file, {directory("src"), {"src/a", "1"}, {"src/b", "3"}, {"src/c", "4"}}).ok());
    reason = bench.only_reason<event::FileChanged>();
    CHECK(reason.path == "src/c");
    CHECK(reason.before.empty());
  }
  SUBCASE("a file that went") {
    REQUIRE(bench.build(file, {directory("src"), {"src/a", "1"}}).ok());
    reason = bench.only_reason<event::FileChanged>();
    CHECK(reason.path == "src/b");
    CHECK(reason.now.empty());
  }
  SUBCASE("other sources to the same place are another instruction") {
    REQUIRE(bench.build("FROM busybox\nCOPY other /src/\n", {directory("other"), {"other/a", "1"}}).ok());
    const auto changed = bench.only_reason<event::InstructionChanged>();
    CHECK(changed.before == "COPY src /src/");
    CHECK(changed.now == "COPY other /src/");
  }
  SUBCASE("a host without notes still gives both checksums") {
    bench.host.notes.clear();
    REQUIRE(bench.build(file, {directory("src"), {"src/a", "9"}}).ok());
    reason = bench.only_reason<event::FileChanged>();
    CHECK(reason.path == "src");
    CHECK(reason.before.starts_with("dir:"));
    CHECK(reason.now.starts_with("dir:"));
  }
}

TEST_CASE("a miss names the argument that changed") {
  Bench bench;
  const std::string file = "FROM busybox\nARG GREETING=hello\nRUN echo $GREETING\n";
  REQUIRE(bench.build(file).ok());
  bench.request.build_args = {{"GREETING", "bye"}, {"UNUSED", "1"}};
  const auto image = bench.build(file);
  REQUIRE(image.ok());
  const auto reason = bench.only_reason<event::ArgumentChanged>();
  CHECK(reason.name == "GREETING");
  CHECK(reason.before == "hello");
  CHECK(reason.now == "bye");
  CHECK(bench.find(image.value()).config.history.back().created_by == "|1 GREETING=bye /bin/sh -c echo $GREETING");
  CHECK(bench.output.text.find("[Warning] One or more build-args [UNUSED] were not consumed\nSuccessfully built ") != std::string::npos);
}

TEST_CASE("--no-cache misses every step and says so") {
  Bench bench;
  REQUIRE(bench.build("FROM busybox\nENV A=1\nRUN x\n").ok());
  bench.request.no_cache = true;
  REQUIRE(bench.build("FROM busybox\nENV A=1\nRUN x\n").ok());
  const auto missed = bench.events<event::CacheMissed>();
  REQUIRE(missed.size() == 2);
  for (const auto& each : missed) CHECK(std::holds_alternative<event::CacheDisabled>(each.reason));
}

TEST_CASE("events tell the context, each step's start and what it made") {
  Bench bench;
  REQUIRE(bench.build("FROM busybox\nCOPY . /c/\nCMD [\"x\"]\n", {{".dockerignore", "secret\n"}, {"a", "1"}, {"secret", "2"}}).ok());
  const auto context = bench.events<event::ContextReceived>();
  REQUIRE(context.size() == 1);
  CHECK(context[0].entries == 3);
  CHECK(context[0].excluded == 1);
  CHECK(context[0].bytes == bench.request.context->size());
  const auto started = bench.events<event::StepStarted>();
  REQUIRE(started.size() == 3);
  CHECK(started[1].index == 2);
  CHECK(started[1].count == 3);
  CHECK(started[1].line == 2);
  CHECK(started[1].instruction == "COPY . /c/");
  const auto finished = bench.events<event::StepFinished>();
  REQUIRE(finished.size() == 3);
  CHECK(finished[1].made_layer);
  CHECK(finished[1].layer_bytes == 77);
  CHECK_FALSE(finished[2].made_layer);
}

TEST_CASE("quiet says only the id, and everything when it fails") {
  Bench bench;
  bench.request.quiet = true;
  const auto image = bench.build("FROM busybox\nENV A=1\n");
  REQUIRE(image.ok());
  CHECK(bench.output.text == image.value().str() + "\n");
  CHECK_FALSE(bench.build("FROM busybox\nCOPY nothere /\n").ok());
  CHECK(bench.output.text.starts_with("Step 1/2 : FROM busybox\n"));
}

TEST_CASE("a failing RUN gives Docker's sentence and its code, and keeps its container") {
  Bench bench;
  bench.host.process = [](const FakeContainer&, FakeTree&, const auto& output) {
    output(StdStream::Out, "before\n");
    return 3;
  };
  const size_t images = bench.host.images.size();
  auto image = bench.build("FROM busybox\nENV A=1\nRUN echo before; exit 3\nCMD [\"x\"]\n");
  CHECK(message(image) == "The command '/bin/sh -c echo before; exit 3' returned a non-zero code: 3");
  CHECK(image.error().code == "build.run-failed");
  CHECK(build_exit_code(image.error()) == 3);
  CHECK(bench.said().ends_with("Step 3/4 : RUN echo before; exit 3\n ---> Running in <id>\nbefore\n"));
  CHECK(bench.host.images.size() == images + 1);  // the step that passed
  CHECK(bench.host.containers.size() == 1);
  bench.host.containers.clear();
  bench.request.force_remove = true;
  image = bench.build("FROM busybox\nENV A=1\nRUN echo before; exit 3\n");
  CHECK_FALSE(image.ok());
  CHECK(bench.said().ends_with("before\nRemoving intermediate container <id>\n"));
  CHECK(bench.host.containers.empty());
}

TEST_CASE("the next step does not wait for the last one's container, the build does") {
  Bench bench;
  bench.host.delays = true;
  size_t beside = 0;
  bench.host.process = [&](const FakeContainer&, FakeTree&, const auto&) {
    beside = bench.host.containers.size();
    return 0;
  };
  REQUIRE(bench.build("FROM busybox\nRUN one\nRUN two\nRUN three\n").ok());
  CHECK(beside == 2);  // the third's own and the second's: never more
  CHECK(bench.host.containers.empty());
  CHECK(bench.said().find("Removing intermediate container <id>\n ---> <id>\nStep 3/4") != std::string::npos);
  bench.host.process = [&](const FakeContainer&, FakeTree&, const auto&) { return bench.host.containers.size() > 1 ? 1 : 0; };
  CHECK(bench.host.kept.empty());
  CHECK_FALSE(bench.build("FROM busybox\nRUN four\nRUN fails\n").ok());
  REQUIRE(bench.host.containers.size() == 1);  // the failed one alone
  CHECK(bench.host.kept == std::vector<ContainerId>{bench.host.containers.begin()->first});
}

TEST_CASE("a container that cannot be removed is told, and gives back what its process had") {
  Bench bench;
  bench.host.stuck = true;
  REQUIRE(bench.build("FROM busybox\nRUN one\n").ok());
  CHECK(bench.said().find("Removing intermediate container <id>\nError removing intermediate container <id>: it is busy\n") != std::string::npos);
  CHECK(bench.host.kept.size() == 1);
}

TEST_CASE("--rm=false keeps the intermediate containers") {
  Bench bench;
  bench.request.remove = false;
  REQUIRE(bench.build("FROM busybox\nENV A=1\nCOPY Dockerfile /d\nRUN x\n").ok());
  for (const auto& [id, container] : bench.host.containers) CHECK(std::find(bench.host.kept.begin(), bench.host.kept.end(), id) != bench.host.kept.end());
  CHECK(bench.host.containers.size() == 2);
  CHECK(bench.said().find("Removing") == std::string::npos);
}

TEST_CASE("a build whose client goes away stops and leaves no container") {
  for (const int after : {0, 2, 3, 4, 5, 6}) {
    CAPTURE(after);
    Bench bench;
    bench.cancel_after = after;
    const auto image = bench.build("FROM busybox\nENV A=1\nCOPY Dockerfile /d\nRUN x\nRUN y\n");
    REQUIRE_FALSE(image.ok());
    CHECK(image.error().code == "build.cancelled");
    CHECK(bench.host.containers.empty());
  }
}

TEST_CASE("a RUN sees its environment and arguments, and no entrypoint") {
  Bench bench;
  image::RunConfig seen;
  bench.host.process = [&](const FakeContainer& container, FakeTree&, const auto&) {
    seen = container.config;
    return 0;
  };
  REQUIRE(bench.build("FROM busybox\nARG B=2\nENV A=1\nENTRYPOINT [\"e\"]\nUSER 1000:1000\nRUN [\"/bin/busybox\", \"touch\"]\n").ok());
  CHECK(seen.cmd == image::StringList{"/bin/busybox", "touch"});
  CHECK(seen.entrypoint->empty());
  CHECK(seen.user == "1000:1000");
  CHECK(seen.env->back() == "B=2");
  CHECK((*seen.env)[1] == "A=1");
}

TEST_CASE("ENTRYPOINT takes away the base image's CMD, not this stage's own") {
  Bench bench;
  CHECK_FALSE(bench.config(bench.build("FROM busybox\nENTRYPOINT [\"e\"]\n").value()).cmd.has_value());
  CHECK(bench.config(bench.build("FROM busybox\nCMD [\"c\"]\nENTRYPOINT e $X\n").value()).cmd == image::StringList{"c"});
  CHECK(bench.config(bench.build("FROM busybox\nCMD [\"c\"]\nENTRYPOINT e $X\n").value()).entrypoint == image::StringList{"/bin/sh", "-c", "e $X"});
}

TEST_CASE("WORKDIR joins relative paths and makes the directory once") {
  Bench bench;
  const auto image = bench.build("FROM busybox\nWORKDIR /a\nWORKDIR b/../c\nWORKDIR /etc\n");
  REQUIRE(image.ok());
  CHECK(bench.config(image.value()).working_dir == "/etc");
  CHECK(bench.tree(image.value()).contains("a/c"));
  CHECK(bench.find(image.value()).layers.size() == 3);
  CHECK(message(bench.build("FROM busybox\nWORKDIR /etc/motd\n")) == "Cannot mkdir: /etc/motd is not a directory");
}

TEST_CASE("COPY lands files and directories where Docker lands them") {
  Bench bench;
  const std::vector<Entry> context = {directory("d", 0775), {"d/one", "1"}, directory("d/sub", 0700), {"d/sub/two", "2"},
                                      {"f.txt", "f"},       {"g.txt", "g"}, link_to("link", "f.txt"), link_to("d/inner", "one")};
  const auto tree_of = [&](const std::string& instructions) {
    const auto image = bench.build("FROM busybox\n" + instructions + "\n", context);
    REQUIRE_MESSAGE(image.ok(), image.error().message());
    return bench.tree(image.value());
  };
  CHECK(tree_of("COPY f.txt /x").at("x").content == "f");
  CHECK(tree_of("COPY f.txt /x/").at("x/f.txt").content == "f");
  CHECK(tree_of("COPY f.txt /etc").at("etc/f.txt").content == "f");
  CHECK(tree_of("COPY f.txt /a/b/c").at("a/b/c").content == "f");
  CHECK(tree_of("WORKDIR /w\nCOPY f.txt .").at("w/f.txt").content == "f");
  CHECK(tree_of("WORKDIR /w\nCOPY f.txt ./y").at("w/y").content == "f");
  CHECK(tree_of("COPY *.txt /t/").at("t/g.txt").content == "g");
  CHECK(tree_of("COPY [\"f.txt\", \"g.txt\", \"/t/\"]").at("t/g.txt").content == "g");
  const auto directory_copied = tree_of("COPY d /new");
  CHECK(directory_copied.at("new").meta.mode == 0755);
  CHECK(directory_copied.at("new/sub").meta.mode == 0700);
  CHECK(directory_copied.at("new/sub/two").content == "2");
  CHECK(directory_copied.at("new/inner").meta.type == image::EntryType::Symlink);
  CHECK(tree_of("COPY d /etc").at("etc/motd").content == "hello");
  // A link alone is followed and keeps its own name.
  CHECK(tree_of("COPY link /y/").at("y/link").content == "f");
  CHECK(tree_of("COPY . /all/").at("all/link").meta.type == image::EntryType::Symlink);
  CHECK(tree_of("COPY f.txt g.txt f.txt /t/").at("t/f.txt").content == "f");
  CHECK(tree_of("COPY f.txt /p\nCOPY g.txt /p").at("p").content == "g");
}

TEST_CASE("COPY --chown takes names from the image") {
  Bench bench;
  auto image = bench.build("FROM busybox\nCOPY --chown=web:www f /n/f\n", {{"f", "1"}});
  REQUIRE(image.ok());
  CHECK(bench.tree(image.value()).at("n/f").meta.uid == 33);
  CHECK(bench.tree(image.value()).at("n/f").meta.gid == 35);
  CHECK(bench.tree(image.value()).at("n").meta.uid == 33);
  CHECK(std::regex_match(bench.find(image.value()).config.history.back().created_by,
                         std::regex("/bin/sh -c #\\(nop\\) COPY --chown=web:wwwfile:[0-9a-f]{64} in /n/f ")));
  CHECK(message(bench.build("FROM busybox\nCOPY --chown=nobody f /f\n", {{"f", "1"}})) ==
        "unable to convert uid/gid chown string to host mapping: can't find uid for user nobody: no such user: nobody");
}

TEST_CASE("a link in the image is followed inside the image only") {
  Bench bench;
  bench.host.add_base("linked", {directory("real"), link_to("way", "/real"), link_to("out", "../../../real"), link_to("gone", "nowhere")});
  const auto tree_of = [&](const std::string& line) { return bench.tree(bench.build("FROM linked\n" + line + "\n", {{"f", "1"}}).value()); };
  CHECK(tree_of("COPY f /way/").at("real/f").content == "1");
  CHECK(tree_of("COPY f /out/").at("real/f").content == "1");
  CHECK(tree_of("COPY f /gone/x/").at("nowhere/x/f").content == "1");
}

TEST_CASE("COPY is refused with Docker's sentences") {
  Bench bench;
  const std::string missing = "COPY failed: file not found in build context or excluded by .dockerignore: stat nothere: file does not exist";
  CHECK(message(bench.build("FROM busybox\nCOPY nothere /x\n")) == missing);
  CHECK(message(bench.build("FROM busybox\nCOPY /nothere /x\n")) == missing);
  CHECK(message(bench.build("FROM busybox\nCOPY nothere /x\n", {{"nothere", "1"}, {".dockerignore", "not*\n"}})) == missing);
  CHECK(message(bench.build("FROM busybox\nCOPY ../etc/passwd /x\n")) == "COPY failed: forbidden path outside the build context: ../etc/passwd ()");
  CHECK(message(bench.build("FROM busybox\nCOPY a/../../b /x\n")) == "COPY failed: forbidden path outside the build context: a/../../b ()");
  CHECK(message(bench.build("FROM busybox\nCOPY *.none /x/\n")) == "COPY failed: no source files were specified");
  CHECK(message(bench.build("FROM busybox\nCOPY a b /x\n", {{"a", "1"}, {"b", "2"}})) ==
        "When using COPY with more than one source file, the destination must be a directory and end with a /");
  CHECK(bench.host.containers.empty());
}

TEST_CASE("a link in the context never leads out of it") {
  Bench bench;
  CHECK_FALSE(bench.build("FROM busybox\nCOPY l /x\n", {link_to("l", "../../../etc/passwd")}).ok());
  CHECK_FALSE(bench.build("FROM busybox\nCOPY l /x\n", {link_to("l", "l")}).ok());
  CHECK(bench.build("FROM busybox\nCOPY l /x\n", {link_to("l", "/a"), {"a", "1"}}).ok());
}

TEST_CASE("the Dockerfile and .dockerignore stay out of the image when they are excluded") {
  Bench bench;
  const auto image = bench.build("FROM busybox\nCOPY . /c/\n", {{".dockerignore", "Dockerfile\n.dockerignore\n*.log\n!keep.log\n"}, {"x.log", ""}, {"keep.log", ""}});
  REQUIRE(image.ok());
  const auto& tree = bench.tree(image.value());
  CHECK_FALSE(tree.contains("c/Dockerfile"));
  CHECK_FALSE(tree.contains("c/.dockerignore"));
  CHECK_FALSE(tree.contains("c/x.log"));
  CHECK(tree.contains("c/keep.log"));
}

TEST_CASE("FROM scratch starts with nothing") {
  Bench bench;
  const auto image = bench.build("FROM scratch\nCOPY a /\nCMD [\"/a\"]\n", {{"a", "1"}});
  REQUIRE(image.ok());
  CHECK(bench.said().starts_with("Step 1/3 : FROM scratch\n ---> \nStep 2/3 : COPY a /\n ---> <id>\n"));
  CHECK(bench.tree(image.value()).size() == 1);
  CHECK(bench.find(image.value()).config.config.env == image::StringList{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"});
  CHECK(message(bench.build("FROM scratch\n")) == "No image was generated. Is your Dockerfile empty?");
}

TEST_CASE("stages build on one another, --target stops early, --label ends the last") {
  Bench bench;
  const std::string file = "ARG BASE=busybox\nFROM $BASE AS one\nENV A=1\nFROM one\nENV B=2\n";
  bench.request.labels = {{"k", "$v"}};
  auto image = bench.build(file);
  REQUIRE(image.ok());
  CHECK(bench.said().starts_with("Step 1/6 : ARG BASE=busybox\nStep 2/6 : FROM $BASE AS one\n ---> <id>\n"));
  CHECK(bench.said().find("Step 6/6 : LABEL k=$v\n") != std::string::npos);
  CHECK(bench.config(image.value()).labels == std::map<std::string, std::string>{{"k", "$v"}});
  CHECK(bench.config(image.value()).env->size() == 3);
  // The second stage lies on one that was just built.
  const auto missed = bench.events<event::CacheMissed>();
  REQUIRE(missed.size() == 3);
  CHECK(std::get<event::ParentChanged>(missed[1].reason).step == 3);
  CHECK(bench.output.ids.size() == 2);
  bench.request.labels.clear();
  bench.request.target = "ONE";
  image = bench.build(file);
  REQUIRE(image.ok());
  CHECK(bench.config(image.value()).env->size() == 2);
  bench.request.target = "two";
  CHECK(message(bench.build(file)) == "failed to reach build target two in Dockerfile");
  bench.request.target.clear();
  CHECK(message(bench.build("FROM busybox AS x\nFROM busybox AS x\n")) == "x stage name already used");
}

TEST_CASE("triggers of the base image run after FROM") {
  Bench bench;
  image::RunConfig config;
  config.on_build = image::StringList{"RUN echo triggered"};
  bench.host.add_base("multi", {}, config);
  bench.host.process = [](const FakeContainer& container, FakeTree&, const auto& output) {
    output(StdStream::Out, container.config.cmd->back().substr(5) + "\n");
    return 0;
  };
  bench.request.tags = {"onb"};
  const auto image = bench.build("FROM multi\nRUN echo after\n");
  REQUIRE(image.ok());
  CHECK(bench.said() ==
        "Step 1/2 : FROM multi\n# Executing 1 build trigger\n ---> Running in <id>\ntriggered\nRemoving intermediate container <id>\n ---> <id>\n"
        "Step 2/2 : RUN echo after\n ---> Running in <id>\nafter\nRemoving intermediate container <id>\n ---> <id>\n"
        "Successfully built <id>\nSuccessfully tagged onb:latest\n");
  CHECK_FALSE(bench.config(image.value()).on_build.has_value());
}

TEST_CASE("what is wrong in a Dockerfile is said before anything is built") {
  Bench bench;
  const auto refused = [&](const std::string& file) {
    const std::string text = message(bench.build(file));
    CHECK(bench.output.text.empty());
    return text;
  };
  CHECK(refused("FROM busybox\nFROBNICATE x\n") == "dockerfile parse error line 2: unknown instruction: FROBNICATE");
  CHECK(refused("RUN echo\n") == "no build stage in current context");
  CHECK(refused("") == "the Dockerfile (Dockerfile) cannot be empty");
  CHECK(refused("# nothing\n") == "failed to parse Dockerfile: file with no instructions");
  CHECK(refused("FROM busybox\nENV PATH\n") == "failed to parse Dockerfile: ENV must have two arguments");
  CHECK(refused("FROM busybox\nCOPY x\n") ==
        "dockerfile parse error line 2: COPY requires at least two arguments, but only one was provided. Destination could not be determined");
  bench.request.dockerfile = "other/File";
  CHECK(refused("FROM busybox\n") == "Cannot locate specified Dockerfile: other/File");
  bench.request.dockerfile = "Dockerfile";
  bench.request.tags = {"Bad"};
  CHECK(refused("FROM busybox\n") == "invalid reference format: repository name must be lowercase");
}

TEST_CASE("what this builder leaves to another is refused, with the line") {
  Bench bench;
  CHECK(message(bench.build("FROM busybox\nRUN --mount=type=cache,target=/c ls\n")) ==
        "the --mount option requires BuildKit. Refer to https://docs.docker.com/go/buildkit/ to learn how to build images with BuildKit enabled");
  CHECK(message(bench.build("FROM busybox\nCOPY --chmod=700 a /\n", {{"a", ""}})).starts_with("the --chmod option requires BuildKit."));
  CHECK(message(bench.build("FROM busybox\nADD --chmod=700 a /\n", {{"a", ""}})).starts_with("the --chmod option requires BuildKit."));
  // Options that 20.10's classic builder never heard of, and its way with a here-document: none.
  CHECK(message(bench.build("FROM busybox\nCOPY --link a /\n")) == "dockerfile parse error line 2: Unknown flag: link");
  CHECK(message(bench.build("FROM busybox\nADD --checksum=sha256:aa a /\n")) == "dockerfile parse error line 2: Unknown flag: checksum");
  CHECK(message(bench.build("FROM busybox\nRUN --network=none ls\n")) == "dockerfile parse error line 2: Unknown flag: network");
  CHECK(message(bench.build("FROM busybox\nRUN --security=insecure ls\n")) == "dockerfile parse error line 2: Unknown flag: security");
  CHECK(message(bench.build("FROM busybox\nRUN --mount ls\n")) == "dockerfile parse error line 2: Missing a value on flag: mount");
  CHECK(message(bench.build("FROM busybox\nRUN <<EOF\nls\nEOF\n")) == "dockerfile parse error line 3: unknown instruction: LS");
  CHECK(message(bench.build("FROM busybox\nCOPY <<EOF /x\n")) ==
        "COPY failed: file not found in build context or excluded by .dockerignore: stat <<EOF: file does not exist");
  CHECK(message(bench.build("FROM nosuch\n")) == "No such image: nosuch");
  CHECK(message(bench.build("FROM busybox\nSTOPSIGNAL SIGNOPE\n")) == "Invalid signal: SIGNOPE");
  CHECK(message(bench.build("FROM busybox\nEXPOSE 99999\n")) == "Invalid containerPort: 99999");
}

TEST_CASE("a context that contradicts itself is refused") {
  Bench bench;
  const auto built = bench.build("FROM busybox\nCOPY . /c/\n", {link_to("a", "/etc"), {"a/passwd", "evil"}});
  REQUIRE_FALSE(built.ok());
  CHECK(built.error().code == "build.context");
}

TEST_CASE("the metadata instructions set what they name") {
  Bench bench;
  const auto image = bench.build(
      "FROM busybox\nMAINTAINER me <a@b>\nUSER 1:2\nSTOPSIGNAL SIGINT\nVOLUME /data /more\nONBUILD RUN x\nSHELL [\"/bin/ash\", \"-c\"]\n"
      "HEALTHCHECK --interval=5s --timeout=3s --retries=2 CMD true\nEXPOSE 7000-7002\nCMD run it\n");
  REQUIRE_MESSAGE(image.ok(), image.error().message());
  const auto& config = bench.config(image.value());
  CHECK(bench.find(image.value()).config.author == "me <a@b>");
  CHECK(config.user == "1:2");
  CHECK(config.stop_signal == "SIGINT");
  CHECK(config.volumes == std::set<std::string>{"/data", "/more"});
  CHECK(config.on_build == image::StringList{"RUN x"});
  CHECK(config.cmd == image::StringList{"/bin/ash", "-c", "run it"});
  CHECK(config.exposed_ports == std::set<std::string>{"7000/tcp", "7001/tcp", "7002/tcp"});
  CHECK(config.healthcheck->interval == 5 * kSecond);
  const auto& history = bench.find(image.value()).config.history;
  CHECK(history[3].created_by == "/bin/sh -c #(nop)  VOLUME [/data /more]");
  CHECK(history[6].created_by == "/bin/ash -c #(nop)  HEALTHCHECK &{[\"CMD-SHELL\" \"true\"] \"5s\" \"3s\" \"0s\" '\\x02'}");
}
