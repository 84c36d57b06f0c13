// A client's bytes towards a process's standard input.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "api/detach_keys.hpp"
#include "api/output_stream.hpp"
#include "base/http.hpp"
#include "engine/engine.hpp"

namespace strates::api {

// From now on the client's bytes go to the process, its end of input closes the process's. With `keys`, typing them ends `output` instead.
void pass_input(HttpDuplex& client, std::shared_ptr<engine::Attachment> attachment, std::shared_ptr<OutputStream> output, std::optional<DetachKeys> keys);
// `since` and `until`: Unix seconds with a fraction, or RFC 3339.
Result<Nanos> parse_query_time(std::string_view text);
// The `until` of a prune: the same, or how long ago ("24h"). Docker's sentence when it is neither.
Result<Nanos> parse_until(std::string_view text, Nanos now);

}  // namespace strates::api
