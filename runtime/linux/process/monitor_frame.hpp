// What a monitor and the daemon say to each other: one message, one frame; the first byte is its kind.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/ports.hpp"

namespace strates::linux_world {

namespace frame {

// --- from the monitor
// Before exec of a held process, and otherwise not sent. `skipped`: optional mounts whose target does not exist, counted over all mounts.
struct Ready {
  std::int64_t host_pid = 0;
  std::vector<std::uint32_t> skipped;
};
// exec succeeded. With the process's pidfd.
struct Started {
  std::int64_t host_pid = 0;
  std::vector<std::uint32_t> skipped;
};
struct Failed {
  Error error;
};
// To a daemon that connects later. With the process's pidfd.
struct Hello {
  std::int64_t host_pid = 0;
};
struct Output {
  engine::StdStream stream = engine::StdStream::Out;
  Nanos at = 0;
  std::string_view bytes;
};
// So many bytes of standard input have left the monitor.
struct StdinTaken {
  std::uint32_t count = 0;
};
struct Exited {
  engine::ExitStatus status;
};
// --- from the daemon
struct Continue {};
struct Stdin {
  std::string_view bytes;
};
struct CloseStdin {};
struct Resize {
  std::uint16_t rows = 0, columns = 0;
};

}  // namespace frame

using Frame = std::variant<frame::Ready, frame::Started, frame::Failed, frame::Hello, frame::Output, frame::StdinTaken, frame::Exited, frame::Continue,
                           frame::Stdin, frame::CloseStdin, frame::Resize>;

constexpr size_t kChunk = 64 * 1024;         // bytes in one Output or Stdin
constexpr size_t kStdinWindow = 256 * 1024;  // bytes of standard input that may be on their way

std::string encode_frame(const Frame& frame);
// Views point into `bytes`. code process.message
Result<Frame> decode_frame(std::string_view bytes);

}  // namespace strates::linux_world
