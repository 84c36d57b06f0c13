// The registry behind a mirror, as a client sees it.
//
// codes: upstream.not-found (404), upstream.refused (401, 403), upstream.rate-limited (429), upstream.unreachable (no answer, or 5xx),
// upstream.cut-short (an answer that ended too early), upstream.answer (one that makes no sense)
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/names.hpp"
#include "base/stream.hpp"

namespace strates::registry::server {

struct UpstreamManifest {
  std::string media_type, bytes;
};

class Upstream {
 public:
  virtual ~Upstream() = default;
  // By tag or digest.
  virtual Result<UpstreamManifest> manifest(const std::string& name, const std::string& reference) = 0;
  // What a tag stands for, without its manifest (HEAD); none when that registry does not say.
  virtual Result<std::optional<Digest>> resolve(const std::string& name, const std::string& tag) = 0;
  // Bytes from `offset` on. `begins` hears the whole blob's size before the first byte; none when it is not known. `stopped` is asked now and then.
  virtual Result<void> blob(const std::string& name, const Digest& digest, std::uint64_t offset, ByteSink& to,
                            const std::function<void(std::optional<std::uint64_t>)>& begins, const std::function<bool()>& stopped) = 0;
  virtual Result<std::vector<std::string>> tags(const std::string& name) = 0;
  // Ends every wait, now and later: the server stops.
  virtual void stop() = 0;
};

}  // namespace strates::registry::server
