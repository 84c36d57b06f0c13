// The monitor's first half: clones the process of a plan and waits until it has become its program, or says why it did not.
#pragma once

#include <functional>
#include <vector>

#include "linux/process/container_plan.hpp"
#include "linux/process/message_socket.hpp"

namespace strates::linux_world {

struct Launched {
  std::int64_t host_pid = 0;
  UniqueFd pidfd;
  UniqueFd in;        // writes to standard input; empty when it is /dev/null or a terminal
  UniqueFd out, err;  // read ends
  UniqueFd streams;   // epoll over both, from before the process can write: its list says which had something first. data.u32 is the StdStream
  UniqueFd terminal;  // master side, instead of the three
  std::vector<std::uint32_t> skipped;
};

// `container`: pidfd of the container's first process, for an ExecPlan. `ready` is called when a held process waits before exec: it goes on when
// this succeeds. On error the child has been reaped.
Result<Launched> launch(const Plan& plan, UniqueFd container, const std::function<Result<void>(const Launched&)>& ready);

const LaunchPlan& launch_of(const Plan& plan);

}  // namespace strates::linux_world
