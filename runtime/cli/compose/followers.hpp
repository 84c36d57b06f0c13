// One thread for each container that is listened to.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "cli/compose/call.hpp"
#include "cli/compose/log_lines.hpp"
#include "cli/compose/project_state.hpp"

namespace strates::cli {

class Followers {
 public:
  struct Ended {
    ProjectContainer container;
    int code = 0;
  };
  Followers(ComposeCall& call, LogLines& lines) : call_(call), lines_(lines) {}
  ~Followers();

  // Reads a log; `query` says which part of it. Ends with the log.
  void read_log(const ProjectContainer& container, std::string name, std::string query);
  // Listens to a container from before its start until it has ended for good; its restarts are followed.
  Result<void> attach(const ProjectContainer& container, std::string name);
  // Until one of `all` has ended (those that ended are taken out in their order), something woke the waiting, or all threads are done.
  enum class Why { Ended, Woken, AllDone };
  Why wait(Ended& ended);
  // Lets those that are about to end say so, for at most a moment.
  void drain();
  void wake();
  void join();
  void cancel();

 private:
  struct Reader {
    std::unique_ptr<api::Client> client;
    std::shared_ptr<api::ClientStream> stream;
    std::thread thread;
  };
  void pump(Reader& reader, const std::string& name, bool tty);
  void finished(const ProjectContainer* container, int code);

  ComposeCall& call_;
  LogLines& lines_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<Reader>> readers_;
  std::vector<Ended> ended_;
  size_t running_ = 0;
  bool woken_ = false;
  std::atomic<bool> cancelled_{false};
};

}  // namespace strates::cli
