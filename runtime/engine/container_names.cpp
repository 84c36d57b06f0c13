#include "engine/container_names.hpp"

#include <algorithm>
#include <iterator>

namespace strates::engine {

namespace {

constexpr std::string_view kAdjectives[] = {
    "admiring", "agile", "bold", "brave", "busy", "calm", "clever", "cosy", "curious", "daring", "eager", "elegant", "festive", "focused", "gentle", "happy",
    "hopeful", "jolly", "keen", "kind", "lucid", "merry", "modest", "nimble", "patient", "precise", "proud", "quiet", "quick", "serene", "sharp", "steady",
    "sunny", "tender", "upbeat", "vivid", "warm", "wise", "witty", "zealous",
};
constexpr std::string_view kPeople[] = {
    "ampere", "babbage", "bartik", "becquerel", "borg", "carnot", "chatelet", "colmar", "curie", "descartes", "dijkstra", "euler", "fermat", "foucault", "fourier",
    "galois", "germain", "goldberg", "hamilton", "hopper", "jacquard", "knuth", "kowalevski", "lamport", "laplace", "leibniz", "liskov", "lovelace", "moreno", "noether",
    "pascal", "perlman", "poincare", "ritchie", "shannon", "stallman", "torvalds", "turing", "vaucanson", "wirth",
};

}  // namespace

Result<void> validate_container_name(std::string_view name) {
  const auto alnum = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  const bool good = name.size() >= 2 && name.size() <= 255 && alnum(name[0]) &&
                    std::all_of(name.begin(), name.end(), [&](char c) { return alnum(c) || c == '_' || c == '.' || c == '-'; });
  if (good) return {};
  return docker_error(ErrorKind::Invalid, "container.bad-name",
                      "Invalid container name (" + std::string(name) + "), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed");
}

std::string generate_container_name(Random& random, int attempt) {
  const std::string bytes = random.bytes(3);
  const auto pick = [&](size_t at, size_t count) { return static_cast<unsigned char>(bytes[at]) % count; };
  std::string name(kAdjectives[pick(0, std::size(kAdjectives))]);
  name += '_';
  name += kPeople[pick(1, std::size(kPeople))];
  if (attempt > 0) name += std::to_string(pick(2, 10));
  return name;
}

}  // namespace strates::engine
