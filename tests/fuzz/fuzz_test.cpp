// Everything that reads bytes from outside, fed with changed inputs under the sanitizers: no crash, no lie, an error that says something.
//
//   ./test --full fuzz                          five minutes a target
//   STRATES_SEED=7 STRATES_FUZZ=archive:30 build/dev/fuzz   one target for 30 seconds
// The input that runs is kept in build/dev/fuzz-TARGET.input, so that one that ends the program is there afterwards; put it into tests/fuzz/kept/TARGET-NAME.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "tests/fuzz/mutator.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/places.hpp"

using namespace strates;
using namespace strates::fuzz;

namespace {

// A file that always holds the present input, without a system call for each.
class LastInput {
 public:
  explicit LastInput(const std::string& path) : path_(path) {
    file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    REQUIRE(file_ >= 0);
    REQUIRE(::ftruncate(file_, static_cast<off_t>(kRoom)) == 0);
    void* memory = ::mmap(nullptr, kRoom, PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0);
    REQUIRE(memory != MAP_FAILED);
    memory_ = static_cast<char*>(memory);
  }
  ~LastInput() {
    ::munmap(memory_, kRoom);
    ::close(file_);
    if (!keep_) ::unlink(path_.c_str());
  }
  LastInput(const LastInput&) = delete;
  LastInput& operator=(const LastInput&) = delete;
  void set(const std::string& input) {
    const std::uint64_t size = input.size();
    std::memcpy(memory_, &size, sizeof size);
    std::memcpy(memory_ + sizeof size, input.data(), input.size());
  }
  void keep() { keep_ = true; }

 private:
  static constexpr size_t kRoom = Mutator::kLongest + 64;
  std::string path_;
  int file_ = -1;
  char* memory_ = nullptr;
  bool keep_ = false;
};

double seconds_for(const Target& target) {
  if (const char* chosen = std::getenv("STRATES_FUZZ"); chosen != nullptr) {
    const std::string text = chosen;
    const size_t colon = text.find(':');
    return text.substr(0, colon) == target.name ? colon == std::string::npos ? 60 : std::atof(text.c_str() + colon + 1) : 0;
  }
  return std::getenv("STRATES_FULL") != nullptr ? 300 : 2;
}

std::uint64_t seed() {
  const char* given = std::getenv("STRATES_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : 1;
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
}

}  // namespace

TEST_CASE("inputs that once were read wrongly are read well") {
  const std::string folder = strates::testing::source_dir() + "/tests/fuzz/kept";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    for (const Target& target : targets())
      if (name.starts_with(std::string(target.name) + "-")) CHECK_MESSAGE(target.read(read_file(entry.path())), name);
  }
}

TEST_CASE("what comes from outside is read without harm") {
  for (const Target& target : targets()) {
    const double seconds = seconds_for(target);
    if (seconds <= 0) continue;
    CAPTURE(std::string(target.name));
    auto seeds = target.seeds();
    REQUIRE_FALSE(seeds.empty());
    for (const std::string& one : seeds) CHECK_MESSAGE(target.read(one), "a seed: " << one.substr(0, 200));
    LastInput last(strates::testing::binary_dir() + "/fuzz-" + target.name + ".input");
    Mutator mutator(seed(), std::move(seeds));
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    std::uint64_t count = 0;
    for (; std::chrono::steady_clock::now() < end; ++count) {
      const std::string input = mutator.next();
      last.set(input);
      if (target.read(input)) continue;
      last.keep();
      FAIL_CHECK("input " << count << " of seed " << seed() << " is kept in fuzz-" << target.name << ".input (its length in 8 bytes, then itself)");
      break;
    }
    MESSAGE(std::string(target.name) << ": " << count << " inputs in " << seconds << " s");
    CHECK(count > 0);
  }
}

TEST_CASE("a reader that fails on one input is found") {
  // The driver itself must be able to fail: this reader refuses what holds three quotes.
  Mutator mutator(1, {"\"a\""});
  bool found = false;
  for (int i = 0; i < 20'000 && !found; ++i) {
    const std::string input = mutator.next();
    found = std::count(input.begin(), input.end(), '"') >= 3;
  }
  CHECK(found);
}
