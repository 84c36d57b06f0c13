#include "compare.hpp"

#include <filesystem>

#include "base/strings.hpp"
#include "real_run.hpp"

namespace strates::sim::testing {

namespace {

// What a refusal says is not compared: it must be said, and the code must not be 0.
bool refused(const Output& output) { return output.err.find("strates-sim: ") != std::string::npos && output.code != 0; }

void check(const Case& one, const Output& simulated, const Output& real) {
  INFO("script: " << std::string(one.script));
  CHECK_MESSAGE(!refused(simulated), simulated.err);
  CHECK(simulated.out == real.out);
  CHECK(simulated.err == real.err);
  CHECK(simulated.code == real.code);
}

}  // namespace

void compare_busybox(const Case* cases, size_t count) {
  if (const auto why = no_real_busybox()) {
    MESSAGE("skipped: " << *why);
    return;
  }
  const Scratch scratch;
  TestContainer pattern("busybox");
  const std::string passwd = pattern.file("/etc/passwd"), group = pattern.file("/etc/group");
  const std::vector<std::string> env{"PATH=/bin", "HOME=/root"};
  make_busybox_root(scratch.path(), passwd, group);
  for (size_t i = 0; i < count; ++i) {
    std::filesystem::remove_all(scratch.path() + "/w");
    std::filesystem::create_directory(scratch.path() + "/w");
    const Output real = run_real(scratch.path(), "/w", {"/bin/sh", "-c", cases[i].script, "it"}, env, cases[i].input);
    TestContainer container("busybox");
    container.spec.process.env = env;
    container.run({"mkdir", "/w"});
    container.spec.process.cwd = "/w";
    check(cases[i], container.run({"/bin/sh", "-c", cases[i].script, "it"}, cases[i].input), real);
  }
}

void compare_debian(const Case* cases, size_t count) {
  if (const auto why = no_real_dash()) {
    MESSAGE("skipped: " << *why);
    return;
  }
  const std::vector<std::string> env{"PATH=/usr/bin:/bin", "HOME=/root", "LC_ALL=C"};
  for (size_t i = 0; i < count; ++i) {
    const Scratch scratch;
    const Output real = run_real("", scratch.path(), {"/bin/dash", "-c", cases[i].script, "it"}, env, cases[i].input);
    TestContainer container("debian");
    container.spec.process.env = env;
    container.run({"mkdir", "-p", scratch.path()});
    container.spec.process.cwd = scratch.path();
    check(cases[i], container.run({"/bin/sh", "-c", cases[i].script, "it"}, cases[i].input), real);
  }
}

}  // namespace strates::sim::testing
