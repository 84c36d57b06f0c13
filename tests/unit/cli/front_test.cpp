#include <unistd.h>

#include <algorithm>
#include <csignal>

#include <filesystem>

#include "cli/doctor/checks.hpp"
#include "cli/doctor/child_probe.hpp"
#include "cli/ensure_daemon.hpp"
#include "cli/front.hpp"
#include "cli/front_commands.hpp"
#include "cli/prepare/base_image.hpp"
#include "cli/prepare/child_program.hpp"
#include "cli/prepare/elf.hpp"
#include "base/nearest_word.hpp"
#include "adapters/archive_reader.hpp"
#include "cli/file_source.hpp"
#include "support.hpp"
#include "tests/support/places.hpp"

using namespace strates;
using namespace strates::cli;
using namespace strates::cli::test;
namespace fs = std::filesystem;

namespace {

Surroundings around(std::map<std::string, std::string> variables, bool root) {
  Surroundings out;
  out.variable = [variables](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  out.is_root = root;
  out.home = "/home/eleve";
  return out;
}

struct Front {
  StringConsole console;
  int run(const std::vector<std::string>& words, const std::string& program = "strates") { return run_front(program, words, console); }
};

std::string scratch() {
  std::string name = "/dev/shm/strates-front-XXXXXX";
  return mkdtemp(name.data());
}

}  // namespace

TEST_CASE("the engine is --host, then STRATES_HOST, then DOCKER_HOST, then ours") {
  const std::map<std::string, std::string> both = {{"STRATES_HOST", "unix:///s"}, {"DOCKER_HOST", "unix:///d"}, {"XDG_RUNTIME_DIR", "/run/user/7"}};
  CHECK(choose_engine("unix:///o", around(both, true)).value().socket == "/o");
  CHECK(choose_engine("", around(both, true)).value().socket == "/s");
  CHECK(choose_engine("", around({{"DOCKER_HOST", "unix:///d"}}, true)).value().socket == "/d");
  CHECK_FALSE(choose_engine("", around(both, true)).value().ours());
  const EngineChoice root = choose_engine("", around({}, true)).value();
  CHECK(root.socket == "/run/strates/strates.sock");
  CHECK(root.root == "/var/lib/strates");
  CHECK(root.world == World::Linux);
  const EngineChoice user = choose_engine("", around({{"XDG_RUNTIME_DIR", "/run/user/7"}}, false)).value();
  CHECK(user.socket == "/run/user/7/strates/strates.sock");
  CHECK(user.root == "/home/eleve/.local/state/strates");
  CHECK(user.world == World::Simulated);
  CHECK(choose_engine("", around({}, false)).value().socket == "/home/eleve/.local/state/strates/strates.sock");
  CHECK(choose_engine("tcp://1.2.3.4:2375", around({}, true)).error().code == "client.host");
  CHECK(choose_engine("unix://relative", around({}, true)).error().code == "client.host");
}

TEST_CASE("a daemon is not started in the place of an engine that was named") {
  EngineChoice named = choose_engine("unix:///dev/shm/strates-nobody.sock", around({}, true)).value();
  CHECK(ensure_daemon(named).error().code == "client.not-ours");
}

TEST_CASE("an unknown command is answered with the nearest one") {
  constexpr std::string_view kWords[] = {"learn", "docker", "doctor", "trace"};
  CHECK(nearest_word("lern", kWords) == "learn");
  CHECK(nearest_word("trcae", kWords) == "trace");
  CHECK(nearest_word("doctr", kWords) == "doctor");
  CHECK(nearest_word("xyz", kWords) == "");
  CHECK(nearest_word(std::string(100000, 'a'), kWords) == "");
  Front front;
  CHECK(front.run({"--lang", "en", "lern"}) == 2);
  CHECK(front.console.err_text.find("`strates learn`") != std::string::npos);
  CHECK(front.run({"--lang", "en", "ps"}) == 2);
  CHECK(front.console.err_text.find("`strates docker ps`") != std::string::npos);
  CHECK(front.run({"--lang", "de", "version"}) == 2);
  CHECK(front.run({"--frob"}) == 2);
  CHECK(front.run({"trace", "--frob"}) == 2);
  CHECK(front.run({"images", "prepare", "nosuch"}) == 2);
  CHECK(front.run({"completion", "tcsh"}) == 2);
}

TEST_CASE("help is in the person's language and names every command") {
  Front french, english;
  CHECK(french.run({"--lang", "fr", "--help"}) == 0);
  CHECK(english.run({"--lang", "en"}) == 0);
  CHECK(french.console.out_text.find("Exemples") != std::string::npos);
  CHECK(english.console.out_text.find("Examples:") != std::string::npos);
  for (const FrontCommand& command : front_commands()) {
    CHECK(french.console.out_text.find("\n  " + std::string(command.name) + " ") != std::string::npos);
    Front one;
    // Those that become another program would end this one, and the tests that are to come with it.
    constexpr std::string_view kOthers[] = {"docker", "version", "compose", "learn", "view", "grade", "registry", "bundle"};
    if (std::find(std::begin(kOthers), std::end(kOthers), command.name) != std::end(kOthers)) continue;
    INFO(command.name);
    CHECK(one.run({std::string(command.name), "--help"}) == 0);
    CHECK_FALSE(one.console.out_text.empty());
  }
  set_language(Language::French);
}

TEST_CASE("called docker, the program is docker") {
  Front front;
  CHECK(front.run({"--version"}, "/usr/local/bin/docker") == 0);
  CHECK(front.console.out_text.starts_with("Docker version 20.10.24"));
  CHECK(front.run({"-H", "unix:///dev/shm/strates-nobody.sock", "ps"}, "docker") == 1);
  CHECK(front.console.err_text == "Cannot connect to the Docker daemon at unix:///dev/shm/strates-nobody.sock. Is the docker daemon running?\n");
}

TEST_CASE("completion offers commands, sub-commands and flags from the tables") {
  CHECK(completions({"do"}, false) == std::vector<std::string>{"docker", "doctor"});
  CHECK(completions({"docker", "ru"}, false) == std::vector<std::string>{"run"});
  CHECK(completions({"rena"}, true) == std::vector<std::string>{"rename"});
  CHECK(completions({"container", "ren"}, true) == std::vector<std::string>{"rename"});
  CHECK(completions({"docker", "run", "--int"}, false) == std::vector<std::string>{"--interactive"});
  CHECK(completions({"docker", "run", "--gpu"}, false) == std::vector<std::string>{"--gpus"});
  CHECK(completions({"docker", "compos"}, false) == std::vector<std::string>{"compose"});
  // What stands after `compose` is asked of its own program.
  CHECK(compose_words({"--", "docker", "compose", "up", ""}, false) == std::vector<std::string>{"__complete", "--", "up", ""});
  CHECK(compose_words({"--", "compose", "-f", "x"}, true) == std::vector<std::string>{"__complete", "--", "-f", "x"});
  CHECK(compose_words({"--", "compose"}, true).empty());
  CHECK(compose_words({"--", "docker", "ps", "compose"}, false).empty());
  Front front;
  for (const char* shell : {"bash", "zsh", "fish"}) CHECK(front.run({"completion", shell}) == 0);
}

TEST_CASE("a recorded trace is replayed as sentences or as it was") {
  const std::string folder = scratch(), path = folder + "/trace.jsonl";
  std::ofstream(path) << "{\"seq\":1,\"at\":\"2026-11-23T17:05:00Z\",\"op\":2,\"parent\":0,\"type\":\"FileCopiedUp\",\"container\":\"ab\",\"path\":\"/etc/motd\",\"from_layer\":\"sha256:11\",\"bytes\":7}\n"
                      << "{\"seq\":2,\"at\":\"2026-11-23T17:05:01Z\",\"op\":2,\"parent\":0,\"type\":\"FromTheFuture\"}\n";
  Front front;
  CHECK(front.run({"trace", "--replay", path}) == 0);
  CHECK(front.console.out_text.find("/etc/motd") != std::string::npos);
  CHECK(front.console.out_text.find("FromTheFuture") != std::string::npos);
  Front json;
  CHECK(json.run({"trace", "--replay", path, "--json", "--since", "1", "--record", folder + "/copy"}) == 0);
  CHECK(json.console.out_text.starts_with("{\"seq\":2"));
  CHECK(read_file(folder + "/copy", 1 << 20).value() == read_file(path, 1 << 20).value());
  Front bad;
  std::ofstream(path) << "not json\n";
  CHECK(bad.run({"trace", "--replay", path}) == 1);
  CHECK(bad.run({"trace", "--replay", folder + "/absent"}) == 1);
  fs::remove_all(folder);
}

TEST_CASE("the machine's apt sources are read in both forms, main of the release only") {
  const std::string folder = scratch();
  fs::create_directories(folder + "/sources.list.d");
  std::ofstream(folder + "/sources.list") << "# old\ndeb [arch=amd64 signed-by=/k.gpg] http://a.invalid/debian bookworm main contrib # x\ndeb-src http://a.invalid/debian bookworm main\n"
                                             "deb http://a.invalid/debian trixie main\ndeb http://third.invalid stable main\n";
  std::ofstream(folder + "/sources.list.d/debian.sources") << "Types: deb deb-src\nURIs: http://b.invalid/debian\nSuites: bookworm\n bookworm-updates\nComponents: main\nSigned-By: /usr/share/keyrings/x.gpg\n"
                                                              "\n# a comment\nEnabled: no\nTypes: deb\nURIs: http://off.invalid\nSuites: bookworm\nComponents: main\n"
                                                              "\nTypes: deb\nURIs: http://c.invalid/security\nSuites: bookworm-security\nComponents: main\n";
  std::ofstream(folder + "/sources.list.d/other.disabled") << "deb http://d.invalid bookworm main\n";
  CHECK(apt_sources(folder, "bookworm") == std::vector<std::string>{
                                               "deb [signed-by=/k.gpg] http://a.invalid/debian bookworm main",
                                               "deb [signed-by=/usr/share/keyrings/x.gpg] http://b.invalid/debian bookworm main",
                                               "deb [signed-by=/usr/share/keyrings/x.gpg] http://b.invalid/debian bookworm-updates main",
                                               "deb http://c.invalid/security bookworm-security main",
                                           });
  CHECK(apt_sources(folder + "/nothing", "bookworm").empty());
  fs::remove_all(folder);
}

TEST_CASE("the busybox image holds the machine's busybox and a link for each of its commands") {
  if (access("/bin/busybox", X_OK) != 0 || !is_static_program("/bin/busybox")) {
    MESSAGE("skipped: no static busybox");
    return;
  }
  const std::string folder = scratch(), path = folder + "/busybox.tar";
  REQUIRE(make_busybox(path, folder, [](const std::string&) {}).ok());
  FileSource file = FileSource::open(path).value();
  adapters::LibarchiveReader reader;
  const auto layer = reader.open(file).value();
  std::map<std::string, image::EntryMeta> all;
  for (auto entry = layer->next(); entry.ok() && entry.value(); entry = layer->next()) all[entry.value()->path] = entry.value()->meta;
  CHECK(all.size() > 200);
  CHECK(all.at("bin/busybox").mode == 0755);
  CHECK(all.at("bin/sh").link_target == "busybox");
  CHECK(all.at("tmp").mode == 01777);
  CHECK(all.at("root").mode == 0700);
  CHECK(all.at("etc/passwd").size > 0);
  for (const auto& [name, meta] : all) CHECK(meta.uid == 0);
  fs::remove_all(folder);
}

TEST_CASE("a program that is run gives its output, its lines and its exit code") {
  std::vector<std::string> said;
  const auto end = run_program({"sh", "-c", "echo out; echo one >&2; printf 'two\\rthree' >&2; exit 3"}, [&](const std::string& line) { said.push_back(line); }).value();
  CHECK(end.exit_code == 3);
  CHECK(end.output == "out\n");
  CHECK(said == std::vector<std::string>{"one", "two", "three"});
  CHECK(run_program({"/no/such/program"}).value().exit_code == 127);
  CHECK_FALSE(is_static_program("/etc/passwd"));
  CHECK_FALSE(is_static_program("/no/such/file"));
}

TEST_CASE("doctor says yes or no with a reason, and leaves nothing behind") {
  CHECK(probe([] { return std::string(); }).empty());
  CHECK(probe([] { return std::string("why"); }) == "why");
  CHECK(probe([]() -> std::string { raise(SIGKILL); return {}; }).starts_with("signal "));
  const auto findings = examine(choose_engine("unix:///dev/shm/strates-nobody.sock", around({}, geteuid() == 0)).value());
  std::vector<std::string> ids;
  for (const Finding& finding : findings) {
    INFO(finding.id);
    ids.push_back(finding.id);
    CHECK_FALSE(finding.title.empty());
    CHECK_FALSE(finding.detail.empty());
    CHECK((finding.verdict == Verdict::Yes || !finding.advice.empty()));
  }
  CHECK(ids == std::vector<std::string>{"root", "kernel", "overlayfs", "namespaces", "cgroups", "seccomp", "busybox", "fanotify", "cap-sys-resource", "forwarding", "disk", "mmdebstrap",
                                        "gcc", "engine", "terminal"});
  CHECK(check_daemon(choose_engine("unix:///dev/shm/strates-nobody.sock", around({}, true)).value()).verdict == Verdict::No);
  std::vector<Finding> made = {{"a", Need::Required, Verdict::Yes, "", "", ""}, {"b", Need::Useful, Verdict::No, "", "", ""}};
  CHECK(ready(made));
  made.push_back({"c", Need::Required, Verdict::No, "", "", ""});
  CHECK_FALSE(ready(made));
  Front front;
  front.run({"--host", "unix:///dev/shm/strates-nobody.sock", "doctor", "--json"});
  const Json json = parse_json(front.console.out_text).value();
  CHECK(json["checks"].size() == ids.size());
  CHECK(json["ready"] == ready(findings));
  for (const char* parent : {"/var/lib", "/var"})
    for (const auto& entry : fs::directory_iterator(parent)) CHECK_FALSE(entry.path().filename().string().starts_with(".strates-doctor"));
}

TEST_CASE("the front is thin: it needs the C library and the C mathematics, no more") {
  const std::string path = strates::testing::binary_dir() + "/strates";
  if (access(path.c_str(), R_OK) != 0) {
    MESSAGE("skipped: " << path << " was not built");
    return;
  }
#if defined(__SANITIZE_ADDRESS__)
  MESSAGE("skipped: a sanitizer adds its own libraries");
#else
  const auto listed = run_program({"readelf", "--dynamic", "--wide", path}).value();
  REQUIRE(listed.exit_code == 0);
  std::vector<std::string> libraries;
  for (const std::string& line : split_lines(listed.output))
    if (line.find("(NEEDED)") != std::string::npos) libraries.push_back(line.substr(line.find('[') + 1, line.find(']') - line.find('[') - 1));
  for (const std::string& library : libraries) {
    INFO(library);
    CHECK((library == "libc.so.6" || library == "libm.so.6" || library.starts_with("ld-linux")));
  }
  CHECK(libraries.size() <= 3);
  CHECK_FALSE(libraries.empty());
#endif
}
