// A process's output towards a client: raw for a terminal, otherwise in Docker's frames (Docker Engine API, "attach": 8 bytes of header, stream, three
// zeros, big-endian length, then the bytes).
//
// Output may come before the connection is there (the sink is registered first, so that nothing is lost): it is kept until `connect`.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/http.hpp"
#include "engine/engine.hpp"

namespace strates::api {

enum class Framing { Raw, Multiplexed };
enum class Timestamps { No, Yes };
// `docker logs --details`: what the log driver was told to add to a line. Ours adds nothing, so a line begins with the blank that parts it.
enum class Details { No, Yes };

std::string frame(engine::StdStream stream, std::string_view bytes);

class OutputStream : public engine::OutputSink {
 public:
  explicit OutputStream(Framing framing, Timestamps timestamps = Timestamps::No, Details details = Details::No)
      : framing_(framing), timestamps_(timestamps), details_(details) {}

  void output(engine::StdStream stream, Nanos at, std::string_view bytes) override;
  void ended() override;
  void connect(std::shared_ptr<HttpChannel> channel);
  // What went wrong after the headers left, told where output goes.
  void fail(const Error& error);

 private:
  void pass(std::string bytes);
  std::string stamped(engine::StdStream stream, Nanos at, std::string_view bytes);

  const Framing framing_;
  const Timestamps timestamps_;
  const Details details_;
  std::mutex mutex_;
  std::shared_ptr<HttpChannel> channel_;
  std::string early_;
  bool ended_ = false;
  bool line_open_[3] = {false, false, false};  // per stream: the last bytes did not end a line
};

}  // namespace strates::api
