#include "engine/container_names.hpp"

#include <algorithm>
#include <iterator>

namespace strates::engine {

namespace {

constexpr std::string_view kAdjectives[] = {
    "admiring", "adoring", "affable", "agile", "airy", "alert", "amber", "ample", "amused", "apt", "ardent", "astute", "awake", "balanced", "beaming",
    "blissful", "blithe", "bold", "bonny", "brave", "breezy", "bright", "brisk", "busy", "calm", "candid", "careful", "caring", "cheerful", "chipper",
    "civil", "clear", "clever", "cordial", "cosy", "crisp", "curious", "dapper", "daring", "dazzling", "decent", "deft", "determined", "diligent", "dreamy",
    "eager", "earnest", "easy", "ecstatic", "elated", "elegant", "eloquent", "epic", "fair", "faithful", "fearless", "fervent", "festive", "fine", "firm",
    "flowing", "focused", "fond", "frank", "fresh", "friendly", "funny", "gallant", "genial", "gentle", "gifted", "glad", "gleaming", "goofy", "graceful",
    "gracious", "great", "happy", "hardy", "hearty", "heuristic", "honest", "hopeful", "humble", "hungry", "infallible", "inspiring", "intelligent",
    "intrepid", "jaunty", "jolly", "jovial", "joyful", "keen", "kind", "laughing", "level", "lively", "loving", "lucid", "magical", "mellow", "merry",
    "modest", "musing", "mystifying", "neat", "nice", "nifty", "nimble", "noble", "nostalgic", "objective", "optimistic", "patient", "peaceful", "pensive",
    "placid", "playful", "polished", "practical", "precise", "prompt", "proud", "quick", "quiet", "quirky", "quizzical", "radiant", "ready", "relaxed",
    "reverent", "romantic", "rosy", "sage", "serene", "sharp", "silly", "sleepy", "smart", "snug", "sober", "spry", "stable", "steady", "stoic", "strange",
    "sturdy", "suave", "sunny", "sweet", "swift", "tender", "thirsty", "thoughtful", "tidy", "trusting", "upbeat", "useful", "vibrant", "vigilant",
    "vigorous", "vivid", "warm", "wise", "witty", "wonderful", "zealous", "zen",
};
// People of science: mathematicians, physicists, chemists, astronomers, physicians, engineers, programmers.
constexpr std::string_view kPeople[] = {
    "abel", "agnesi", "almeida", "ampere", "archimedes", "ardinghelli", "aryabhata", "austin", "avogadro", "babbage", "banach", "bardeen", "bartik", "bassi",
    "becquerel", "bell", "benz", "bernoulli", "bhaskara", "blackwell", "bohr", "boole", "borg", "bose", "boyd", "brahmagupta", "brattain", "brown", "buck",
    "cannon", "carnot", "carson", "cartwright", "cauchy", "cavendish", "cerf", "chandrasekhar", "chatelet", "clairaut", "clarke", "colden", "colmar",
    "coulomb", "cray", "curie", "curran", "dalembert", "darwin", "davinci", "descartes", "diffie", "dijkstra", "dirac", "easley", "edison", "einstein",
    "elion", "ellis", "engelbart", "erdos", "euclid", "euler", "faraday", "feistel", "fermat", "fermi", "feynman", "foucault", "fourier", "franklin",
    "fresnel", "galileo", "galois", "gates", "gauss", "germain", "goldberg", "goldstine", "goldwasser", "golick", "goodall", "gould", "hamilton", "haslett",
    "hawking", "heisenberg", "hermann", "herschel", "hertz", "hilbert", "hodgkin", "hoover", "hopper", "huygens", "hypatia", "jackson", "jacquard", "jang",
    "jemison", "jennings", "jepsen", "johnson", "joliot", "jones", "kalam", "kapitsa", "kare", "keller", "kepler", "khayyam", "khorana", "kilby", "kirch",
    "knuth", "kowalevski", "lagrange", "lalande", "lamarr", "lamport", "laplace", "lavoisier", "leakey", "leavitt", "lederberg", "legendre", "leibniz",
    "lichterman", "liskov", "lovelace", "lumiere", "mahavira", "margulis", "matsumoto", "maxwell", "mayer", "mccarthy", "mcclintock", "mclean", "meitner",
    "mendel", "mendeleev", "mirzakhani", "moore", "moreno", "morse", "moser", "murdock", "napier", "nash", "neumann", "newton", "nightingale", "nobel",
    "noether", "northcutt", "noyce", "panini", "pare", "pascal", "pasteur", "payne", "perlman", "pike", "poincare", "poisson", "poitras", "ptolemy", "raman",
    "ramanujan", "rhodes", "ride", "ritchie", "robinson", "roentgen", "rosalind", "rubin", "saha", "sammet", "sanderson", "satoshi", "shamir", "shannon",
    "shaw", "shockley", "sinoussi", "snyder", "solomon", "spence", "stallman", "stonebraker", "sutherland", "swanson", "swartz", "swirles", "taussig",
    "tesla", "tharp", "thompson", "torvalds", "tu", "turing", "varahamihira", "vaucanson", "vaughan", "villani", "visvesvaraya", "volhard", "wescoff",
    "wilbur", "wiles", "williams", "wilson", "wing", "wirth", "wozniak", "wright", "wu", "yalow", "yonath", "zhukovsky",
};

}  // namespace

Result<void> validate_container_name(std::string_view name) {
  const auto alnum = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  // Docker's own way of writing a name, which whoever read an inspect may give back.
  const std::string_view given = name;
  if (name.starts_with('/')) name.remove_prefix(1);
  const bool good = name.size() >= 2 && name.size() <= 255 && alnum(name[0]) &&
                    std::all_of(name.begin(), name.end(), [&](char c) { return alnum(c) || c == '_' || c == '.' || c == '-'; });
  if (good) return {};
  return docker_error(ErrorKind::Invalid, "container.bad-name",
                      "Invalid container name (" + std::string(given) + "), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed");
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
