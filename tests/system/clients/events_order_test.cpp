// Every block of commands of the reference (engine-golden/events-order): what Docker 20.10.24 told of it, in its order, beside what our daemon tells.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <regex>

#include "base/strings.hpp"
#include "tests/support/places.hpp"
#include "tests/system/harness/daemon.hpp"

using namespace strates::system_test;

namespace {

struct Block {
  std::string commands;
  std::vector<std::string> lines;
};

std::string reference_file() {
  const char* given = std::getenv("STRATES_REFERENCE");
  return (given != nullptr ? std::string(given) : strates::testing::source_dir() + "/../shared/reference") + "/engine-golden/events-order.txt";
}

std::string replaced(const std::string& text, const char* what, const char* by) { return std::regex_replace(text, std::regex(what), by); }

// Ids and names that were drawn; the blanks that the reference's writer put into its JSON.
std::string plain(std::string line) {
  line = replaced(line, "sha256:[0-9a-f]{64}|\\b[0-9a-f]{64}\\b", "<id>");
  line = replaced(line, "\"name\": ?\"[a-z]+_[a-z]+[0-9]?\"", "\"name\":\"<random>\"");
  line = replaced(line, "\"reclaimed\": ?\"[0-9]+\"", "\"reclaimed\":\"<bytes>\"");
  return replaced(replaced(line, "\": \"", "\":\""), "\", \"", "\",\"");
}

std::vector<Block> blocks_of(std::istream& file) {
  std::vector<Block> blocks;
  std::string line;
  while (std::getline(file, line)) {
    std::smatch again;
    if (line.starts_with("### ")) blocks.push_back({line.substr(4), {}});
    else if (blocks.empty() || line.empty()) continue;
    else if (std::regex_search(line, again, std::regex("repeated ([0-9]+) more times")))
      blocks.back().lines.insert(blocks.back().lines.end(), std::stoul(again[1]), blocks.back().lines.back());
    else blocks.back().lines.push_back(plain(line));
  }
  return blocks;
}

// A time that was enough on the reference's machine becomes a wait for what it was there for.
std::string script_of(const std::string& commands) {
  std::string script = strates::replace_all(commands, "/srv/engine", "$PWD/engine");
  script = strates::replace_all(script, "sleep 2.5;", "until [ $(docker inspect -f '{{len .State.Health.Log}}' e5) -ge 2 ]; do sleep 0.05; done;");
  return strates::replace_all(script, "sleep 3; docker rm -f e7",
                              "until [ \"$(docker inspect -f '{{.RestartCount}} {{.State.Status}}' e7)\" = '2 exited' ]; do sleep 0.05; done; docker rm -f e7");
}

// What is pruned is what the reference's machine had lying about; that it is told, and in which order, is what counts.
bool prunes(const Block& block) { return block.commands.find("prune") != std::string::npos; }

// Docker says twice that a running container left a network, and "create" of a volume that it only found: ours says what happened, once. Volumes are mounted
// in the order of a Go map, which is none. A build takes a step's container away beside the next step (when nobody watches): the last lines here.
std::vector<std::string> compared(const Block& block, const std::vector<std::string>& lines) {
  std::vector<std::string> out;
  for (const auto& line : lines) {
    if (prunes(block) && line.find(" prune ") == std::string::npos) continue;
    if (!out.empty() && line == out.back() && (line.starts_with("network disconnect") || line.starts_with("volume create"))) continue;
    out.push_back(line);
  }
  if (block.commands.find("docker build") != std::string::npos)
    std::stable_partition(out.begin(), out.end(), [](const std::string& line) { return !line.starts_with("container destroy"); });
  for (auto from = out.begin(); from != out.end();) {
    const auto mount = [](const std::string& line) { return line.starts_with("volume mount"); };
    from = std::find_if(from, out.end(), mount);
    const auto to = std::find_if_not(from, out.end(), mount);
    std::sort(from, to);
    from = to;
  }
  return out;
}

}  // namespace

TEST_CASE("the events of the reference's commands come as they came from Docker") {
  std::ifstream file(reference_file());
  if (!file) {
    MESSAGE("skipped: no recorded events at " << reference_file());
    return;
  }
  const auto blocks = blocks_of(file);
  REQUIRE(blocks.size() > 15);
  for (const World world : {World::Sim, World::Linux}) {
    if (skipped(why_not(world))) continue;
    const TemporaryRoot root;
    LeakWatch watch(root);
    Daemon daemon(root, world);
    daemon.prepare({"busybox"});
    // A name given to an image marks where a block ends: no clock decides what belongs to which.
    std::string script = "sleep 1.1; since=$(date +%s); mkdir -p engine/ctx; echo x > engine/ctx/f\n";
    for (size_t i = 0; i < blocks.size(); ++i) {
      if (world == World::Sim && blocks[i].commands.find("-m 8m") != std::string::npos) continue;  // the simulator's programs take no memory
      script += "{ " + script_of(blocks[i].commands) + "\n} >/dev/null 2>>errors\n";
      script += "docker tag busybox block:" + std::to_string(i) + "\n";
    }
    script += "sleep 1.1; docker events --since $since --until $(date +%s) --format '{{.Type}} {{.Action}} {{json .Actor.Attributes}}'";
    const auto told = daemon.docker(script, Client::Ours, Milliseconds(120'000));
    CHECK_MESSAGE(told.exit == 0, told.all());

    std::vector<std::vector<std::string>> found(blocks.size());
    std::vector<std::string> lines;
    std::vector<bool> ran(blocks.size());
    for (const auto& line : strates::split_lines(told.out)) {
      std::smatch mark;
      const std::string text(line);
      if (std::regex_search(text, mark, std::regex("image tag .*\"name\":\"block:([0-9]+)\""))) {
        const size_t block = std::stoul(mark[1]);
        REQUIRE(block < blocks.size());
        found[block] = std::exchange(lines, {});
        ran[block] = true;
      } else {
        lines.push_back(plain(text));
      }
    }
    for (size_t i = 0; i < blocks.size(); ++i) {
      if (!ran[i]) {
        CHECK_MESSAGE(world == World::Sim, "never ran: " << blocks[i].commands);
        continue;
      }
      const std::string ours = joined(compared(blocks[i], found[i])), docker = joined(compared(blocks[i], blocks[i].lines));
      CHECK_MESSAGE(ours == docker, blocks[i].commands << "\n" << (world == World::Sim ? "simulator" : "Linux") << ":\n" << ours << "\nDocker:\n" << docker);
    }
    daemon.docker("docker rmi -f $(docker images -q eb) >/dev/null 2>&1");
    CHECK(daemon.stop() == 0);
    const auto left = watch.left();
    CHECK_MESSAGE(left.empty(), "left behind:\n" << joined(left));
  }
}
