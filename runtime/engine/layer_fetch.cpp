#include "engine/layer_fetch.hpp"

#include <algorithm>

#include "base/byte_sources.hpp"
#include "base/strings.hpp"
#include "engine/lock.hpp"
#include "engine/verified_source.hpp"

namespace strates::engine {

namespace {

constexpr size_t kAtOnce = 3;  // Docker's max-concurrent-downloads

// A registry gives layers plain, by gzip or by zstd (image-spec, layer.md). What is recognised by its first bytes beyond that is for archives that people
// load from their disk: a stranger's bytes meet no other decoder.
class LayerForm final : public ByteSource {
 public:
  explicit LayerForm(ByteSource& from) : from_(from) {}
  Result<size_t> read(std::span<char> buffer) override {
    const size_t got = TRY(from_.read(buffer));
    if (head_.size() < kLongest) head_.append(buffer.data(), std::min(got, kLongest - head_.size()));
    for (const std::string_view form : kRefused)
      if (head_.starts_with(form)) return docker_error(ErrorKind::Unavailable, "pull.compression", "a layer may be plain, gzip or zstd, and the registry sends something else");
    return got;
  }

 private:
  static constexpr size_t kLongest = 6;
  static constexpr std::string_view kRefused[] = {"BZh", {"\xfd" "7zXZ", 5}};
  ByteSource& from_;
  std::string head_;
};

}  // namespace

bool LayerFetch::stopped() {
  if (output_.cancelled()) return true;
  const std::lock_guard lock(mutex_);
  return failed_.has_value();
}

void LayerFetch::fail(Error error) {
  const std::lock_guard lock(mutex_);
  if (!failed_) failed_ = std::move(error);
}

size_t LayerFetch::first_of(size_t index) const {
  for (size_t i = 0; i < index; ++i)
    if (!layers_[i].present && layers_[i].blob.digest == layers_[index].blob.digest) return i;
  return index;
}

std::vector<size_t> LayerFetch::wanted_by(size_t index) const {
  std::vector<size_t> out;
  for (size_t i = index; i < layers_.size(); ++i)
    if (!layers_[i].present && first_of(i) == index) out.push_back(i);
  return out;
}

Result<std::vector<std::uint64_t>> LayerFetch::run(const std::vector<WantedLayer>& layers) {
  layers_ = layers;
  progress_.assign(layers.size(), {});
  std::vector<std::function<void()>> jobs;
  for (size_t i = 0; i < layers_.size(); ++i) {
    if (layers_[i].present) {
      progress_[i].bytes = *layers_[i].present;
      output_.state(id(i), "Already exists");
      emit_(event::Registry(event::BlobPresent{registry_, layers_[i].blob.digest.str(), false}));
      emit_(event::Image(event::LayerAlreadyPresent{layers_[i].chain, layers_[i].diff_id, *layers_[i].present}));
      if (turn_ == i) ++turn_;
      continue;
    }
    if (!is_first(i)) continue;
    output_.state(id(i), "Pulling fs layer");
    jobs.emplace_back([this, i] { fetch(i); });
  }
  for (size_t i = 0, waiting = 0; i < layers_.size(); ++i)
    if (!layers_[i].present && is_first(i) && ++waiting > kAtOnce) output_.state(id(i), "Waiting");
  world_.tasks->all(jobs, kAtOnce);
  if (failed_) return *failed_;
  std::vector<std::uint64_t> sizes;
  for (const auto& one : progress_) sizes.push_back(one.bytes);
  return sizes;
}

void LayerFetch::fetch(size_t index) {
  if (stopped()) {
    fail(docker_error(ErrorKind::Conflict, "fetch.cancelled", "context canceled"));
    return;
  }
  const std::vector<size_t> wanted = wanted_by(index);
  bool mine = false;
  {
    const std::lock_guard lock(mutex_);
    // Straight into the unpacker only where threads are: without them nobody else could use the world meanwhile.
    mine = turn_ == index && !unpacking_ && wanted.size() == 1 && world_.tasks->parallel();
    if (mine) unpacking_ = true;
  }
  if (mine) {
    auto done = download_and_unpack(index);
    if (!done.ok()) fail(std::move(done).error());
    const std::lock_guard lock(mutex_);
    unpacking_ = false;
    if (!failed_) ++turn_;
  } else {
    auto spool = download(index);
    if (!spool.ok()) return fail(std::move(spool).error());
    const std::lock_guard lock(mutex_);
    for (const size_t layer : wanted) progress_[layer].spool = spool.value();
  }
  unpack_ready();
}

// Whoever has just downloaded something unpacks all whose turn has come, unless somebody is at it already: who will look again afterwards.
void LayerFetch::unpack_ready() {
  for (;;) {
    std::shared_ptr<Spool> spool;
    size_t index = 0;
    {
      const std::lock_guard lock(mutex_);
      while (turn_ < layers_.size() && layers_[turn_].present) ++turn_;
      if (failed_ || unpacking_ || turn_ == layers_.size() || !progress_[turn_].spool) return;
      index = turn_;
      spool = std::move(progress_[index].spool);
      unpacking_ = true;
    }
    auto done = [&]() -> Result<void> {
      CountedSource bytes(TRY(spool->open()), [&](std::uint64_t at) {
        if (is_first(index)) output_.progress(id(index), "Extracting", at, layers_[index].blob.size);
      });
      return unpack(index, bytes);
    }();
    if (!done.ok()) fail(std::move(done).error());
    const std::lock_guard lock(mutex_);
    unpacking_ = false;
    if (!failed_) ++turn_;
  }
}

Result<std::unique_ptr<ByteSource>> LayerFetch::open(size_t index) {
  const auto& blob = layers_[index].blob;
  auto bytes = TRY(repository_.blob(blob.digest, blob.size, [this, index](int seconds) {
    output_.state(id(index), "Retrying in " + std::to_string(seconds) + (seconds == 1 ? " second" : " seconds"));
  }));
  // One layer that failed ends the others.
  const auto progress = [this, index, size = blob.size](std::uint64_t at) {
    output_.progress(id(index), "Downloading", at, size);
    if (at == size) output_.state(id(index), "Verifying Checksum");
    return !stopped();
  };
  const auto at_end = [this, index, started = world_.clock.now()] {
    output_.state(id(index), "Download complete");
    emit_(event::Registry(event::BlobTransferred{registry_, layers_[index].blob.digest.str(), false, layers_[index].blob.size, world_.clock.now() - started}));
  };
  return std::unique_ptr<ByteSource>(std::make_unique<VerifiedSource>(std::move(bytes), world_.hasher, blob.digest, progress, at_end));
}

Result<void> LayerFetch::download_and_unpack(size_t index) {
  const auto bytes = world_.tasks->read_ahead(TRY(open(index)));
  auto done = unpack(index, *bytes);
  // Told before the reading thread is waited for: it reads on until it hears that it is over, and so do the other layers.
  if (!done.ok()) fail(done.error());
  return done;
}

Result<std::shared_ptr<Spool>> LayerFetch::download(size_t index) {
  const auto bytes = TRY(open(index));
  return world_.spooler.keep(*bytes, layers_[index].blob.size);
}

Result<void> LayerFetch::unpack(size_t index, ByteSource& bytes) {
  const WantedLayer& wanted = layers_[index];
  Unpacked unpacked{wanted.chain, wanted.diff_id, false};
  const Emit emit = [&](Payload fact) {
    if (const auto* image = std::get_if<event::Image>(&fact)) unpacked.fresh = std::holds_alternative<event::LayerUnpacked>(*image);
    emit_(std::move(fact));
  };
  LayerForm layer(bytes);
  Result<LayerInfo> imported = LayerInfo{};
  {
    const Locked lock(world_.monitor);
    const Calling call(world_.monitor);
    imported = world_.snapshots.import_layer(wanted.parent, layer, emit);
  }
  const LayerInfo info = TRY(std::move(imported));
  unpacked.chain = info.chain_id;
  unpacked.diff_id = info.diff_id;
  {
    const std::lock_guard lock(mutex_);
    unpacked_.push_back(unpacked);
    progress_[index].bytes = info.bytes;
  }
  if (info.diff_id != wanted.diff_id)
    return docker_error(ErrorKind::Unavailable, "pull.diff-id",
                        "layers from manifest don't match image configuration: " + wanted.blob.digest.str() + " unpacks to " + info.diff_id.str() + ", not to " + wanted.diff_id.str());
  if (is_first(index)) output_.state(id(index), "Pull complete");
  return success();
}

}  // namespace strates::engine
