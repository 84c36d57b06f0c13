// A pull-through cache of another registry: what is asked for comes from there once, and from here ever after.
//
// A blob is downloaded once, however many ask for it at the same time: all of them read what has come so far. A tag is compared with the other registry
// before it is served, unless that was done a moment ago; when the other registry does not answer, what is here is served. What was pushed here stays
// ours. Any thread.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "registry/server/contents.hpp"
#include "registry/server/flight.hpp"
#include "registry/server/upstream.hpp"

namespace strates::registry::server {

struct MirrorOptions {
  Nanos fresh = 5 * kSecond;           // a tag that was compared so recently is not compared again
  Nanos unreachable = 15 * kSecond;    // how long a registry that did not answer is left in peace
  size_t downloads = 8;                // at once
  int attempts = 3;                    // of one blob; each goes on where the last one stopped
  std::uint64_t largest_blob = std::uint64_t{16} << 30;
};

// What a mirror answers: what is here, or what is on its way.
struct LiveBlob {
  std::shared_ptr<ByteSource> source;
  std::uint64_t size = 0;
};
using MirroredBlob = std::variant<StoredBlob, LiveBlob>;

class Mirror {
 public:
  Mirror(Contents& contents, Upstream& upstream, MirrorOptions options) : contents_(contents), upstream_(upstream), options_(options) {}
  ~Mirror();
  // Ends every wait, now and later. Any thread; before the server that asks is waited for.
  void stop();

  // The digest that the tag stands for; its manifest is here afterwards. codes upstream.*
  Result<Digest> resolve(const std::string& name, const std::string& tag);
  // Brings the manifest here unless it is.
  Result<void> manifest(const std::string& name, const Digest& digest);
  // For a GET or a HEAD, from `offset` on.
  Result<MirroredBlob> blob(const std::string& name, const Digest& digest, std::uint64_t offset);
  Result<std::vector<std::string>> tags(const std::string& name);
  // False for a while after it did not answer.
  bool reachable();

 private:
  class Turn;

  Result<Digest> resolve_upstream(const std::string& name, const std::string& tag, const std::optional<TagRecord>& here);
  Result<void> keep(const std::string& name, const std::string& tag, const UpstreamManifest& manifest);
  Result<std::shared_ptr<Flight>> flight(const std::string& name, const Digest& digest);
  void fly(std::shared_ptr<Flight> flight);
  // Remembers that nobody answered.
  Error noted(Error error);

  Contents& contents_;
  Upstream& upstream_;
  const MirrorOptions options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Digest, std::shared_ptr<Flight>> flights_;
  std::vector<std::thread> threads_;
  std::set<std::thread::id> landed_;
  size_t flying_ = 0;
  bool stopping_ = false;
  std::set<std::string> turns_;  // names of what one thread at a time asks upstream for
  Nanos unreachable_until_ = 0;
};

}  // namespace strates::registry::server
