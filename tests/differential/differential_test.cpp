// One engine, two worlds: the same commands on a real kernel and in the simulator must show the same, command by command.
#include <doctest/doctest.h>

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "adapters/archive_reader.hpp"
#include "adapters/decompressor.hpp"
#include "adapters/openssl_hasher.hpp"
#include "base/strings.hpp"
#include "linux/world.hpp"
#include "runner.hpp"
#include "sim/world.hpp"
#include "tests/support/leaks.hpp"
#include "tests/support/test_spawner.hpp"
#include "tests/support/places.hpp"

using namespace strates;
using namespace strates::differential;

namespace fs = std::filesystem;

namespace {

constexpr const char* kBusybox = "/bin/busybox";

std::uint64_t number_from(const char* name, std::uint64_t fallback) {
  const char* text = std::getenv(name);
  return text != nullptr && *text != '\0' ? std::strtoull(text, nullptr, 10) : fallback;
}

class TemporaryRoot {
 public:
  TemporaryRoot() {
    char path[] = "/dev/shm/strates-diff-XXXXXX";
    REQUIRE(mkdtemp(path) != nullptr);
    path_ = path;
  }
  ~TemporaryRoot() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  std::string path() const { return path_; }

 private:
  std::string path_;
};

struct Transcript {
  std::vector<Observation> observations;
  std::string error;
};

Transcript play(Result<Runner> runner, const std::vector<std::string>& commands) {
  if (!runner.ok()) return {{}, runner.error().explanation()};
  Transcript transcript;
  for (const auto& command : commands) transcript.observations.push_back(runner.value().run(command));
  runner.value().close();
  return transcript;
}

Transcript play_linux(const std::string& tar, const std::vector<std::string>& commands) {
  const TemporaryRoot root;
  auto world = linux_world::LinuxWorld::open(root.path(), testing::test_spawner());
  if (!world.ok()) return {{}, world.error().explanation()};
  return play(Runner::open(world.value()->world(), tar), commands);
}

Transcript play_sim(const std::string& tar, const std::vector<std::string>& commands) {
  adapters::OpensslHasher hasher;
  adapters::LibarchiveReader archives;
  sim::SimOptions options;
  options.decompress = [](ByteSource& source) { return adapters::open_decompressed(source); };
  options.start_time = 1'800'000'000 * kSecond;  // after the epoch that everything is clamped to
  sim::SimWorld world(options, hasher, archives);
  return play(Runner::open(world.world(), tar), commands);
}

struct Difference {
  size_t at = 0;
  std::string linux_says, sim_says;
};

std::string lines(const std::set<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += word + "\n";
  return out;
}

std::optional<Difference> compare(const std::string& tar, const std::vector<std::string>& commands) {
  const Transcript real = play_linux(tar, commands);
  const Transcript simulated = play_sim(tar, commands);
  if (!real.error.empty() || !simulated.error.empty()) return Difference{0, real.error, simulated.error};
  for (size_t i = 0; i < commands.size(); ++i) {
    const Observation& ours = real.observations[i];
    const Observation& theirs = simulated.observations[i];
    if (ours.facts != theirs.facts) return Difference{i, ours.facts, theirs.facts};
    const bool seen = std::includes(theirs.file_events.begin(), theirs.file_events.end(), ours.file_events.begin(), ours.file_events.end());
    if (!seen || (ours.one_action && ours.file_events != theirs.file_events)) return Difference{i, lines(ours.file_events), lines(theirs.file_events)};
  }
  return std::nullopt;
}

// Drops whatever can be dropped while the worlds still disagree.
std::vector<std::string> shrink(const std::string& tar, std::vector<std::string> commands) {
  for (bool smaller = true; smaller;) {
    smaller = false;
    for (size_t i = commands.size(); i-- > 0;) {
      auto fewer = commands;
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
      if (fewer.empty() || !compare(tar, fewer)) continue;
      commands = std::move(fewer);
      smaller = true;
    }
  }
  return commands;
}

// The lines that differ, with one sign a side.
std::string difference_text(const Difference& difference) {
  const auto ours = split_lines(difference.linux_says), theirs = split_lines(difference.sim_says);
  std::string out;
  for (const auto& line : ours)
    if (std::find(theirs.begin(), theirs.end(), line) == theirs.end()) out += "  linux | " + line + "\n";
  for (const auto& line : theirs)
    if (std::find(ours.begin(), ours.end(), line) == ours.end()) out += "  sim   | " + line + "\n";
  return out.empty() ? "  the same lines in another order:\n" + difference.linux_says + "---\n" + difference.sim_says : out;
}

void agree(const std::string& tar, const std::vector<std::string>& commands, const std::string& name) {
  const auto difference = compare(tar, commands);
  if (!difference) return;
  const auto small = shrink(tar, {commands.begin(), commands.begin() + static_cast<std::ptrdiff_t>(difference->at) + 1});
  const auto left = compare(tar, small);
  std::string text = join(small, "\n") + "\n";
  const std::string kept = strates::testing::binary_dir() + "/differential-" + name + ".txt";
  std::ofstream(kept) << text;
  FAIL_CHECK(name << ": the worlds disagree; shortened to\n" << text << (left ? difference_text(*left) : "not every time; the first time:\n" + difference_text(*difference)) << "kept in " << kept);
}

std::vector<std::string> read_sequence(const fs::path& file) {
  std::ifstream stream(file);
  std::vector<std::string> out;
  for (std::string line; std::getline(stream, line);)
    if (!line.empty() && line[0] != '#') out.push_back(line);
  return out;
}

bool possible() {
  if (geteuid() != 0) {
    MESSAGE("skipped: real containers need root");
    return false;
  }
  if (access(kBusybox, R_OK) != 0) {
    MESSAGE("skipped: no /bin/busybox (package busybox-static)");
    return false;
  }
  return true;
}

}  // namespace

TEST_CASE("sequences that once told the worlds apart") {
  if (!possible()) return;
  const auto before = testing::take_leak_snapshot();
  const std::string tar = base_tar(kBusybox);
  size_t count = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(strates::testing::source_dir()) / "tests/differential/kept")) {
    if (entry.path().extension() != ".txt") continue;
    agree(tar, read_sequence(entry.path()), "kept-" + entry.path().stem().string());
    ++count;
  }
  MESSAGE(count << " kept sequences");
  CHECK(count > 0);
  for (const auto& leak : testing::validate_no_leaks(before, {})) FAIL_CHECK(leak);
}

TEST_CASE("random sequences show the same in both worlds") {
  if (!possible()) return;
  const auto before = testing::take_leak_snapshot();
  const std::string tar = base_tar(kBusybox);
  const std::uint64_t seed = number_from("STRATES_SEED", 1);
  const bool full = number_from("STRATES_FULL", 0) != 0;
  const std::uint64_t sequences = number_from("STRATES_SEQUENCES", full ? 2000 : 30);
  for (std::uint64_t i = 0; i < sequences; ++i) agree(tar, random_sequence(seed * 1'000'003 + i, 14), std::to_string(seed) + "-" + std::to_string(i));
  MESSAGE(sequences << " random sequences of 14 commands, seed " << seed);
  for (const auto& leak : testing::validate_no_leaks(before, {})) FAIL_CHECK(leak);
}
