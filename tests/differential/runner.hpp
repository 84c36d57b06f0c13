// Runs one sequence of commands on an engine and writes down all that can be seen of it, without what is drawn at random.
//
// A command is a line of text, so that a failing sequence is a file:
//   build TAG INSTRUCTION | INSTRUCTION ...        (the context holds files f0 to f3, whose contents `context` sets)
//   context FILE WORD
//   run NAME IMAGE SHELL-SCRIPT
//   commit NAME TAG        tag IMAGE TAG        rm NAME        rmi IMAGE        start NAME
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/engine.hpp"

namespace strates::differential {

// Two worlds agree on a sequence when they give the same observations, command by command.
struct Observation {
  std::string facts;
  // What the trace said of files. A kernel is watched from outside: of two changes within a millisecond the first may not be seen any more. So what the Linux
  // world tells must be in what the simulator tells, and the two must be equal when a script has one action only.
  std::set<std::string> file_events;
  bool one_action = false;
};

class Runner {
 public:
  // Imports `base_tar` as busybox:latest.
  static Result<Runner> open(engine::World world, const std::string& base_tar);
  Runner(Runner&&) = default;

  Observation run(const std::string& command);
  // Containers and images go; the store can be closed.
  void close();

 private:
  explicit Runner(engine::World world) : world_(std::move(world)) {}
  std::string build(const std::string& tag, const std::string& instructions);
  std::string run_container(const std::string& name, const std::string& image, const std::string& script);
  std::string start_and_watch(const std::string& name);
  std::string container_facts(const std::string& name);
  std::string image_facts(const std::string& name);
  void note_file_events(Seq since);
  std::string plain(std::string text) const;

  engine::World world_;
  std::unique_ptr<engine::Engine> engine_;
  std::map<std::string, std::string> context_;
  std::map<std::string, std::string> names_;  // container id -> name
  engine::Tracer::Ticket ticket_ = 0;
  std::set<std::string> file_events_;
};

// A tar of busybox with the applets it has, the same for both worlds.
std::string base_tar(const std::string& busybox_path);

// `length` commands from a seed.
std::vector<std::string> random_sequence(std::uint64_t seed, size_t length);

}  // namespace strates::differential
