#include "viewer/model/overlay_stack.hpp"

#include <algorithm>
#include <limits>

namespace strates::viewer {

namespace {

// Calls `each` with every directory above `path`, the nearest first, until one call says true.
template <typename Each>
bool any_parent(const std::string& path, const Each& each) {
  for (size_t end = path.rfind('/'); end != std::string::npos && end > 0; end = path.rfind('/', end - 1))
    if (each(path.substr(0, end))) return true;
  return false;
}

// Numbers come from outside: a sum that would wrap around stays at the most.
std::uint64_t saturated(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  return b > most - a ? most : a + b;
}

// A whiteout, an opaque directory, or a file that stands where a directory was.
bool hides_below(const UpperEntry& entry) { return !entry.directory || entry.kind == UpperEntry::Kind::Opaque; }

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

bool OverlayStack::covered(const std::string& path) const {
  if (const auto entry = upper.find(path); entry != upper.end() && !entry->second.directory) return true;
  return any_parent(path, [&](const std::string& parent) {
    const auto entry = upper.find(parent);
    return entry != upper.end() && hides_below(entry->second);
  });
}

Answer OverlayStack::answer(const std::string& path) const {
  if (const auto entry = upper.find(path); entry != upper.end())
    return {entry->second.kind == UpperEntry::Kind::Whiteout ? Answer::From::Hidden : Answer::From::Writable, -1};
  if (gone.contains(path) || covered(path)) return {Answer::From::Hidden, -1};
  if (const auto* read = read_of(path); read != nullptr && read->layer == "container") return {Answer::From::Writable, -1};
  const auto found = below.find(path);
  if (found == below.end()) return {};
  if (found->second.layer == "init") return {Answer::From::Init, -1};
  const int index = layer_index(found->second.layer);
  return index < 0 ? Answer{} : Answer{Answer::From::Layer, index};
}

OverlayFold::OverlayFold(std::string name, std::string focus) : focus_(std::move(focus)) { stack_.name = std::move(name); }

OverlayChange OverlayFold::feed(const Event& event) {
  return std::visit([this](const auto& family) { return visit(family); }, event.what);
}

OverlayChange OverlayFold::visit(const event::Stream& family) {
  if (const auto* gap = std::get_if<event::Gap>(&family)) {
    const std::uint64_t apart = gap->to < gap->from ? 0 : gap->to - gap->from;
    stack_.lost = saturated(stack_.lost, saturated(apart, 1));
    return stack_.id.empty() ? OverlayChange::None : OverlayChange::Lost;
  }
  const auto& state = std::get<event::Snapshot>(family);
  for (const auto& image : state.images)
    for (const auto& layer : image.layers) know(layer.chain_id, layer.created_by, layer.bytes);
  OverlayChange change = OverlayChange::None;
  for (const auto& container : state.containers)
    if (container.name == stack_.name) {
      if (container.id != stack_.id) {
        change = adopt(container.id, container.layers, container.state);
      } else if (container.state != stack_.state) {
        // A stream that was taken up again: what was seen of this container stays true.
        stack_.state = container.state;
        change = container.state == "running" ? OverlayChange::Started : container.state == "exited" ? OverlayChange::Stopped : OverlayChange::None;
      }
    }
  return change;
}

OverlayChange OverlayFold::visit(const event::Image& family) {
  if (const auto* fact = std::get_if<event::LayerUnpacked>(&family)) know(fact->chain_id, "", fact->bytes);
  if (const auto* fact = std::get_if<event::ImageCreated>(&family); fact != nullptr && !fact->layers.empty()) {
    const auto known = known_.find(fact->layers.back().str());
    know(fact->layers.back(), fact->created_by, known == known_.end() ? 0 : known->second.bytes);
  }
  if (const auto* fact = std::get_if<event::LayerCommitted>(&family)) {
    know(fact->chain_id, "", fact->bytes);
    if (!stack_.id.empty() && (fact->container == stack_.name || fact->container == stack_.id.str())) return OverlayChange::Committed;
  }
  return OverlayChange::None;
}

OverlayChange OverlayFold::visit(const event::Container& family) {
  if (const auto* made = std::get_if<event::ContainerCreated>(&family); made != nullptr && made->name == stack_.name)
    return adopt(made->container, made->layers, "created");
  if (stack_.id.empty()) return OverlayChange::None;
  const auto to = [&](const ContainerId& id, const char* state, OverlayChange change) {
    if (id != stack_.id || stack_.state == state) return OverlayChange::None;
    stack_.state = state;
    return change;
  };
  if (const auto* fact = std::get_if<event::ContainerStarted>(&family)) return to(fact->container, "running", OverlayChange::Started);
  if (const auto* fact = std::get_if<event::ContainerStopped>(&family)) return to(fact->container, "exited", OverlayChange::Stopped);
  if (const auto* fact = std::get_if<event::ContainerRemoved>(&family)) return to(fact->container, "removed", OverlayChange::Removed);
  if (const auto* fact = std::get_if<event::OverlayMounted>(&family); fact != nullptr && fact->container == stack_.id) {
    stack_.merged = fact->merged;
    stack_.upper_dir = fact->upper;
  }
  return OverlayChange::None;
}

OverlayChange OverlayFold::visit(const event::File& family) {
  if (stack_.id.empty()) return OverlayChange::None;
  return std::visit([this](const auto& fact) { return fact.container == stack_.id ? file(fact) : OverlayChange::None; }, family);
}

OverlayChange OverlayFold::adopt(const ContainerId& id, const std::vector<ChainId>& layers, const std::string& state) {
  OverlayStack fresh;
  fresh.name = stack_.name;
  fresh.id = id;
  fresh.state = state;
  fresh.lost = stack_.lost;
  for (const auto& layer : layers) fresh.layers.push_back(known_.contains(layer.str()) ? known_.at(layer.str()) : StackLayer{layer, "", 0});
  stack_ = std::move(fresh);
  mentioned_.clear();
  read_.clear();
  if (!focus_.empty()) mention(focus_, false);
  return OverlayChange::Appeared;
}

// An instruction, once known, is not forgotten.
void OverlayFold::know(const ChainId& layer, const std::string& created_by, std::uint64_t bytes) {
  auto& known = known_[layer.str()];
  known.chain_id = layer;
  known.bytes = bytes;
  if (known.created_by.empty()) known.created_by = created_by;
  for (auto& one : stack_.layers)
    if (one.chain_id == layer) one = known;
}

OverlayChange OverlayFold::file(const event::FileRead& fact) {
  tell_below(fact.path, fact.layer, 0, false);
  if (fact.layer == "container") stack_.gone.erase(fact.path);
  if (!read_.emplace(fact.path, fact.layer).second) return OverlayChange::None;
  stack_.reads.push_back({fact.path, fact.layer});
  if (!focus_.empty() && fact.path != focus_) return OverlayChange::None;
  mention(fact.path, false);
  return OverlayChange::Read;
}

OverlayChange OverlayFold::file(const event::FileCreated& fact) {
  stack_.upper[fact.path] = {UpperEntry::Kind::New, fact.directory, "", 0};
  stack_.gone.erase(fact.path);
  mention(fact.path, fact.directory);
  return OverlayChange::Created;
}

OverlayChange OverlayFold::file(const event::FileWritten& fact) {
  // A file that was new or copied up stays that: it says more than that it was written.
  if (stack_.upper.contains(fact.path)) return OverlayChange::None;
  stack_.upper[fact.path] = {UpperEntry::Kind::Written, false, "", 0};
  stack_.gone.erase(fact.path);
  mention(fact.path, false);
  return OverlayChange::Written;
}

OverlayChange OverlayFold::file(const event::FileCopiedUp& fact) {
  tell_below(fact.path, fact.from_layer, fact.bytes, fact.directory);
  const auto known = stack_.upper.find(fact.path);
  if (known != stack_.upper.end() && known->second.kind == UpperEntry::Kind::CopiedUp) return OverlayChange::None;
  stack_.upper[fact.path] = {UpperEntry::Kind::CopiedUp, fact.directory, fact.from_layer, fact.bytes};
  stack_.gone.erase(fact.path);
  mention(fact.path, fact.directory);
  if (fact.directory) return OverlayChange::DirectoryUp;
  stack_.copied_bytes = saturated(stack_.copied_bytes, fact.bytes);
  return OverlayChange::CopiedUp;
}

OverlayChange OverlayFold::file(const event::WhiteoutCreated& fact) {
  tell_below(fact.path, fact.hides_layer, 0, false);
  erase_below(fact.path);
  stack_.upper[fact.path] = {UpperEntry::Kind::Whiteout, false, fact.hides_layer, 0};
  mention(fact.path, false);
  return OverlayChange::Whiteout;
}

OverlayChange OverlayFold::file(const event::OpaqueDirectory& fact) {
  stack_.upper[fact.path] = {UpperEntry::Kind::Opaque, true, "", 0};
  stack_.gone.erase(fact.path);
  mention(fact.path, false);
  return OverlayChange::Opaque;
}

OverlayChange OverlayFold::file(const event::FileRemoved& fact) {
  erase_below(fact.path);
  stack_.upper.erase(fact.path);
  stack_.gone.insert(fact.path);
  mention(fact.path, false);
  return OverlayChange::FileRemoved;
}

// What a lower layer holds does not change: what was told first stays, sizes are added.
void OverlayFold::tell_below(const std::string& path, const std::string& layer, std::uint64_t bytes, bool directory) {
  if (layer.empty() || layer == "container") return;
  auto& entry = stack_.below[path];
  if (entry.layer.empty()) entry.layer = layer;
  entry.bytes = std::max(entry.bytes, bytes);
  entry.directory = entry.directory || directory;
}

void OverlayFold::erase_below(const std::string& path) {
  const std::string start = path + "/";
  auto at = stack_.upper.lower_bound(start);
  while (at != stack_.upper.end() && at->first.starts_with(start)) at = stack_.upper.erase(at);
}

void OverlayFold::mention(const std::string& path, bool directory) {
  auto& last = mentioned_[path];
  const auto rank = [this](const std::string& one) { return one == focus_ ? std::numeric_limits<std::uint64_t>::max() : mentioned_.at(one); };
  // A directory that was made again to hold what changes takes a place only when one is free, and leaves it first.
  if (!directory) last = ++mentions_;
  for (size_t i = 0; i < stack_.places.size(); ++i) {
    auto& places = stack_.places[i];
    if (std::find(places.begin(), places.end(), path) != places.end()) continue;
    if (places.size() <= i) {
      places.push_back(path);
      continue;
    }
    const auto oldest = std::min_element(places.begin(), places.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
    if (!directory && *oldest != focus_) *oldest = path;
  }
}

OverlayStack fold_overlay_stack(std::span<const Event> events, const std::string& name, const std::string& focus) {
  OverlayFold fold(name, focus);
  for (const auto& event : events) fold.feed(event);
  return fold.stack();
}

}  // namespace strates::viewer
