#include "registry/server/mirror.hpp"

#include <algorithm>

#include "registry/server/manifest_reading.hpp"

namespace strates::registry::server {

// One thread at a time asks upstream for one thing; the others wait, and then find it here.
class Mirror::Turn {
 public:
  Turn(Mirror& mirror, std::string key) : mirror_(mirror), key_(std::move(key)) {
    std::unique_lock lock(mirror_.mutex_);
    mirror_.changed_.wait(lock, [&] { return !mirror_.turns_.contains(key_); });
    mirror_.turns_.insert(key_);
  }
  ~Turn() {
    const std::lock_guard guard(mirror_.mutex_);
    mirror_.turns_.erase(key_);
    mirror_.changed_.notify_all();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  Mirror& mirror_;
  const std::string key_;
};

void Mirror::stop() {
  {
    const std::lock_guard guard(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  upstream_.stop();
}

Mirror::~Mirror() {
  stop();
  std::vector<std::thread> threads;
  {
    const std::lock_guard guard(mutex_);
    threads.swap(threads_);
  }
  for (auto& thread : threads) thread.join();
}

bool Mirror::reachable() {
  const std::lock_guard guard(mutex_);
  return contents_.ports().clock.now() >= unreachable_until_;
}

Error Mirror::noted(Error error) {
  if (error.code == "upstream.unreachable") {
    const std::lock_guard guard(mutex_);
    unreachable_until_ = contents_.ports().clock.now() + options_.unreachable;
  }
  return error;
}

Result<void> Mirror::keep(const std::string& name, const std::string& tag, const UpstreamManifest& manifest) {
  auto record = read_manifest(manifest.bytes, manifest.media_type);
  if (!record.ok()) return make_error(ErrorKind::Unavailable, "upstream.answer", "mirror", name + ":" + tag, "it sent no manifest: " + record.error().cause);
  TRY(contents_.put_manifest(name, tag, record.value(), manifest.bytes, Origin::Mirrored, Needs::Nothing, Over::Mirrored));
  return success();
}

Result<Digest> Mirror::resolve(const std::string& name, const std::string& tag) {
  const auto settled = [&](const std::optional<TagRecord>& here) {
    return here && contents_.records().manifest(name, here->digest) && (here->origin == Origin::Pushed || contents_.ports().clock.now() - here->checked_at < options_.fresh);
  };
  auto here = contents_.records().tag(name, tag);
  if (settled(here)) return here->digest;
  const Turn turn(*this, name + ":" + tag);
  here = contents_.records().tag(name, tag);
  if (settled(here)) return here->digest;
  if (!reachable() && here) return here->digest;
  auto resolved = resolve_upstream(name, tag, here);
  // Somebody may have pushed it here meanwhile.
  if (const auto now = contents_.records().tag(name, tag); now && now->origin == Origin::Pushed) return now->digest;
  if (resolved.ok()) return resolved;
  Error error = noted(std::move(resolved).error());
  // What is here is better than nothing, unless the other registry says that it is gone.
  if (here && error.code.starts_with("upstream.") && error.code != "upstream.not-found") return here->digest;
  return error;
}

Result<Digest> Mirror::resolve_upstream(const std::string& name, const std::string& tag, const std::optional<TagRecord>& here) {
  if (here) {
    const auto there = TRY(upstream_.resolve(name, tag));
    if (there && *there == here->digest) {
      TRY(contents_.touch_tag(name, tag));
      return here->digest;
    }
    if (there && contents_.records().manifest(name, *there)) {
      TRY(contents_.point_tag(name, tag, *there));
      return *there;
    }
  }
  const UpstreamManifest manifest = TRY(upstream_.manifest(name, tag));
  TRY(keep(name, tag, manifest));
  return Digest("sha256:" + contents_.ports().hasher.sha256_hex(manifest.bytes));
}

Result<void> Mirror::manifest(const std::string& name, const Digest& digest) {
  if (contents_.records().manifest(name, digest)) return success();
  const Turn turn(*this, name + "@" + digest.str());
  if (contents_.records().manifest(name, digest)) return success();
  auto manifest = upstream_.manifest(name, digest.str());
  if (!manifest.ok()) return noted(std::move(manifest).error());
  if ("sha256:" + contents_.ports().hasher.sha256_hex(manifest.value().bytes) != digest.str())
    return make_error(ErrorKind::Unavailable, "upstream.answer", "mirror", digest.str(), "the manifest it sent has another digest");
  return keep(name, "", manifest.value());
}

Result<std::vector<std::string>> Mirror::tags(const std::string& name) {
  auto all = contents_.records().tags(name, "", SIZE_MAX);
  auto theirs = reachable() ? upstream_.tags(name) : Result<std::vector<std::string>>(make_error(ErrorKind::Unavailable, "upstream.unreachable", "list tags", name, "it did not answer"));
  if (!theirs.ok()) {
    Error error = noted(std::move(theirs).error());
    if (all.empty()) return error;
    return all;
  }
  all.insert(all.end(), theirs.value().begin(), theirs.value().end());
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

Result<std::shared_ptr<Flight>> Mirror::flight(const std::string& name, const Digest& digest) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return stopping_ || flying_ < options_.downloads || flights_.contains(digest); });
  if (stopping_) return make_error(ErrorKind::Unavailable, "upstream.unreachable", "mirror", digest.str(), "the server is stopping");
  if (const auto found = flights_.find(digest); found != flights_.end()) return found->second;
  auto incoming = TRY(contents_.blobs().create());
  auto started = std::make_shared<Flight>(name, digest, std::move(incoming), options_.largest_blob);
  // Threads that are done are joined here rather than at the very end.
  std::erase_if(threads_, [&](std::thread& thread) {
    if (landed_.erase(thread.get_id()) == 0) return false;
    thread.join();
    return true;
  });
  flights_[digest] = started;
  ++flying_;
  threads_.emplace_back([this, started] { fly(started); });
  return started;
}

void Mirror::fly(std::shared_ptr<Flight> flight) {
  const auto stopped = [this] {
    const std::lock_guard guard(mutex_);
    return stopping_;
  };
  Result<void> outcome = success();
  for (int attempt = 0; attempt < options_.attempts; ++attempt) {
    outcome = upstream_.blob(flight->name(), flight->digest(), flight->written(), *flight, [&](std::optional<std::uint64_t> size) { flight->begin(size); }, stopped);
    const bool again = !outcome.ok() && outcome.error().code == "upstream.cut-short" && !stopped();
    if (!again) break;
  }
  if (outcome.ok()) outcome = contents_.keep_blob(flight->name(), flight->digest(), flight->incoming());
  if (!outcome.ok() && outcome.error().code == "contents.digest")
    outcome = make_error(ErrorKind::Unavailable, "upstream.answer", "mirror", flight->digest().str(), "the blob it sent has another digest");
  if (!outcome.ok()) ignore(Result<void>(noted(outcome.error())));
  {
    // First out of the table, then landed: who asks from now on finds the blob, or tries again.
    const std::lock_guard guard(mutex_);
    flights_.erase(flight->digest());
  }
  flight->land(std::move(outcome));
  const std::lock_guard guard(mutex_);
  --flying_;
  landed_.insert(std::this_thread::get_id());
  changed_.notify_all();
}

Result<MirroredBlob> Mirror::blob(const std::string& name, const Digest& digest, std::uint64_t offset) {
  for (;;) {
    // Somewhere else in here: the same bytes under another name.
    if (contents_.records().has_blob(name, digest) || TRY(contents_.mount_blob(name, "", digest))) {
      auto stored = contents_.blobs().open(digest, offset);
      if (stored.ok()) return MirroredBlob(std::move(stored).value());
      if (stored.error().code != "blob.not-found") return std::move(stored).error();
    }
    const auto flight = TRY(this->flight(name, digest));
    const auto size = TRY(flight->wait_for_size());
    if (flight->landed_well() && (contents_.records().has_blob(name, digest) || TRY(contents_.mount_blob(name, flight->name(), digest)))) continue;
    return MirroredBlob(LiveBlob{std::make_shared<FlightSource>(flight, offset), size});
  }
}

}  // namespace strates::registry::server
