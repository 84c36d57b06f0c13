// The stream of JSON messages that build, create and import answer with (pkg/jsonmessage of docker/docker), shown as Docker shows it.
#pragma once

#include <functional>
#include <string>

#include "api/client.hpp"
#include "cli/console.hpp"

namespace strates::cli {

enum class MessageTarget { Out, Err };

// Shows each message; the first error in the stream is returned as an Error whose message is the daemon's, exit code in `*code` (1 when it says none).
Result<int> show_json_messages(api::ClientStream& stream, Console& console, MessageTarget target, int* code = nullptr,
                               const std::function<void(std::string_view)>& instead = nullptr);

}  // namespace strates::cli
