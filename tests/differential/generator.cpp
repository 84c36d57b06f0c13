#include <random>

#include "runner.hpp"

namespace strates::differential {

namespace {

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  std::vector<std::string> sequence(size_t length) {
    std::vector<std::string> out;
    while (out.size() < length) out.push_back(command());
    return out;
  }

 private:
  size_t below(size_t count) { return random_() % count; }
  std::string one_of(const std::vector<std::string>& words) { return words[below(words.size())]; }
  std::string path() {
    return one_of({"/etc/motd", "/etc/passwd", "/etc/conf/a", "/etc/conf/b", "/etc/conf/c", "/etc/conf/deep/x", "/tmp/x", "/tmp/y", "/d/a", "/d/e/b", "/var/log/big", "/home/h", "/etc/link"});
  }
  std::string directory() { return one_of({"/etc/conf", "/etc/conf/deep", "/d", "/d/e", "/tmp/t", "/var/log", "/home", "/new/deep/er"}); }
  std::string word() { return one_of({"alpha", "beta", "gamma", "delta"}); }
  std::string any() { return below(3) == 0 ? directory() : path(); }

  std::string action() {
    switch (below(16)) {
      case 0: return "echo " + word() + " > " + path();
      case 1: return "echo " + word() + " >> " + path();
      case 2: return "rm -f " + path();
      case 3: return "rm -rf " + directory();
      case 4: return "rm " + any();
      case 5: return "mkdir -p " + directory();
      case 6: return "mkdir " + directory();
      case 7: return "mv " + any() + " " + any();
      case 8: return "ln -s " + any() + " " + path();
      case 9: return "chmod " + one_of({"600", "755", "1777", "0"}) + " " + any();
      case 10: return "cp " + path() + " " + path();
      case 11: return "touch " + path();
      case 12: return "cat " + path();
      case 13: return "rmdir " + directory();
      case 14: return "ls " + directory();
      default: return "rm -rf " + directory() + " && mkdir " + directory();
    }
  }
  std::string script() {
    std::string out = action();
    for (size_t more = below(4); more > 0; --more) out += "; " + action();
    if (below(6) == 0) out += "; exit " + std::to_string(below(4));
    return out;
  }
  std::string image() { return one_of({"busybox", "busybox", "t0", "t1", "t2"}); }
  std::string container() { return one_of({"box0", "box1", "box2"}); }
  std::string tag() { return one_of({"t0", "t1", "t2"}); }

  std::string instruction() {
    switch (below(7)) {
      case 0:
      case 1: return "RUN " + script();
      case 2: return "COPY f" + std::to_string(below(5)) + " " + path();
      case 3: return "COPY f0 f1 " + directory() + "/";
      case 4: return "ENV E" + std::to_string(below(2)) + "=" + word();
      case 5: return "WORKDIR " + directory();
      default: return "LABEL l=" + word();
    }
  }
  std::string command() {
    switch (below(12)) {
      case 0:
      case 1:
      case 2: {
        std::string text = "build " + tag() + " FROM " + image();
        for (size_t more = 1 + below(3); more > 0; --more) text += " | " + instruction();
        return text;
      }
      case 3: return "context f" + std::to_string(below(4)) + " " + word();
      case 4:
      case 5:
      case 6: return "run " + container() + " " + image() + " " + script();
      case 7: return "commit " + container() + " " + tag();
      case 8: return "tag " + image() + " " + tag();
      case 9: return "rm " + container();
      case 10: return "rmi " + tag();
      default: return "start " + container();
    }
  }

  std::mt19937_64 random_;
};

}  // namespace

std::vector<std::string> random_sequence(std::uint64_t seed, size_t length) { return Generator(seed).sequence(length); }

}  // namespace strates::differential
