// A world that one thread at a time may use (the simulator behind a daemon) is also safe for whoever holds one of its trees: every call takes the
// engine's lock, and lets it go again where the world allows it.
#pragma once

#include <memory>

#include "engine/lock.hpp"

namespace strates::engine {

class LockedTreeEditor final : public TreeEditor {
  template <typename F>
  auto call(F&& f) {
    const Locked lock(monitor_);
    const Calling calling(monitor_);
    return f();
  }

 public:
  LockedTreeEditor(Monitor& monitor, std::unique_ptr<TreeEditor> inner) : monitor_(monitor), inner_(std::move(inner)) {}
  ~LockedTreeEditor() override {
    const Locked lock(monitor_);
    inner_.reset();
  }
  Result<std::optional<image::EntryMeta>> stat(std::string_view path, Follow follow) override {
    return call([&] { return inner_->stat(path, follow); });
  }
  Result<std::vector<std::string>> list(std::string_view path) override {
    return call([&] { return inner_->list(path); });
  }
  Result<std::string> read(std::string_view path, std::uint64_t limit) override {
    return call([&] { return inner_->read(path, limit); });
  }
  Result<std::unique_ptr<ByteSource>> open_file(std::string_view path) override {
    return call([&] { return inner_->open_file(path); });
  }
  Result<void> make_directory(std::string_view path, const image::EntryMeta& meta) override {
    return call([&] { return inner_->make_directory(path, meta); });
  }
  Result<void> put(std::string_view path, const image::EntryMeta& meta, ByteSource* content) override {
    return call([&] { return inner_->put(path, meta, content); });
  }
  Result<void> remove(std::string_view path) override {
    return call([&] { return inner_->remove(path); });
  }
  Result<std::unique_ptr<image::LayerReader>> archive(std::string_view path) override;

 private:
  Monitor& monitor_;
  std::unique_ptr<TreeEditor> inner_;
};

class LockedLayerReader final : public image::LayerReader {
 public:
  LockedLayerReader(Monitor& monitor, std::unique_ptr<image::LayerReader> inner) : monitor_(monitor), inner_(std::move(inner)) {}
  ~LockedLayerReader() override {
    const Locked lock(monitor_);
    inner_.reset();
  }
  Result<std::optional<image::LayerEntry>> next() override {
    const Locked lock(monitor_);
    const Calling calling(monitor_);
    return inner_->next();
  }
  // The bytes themselves are immutable or the kernel's to guard: reading them needs no lock.
  Result<ByteSource*> content() override {
    const Locked lock(monitor_);
    return inner_->content();
  }

 private:
  Monitor& monitor_;
  std::unique_ptr<image::LayerReader> inner_;
};

inline Result<std::unique_ptr<image::LayerReader>> LockedTreeEditor::archive(std::string_view path) {
  auto reader = TRY(call([&] { return inner_->archive(path); }));
  return std::unique_ptr<image::LayerReader>(std::make_unique<LockedLayerReader>(monitor_, std::move(reader)));
}

}  // namespace strates::engine
