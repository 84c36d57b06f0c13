#include "viewer/model/overlay_stack.hpp"

#include <algorithm>

namespace strates::viewer {

namespace {

class Fold {
 public:
  explicit Fold(std::string name) { stack_.name = std::move(name); }

  void feed(const Event& event) {
    std::visit([this](const auto& family) { visit(family); }, event.what);
  }
  OverlayStack result() {
    for (const auto& layer : chain_)
      stack_.layers.push_back(known_.contains(layer.str()) ? known_.at(layer.str()) : StackLayer{layer, "", 0});
    return std::move(stack_);
  }

 private:
  void visit(const event::Operation&) {}
  void visit(const event::Build&) {}
  void visit(const event::Stream& family) {
    if (const auto* state = std::get_if<event::Snapshot>(&family)) {
      for (const auto& image : state->images)
        for (const auto& layer : image.layers) known_[layer.chain_id.str()] = {layer.chain_id, layer.created_by, layer.bytes};
      for (const auto& container : state->containers)
        if (container.name == stack_.name) adopt(container.id, container.layers, container.state);
    }
  }
  void visit(const event::Image& family) {
    if (const auto* fact = std::get_if<event::LayerUnpacked>(&family)) known_[fact->chain_id.str()] = {fact->chain_id, "", fact->bytes};
    if (const auto* fact = std::get_if<event::LayerCommitted>(&family)) known_[fact->chain_id.str()] = {fact->chain_id, "", fact->bytes};
    if (const auto* fact = std::get_if<event::ImageCreated>(&family); fact != nullptr && !fact->layers.empty()) {
      auto& layer = known_[fact->layers.back().str()];
      layer.chain_id = fact->layers.back();
      if (layer.created_by.empty()) layer.created_by = fact->created_by;
    }
  }
  void visit(const event::Container& family) {
    if (const auto* made = std::get_if<event::ContainerCreated>(&family); made != nullptr && made->name == stack_.name) adopt(made->container, made->layers, "created");
    else std::visit([this](const auto& fact) { about(fact); }, family);
  }
  void visit(const event::File& family) {
    std::visit([this](const auto& fact) { if (fact.container == stack_.id) file(fact); }, family);
  }

  void adopt(const ContainerId& id, const std::vector<ChainId>& layers, const std::string& state) {
    const std::string name = stack_.name;
    stack_ = OverlayStack{};
    stack_.name = name;
    stack_.id = id;
    stack_.state = state;
    chain_ = layers;
  }

  template <typename T>
  void about(const T& fact) {
    if constexpr (std::is_same_v<T, event::ContainerStarted> || std::is_same_v<T, event::ContainerStopped> || std::is_same_v<T, event::ContainerRemoved> ||
                  std::is_same_v<T, event::OverlayMounted>) {
      if (fact.container != stack_.id) return;
      if constexpr (std::is_same_v<T, event::ContainerStarted>) stack_.state = "running";
      if constexpr (std::is_same_v<T, event::ContainerStopped>) stack_.state = "exited";
      if constexpr (std::is_same_v<T, event::ContainerRemoved>) stack_.state = "removed";
      if constexpr (std::is_same_v<T, event::OverlayMounted>) {
        stack_.merged = fact.merged;
        stack_.upper_dir = fact.upper;
      }
    }
  }

  void file(const event::FileRead& fact) {
    const bool told = std::any_of(stack_.reads.begin(), stack_.reads.end(), [&](const ReadFact& read) { return read.path == fact.path && read.layer == fact.layer; });
    if (!told) stack_.reads.push_back({fact.path, fact.layer});
  }
  void file(const event::FileCreated& fact) { stack_.upper[fact.path] = {UpperEntry::Kind::New, fact.directory, "", 0}; }
  void file(const event::FileWritten& fact) {
    // A file that was new or copied up stays that: it says more than that it was written.
    if (!stack_.upper.contains(fact.path)) stack_.upper[fact.path] = {UpperEntry::Kind::Written, false, "", 0};
  }
  void file(const event::FileCopiedUp& fact) {
    const auto known = stack_.upper.find(fact.path);
    if (known != stack_.upper.end() && known->second.kind == UpperEntry::Kind::CopiedUp) return;
    stack_.upper[fact.path] = {UpperEntry::Kind::CopiedUp, fact.directory, fact.from_layer, fact.bytes};
    if (!fact.directory) stack_.copied_bytes += fact.bytes;
  }
  void file(const event::WhiteoutCreated& fact) {
    erase_below(fact.path);
    stack_.upper[fact.path] = {UpperEntry::Kind::Whiteout, false, fact.hides_layer, 0};
  }
  void file(const event::OpaqueDirectory& fact) { stack_.upper[fact.path] = {UpperEntry::Kind::Opaque, true, "", 0}; }
  void file(const event::FileRemoved& fact) {
    erase_below(fact.path);
    stack_.upper.erase(fact.path);
  }
  void erase_below(const std::string& path) {
    std::erase_if(stack_.upper, [&](const auto& pair) { return pair.first.starts_with(path + "/"); });
  }

  OverlayStack stack_;
  std::vector<ChainId> chain_;
  std::map<std::string, StackLayer> known_;
};

}  // namespace

const ReadFact* OverlayStack::read_of(const std::string& path) const {
  const auto found = std::find_if(reads.rbegin(), reads.rend(), [&](const ReadFact& read) { return read.path == path; });
  return found == reads.rend() ? nullptr : &*found;
}

int OverlayStack::layer_index(const std::string& chain_id) const {
  for (size_t i = 0; i < layers.size(); ++i)
    if (layers[i].chain_id.str() == chain_id) return static_cast<int>(i);
  return -1;
}

OverlayStack fold_overlay_stack(std::span<const Event> events, const std::string& name) {
  Fold fold(name);
  for (const auto& event : events) fold.feed(event);
  return fold.result();
}

}  // namespace strates::viewer
