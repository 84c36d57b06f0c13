#include "api/process_input.hpp"

namespace strates::api {

void pass_input(HttpDuplex& client, std::shared_ptr<engine::Attachment> attachment, std::shared_ptr<OutputStream> output, std::optional<DetachKeys> keys) {
  const auto watched = std::make_shared<std::optional<DetachKeys>>(std::move(keys));
  client.receive(
      [attachment, output, watched](std::string_view bytes) {
        bool detached = false;
        const std::string passed = *watched ? (*watched)->feed(bytes, detached) : std::string(bytes);
        // A process that does not read any more has no use for the rest; its output goes on.
        if (!passed.empty()) ignore(attachment->write(passed));
        if (detached) output->ended();
      },
      [attachment] { attachment->close_stdin(); });
}

}  // namespace strates::api
