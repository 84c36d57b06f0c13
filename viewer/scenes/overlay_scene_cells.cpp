#include "viewer/scenes/overlay_scene_cells.hpp"

#include <algorithm>

#include "base/sizes.hpp"
#include "base/strings.hpp"
#include "base/text.hpp"

namespace strates::viewer {

namespace {

using Kind = ChipLook::Kind;

ChipLook merged_cell(const OverlayStack& stack, const std::string& path) {
  const Answer answer = stack.answer(path);
  switch (answer.from) {
    case Answer::From::Unknown: return {Kind::Absent, path, tr(Text::OverlayUntouched)};
    case Answer::From::Hidden: return {Kind::Absent, path, tr(Text::OverlayAbsent)};
    case Answer::From::Writable: return {Kind::Seen, path, tr(Text::OverlayFromWritable)};
    case Answer::From::Init: return {Kind::Seen, path, tr(Text::OverlayFromInit)};
    case Answer::From::Layer: return {Kind::Seen, path, tr(Text::OverlayFromLayer, answer.layer + 1)};
  }
  return {};
}

std::optional<ChipLook> writable_cell(const OverlayStack& stack, const std::string& path) {
  const auto found = stack.upper.find(path);
  if (found == stack.upper.end()) {
    if (stack.answer(path).from != Answer::From::Writable) return std::nullopt;
    return ChipLook{Kind::Found, path, tr(Text::OverlayReadHere)};
  }
  const UpperEntry& entry = found->second;
  switch (entry.kind) {
    case UpperEntry::Kind::New:
      if (entry.directory) return ChipLook{Kind::Made, path, tr(Text::OverlayNewDirectory)};
      return ChipLook{Kind::Written, path, tr(Text::OverlayNew)};
    case UpperEntry::Kind::CopiedUp:
      if (entry.directory) return ChipLook{Kind::Made, path, tr(Text::OverlayDirectoryAgain)};
      return ChipLook{Kind::Copied, path, tr(Text::OverlayCopied, told_size(entry.bytes))};
    case UpperEntry::Kind::Written: return ChipLook{Kind::Written, path, tr(Text::OverlayWrittenHere)};
    case UpperEntry::Kind::Whiteout: return ChipLook{Kind::Whiteout, path, tr(Text::OverlayMask)};
    case UpperEntry::Kind::Opaque: return ChipLook{Kind::Opaque, path, tr(Text::OverlayOpaqueWord)};
    case UpperEntry::Kind::Removed: break;
  }
  return std::nullopt;
}

const LayerFile* listed(const LayerFiles& files, const std::string& layer, const std::string& path) {
  const auto found = files.find(layer);
  if (found == files.end()) return nullptr;
  const auto file = std::find_if(found->second.begin(), found->second.end(), [&](const LayerFile& one) { return one.path == path; });
  return file == found->second.end() ? nullptr : &*file;
}

std::optional<ChipLook> layer_cell(const OverlayStack& stack, const LayerFiles& files, const std::string& layer, const std::string& path) {
  const auto below = stack.below.find(path);
  const bool told = below != stack.below.end() && below->second.layer == layer;
  const LayerFile* file = listed(files, layer, path);
  if (!told && file == nullptr) return std::nullopt;
  if (file != nullptr && file->whiteout) return ChipLook{Kind::Whiteout, path, tr(Text::OverlayMask)};
  if (stack.covered(path)) {
    const auto entry = stack.upper.find(path);
    const bool replaced = entry != stack.upper.end() && entry->second.kind != UpperEntry::Kind::Whiteout;
    return replaced ? ChipLook{Kind::Below, path, tr(Text::OverlayIntact)} : ChipLook{Kind::Struck, path, tr(Text::OverlayHidden)};
  }
  if (!told && below != stack.below.end()) return ChipLook{Kind::Below, path, tr(Text::OverlayOvershadowed)};
  const auto* read = stack.read_of(path);
  if (read != nullptr && read->layer == layer) return ChipLook{Kind::Found, path, tr(Text::OverlayReadHere)};
  const std::uint64_t bytes = file != nullptr ? file->bytes : below->second.bytes;
  return ChipLook{Kind::Plain, path, bytes > 0 ? told_size(bytes) : ""};
}

char diff_letter(const UpperEntry& entry) {
  switch (entry.kind) {
    case UpperEntry::Kind::New: return 'A';
    case UpperEntry::Kind::Whiteout: return 'D';
    default: return 'C';
  }
}

class Others {
 public:
  Others(const std::vector<std::string>& paths, size_t most) : paths_(paths), most_(most) {}
  template <typename Name>
  void add(const std::string& path, const Name& name) {
    if (std::find(paths_.begin(), paths_.end(), path) != paths_.end()) return;
    ++out_.count;
    if (out_.names.size() < most_) out_.names.push_back(name());
  }
  OtherFiles take() { return std::move(out_); }

 private:
  const std::vector<std::string>& paths_;
  size_t most_;
  OtherFiles out_;
};

}  // namespace

std::optional<ChipLook> overlay_cell(const OverlayStack& stack, const LayerFiles& files, const OverlayRow& row, const std::string& path) {
  switch (row.kind) {
    case OverlayRow::Kind::Merged: return merged_cell(stack, path);
    case OverlayRow::Kind::Writable: return writable_cell(stack, path);
    case OverlayRow::Kind::Init: return layer_cell(stack, files, "init", path);
    case OverlayRow::Kind::Layer: return layer_cell(stack, files, stack.layers[static_cast<size_t>(row.layer)].chain_id.str(), path);
    case OverlayRow::Kind::Collapsed: break;
  }
  return std::nullopt;
}

OtherFiles overlay_others(const OverlayStack& stack, const LayerFiles& files, const OverlayRow& row, const std::vector<std::string>& paths, size_t most) {
  Others others(paths, most);
  if (row.kind == OverlayRow::Kind::Writable)
    for (const auto& [path, entry] : stack.upper) others.add(path, [&] { return std::string(1, diff_letter(entry)) + " " + path; });
  if (row.kind != OverlayRow::Kind::Init && row.kind != OverlayRow::Kind::Layer) return others.take();
  const std::string layer = row.kind == OverlayRow::Kind::Init ? "init" : stack.layers[static_cast<size_t>(row.layer)].chain_id.str();
  if (const auto list = files.find(layer); list != files.end()) {
    for (const auto& file : list->second) others.add(file.path, [&] { return file.path; });
  } else {
    for (const auto& [path, entry] : stack.below)
      if (entry.layer == layer) others.add(path, [&] { return path; });
  }
  return others.take();
}

std::string instruction_words(const std::string& created_by) {
  std::string_view rest = created_by;
  const auto without = [&](std::string_view start) {
    if (!rest.starts_with(start)) return false;
    rest.remove_prefix(start.size());
    return true;
  };
  if (const size_t mark = rest.rfind(" # buildkit"); mark != std::string_view::npos && mark + 11 == rest.size()) rest = rest.substr(0, mark);
  bool shell = false;
  if (without("/bin/sh -c #(nop)")) shell = false;
  else if (without("RUN /bin/sh -c ") || without("/bin/sh -c ")) shell = true;
  std::string out = (shell ? "RUN " : "") + std::string(trim(rest));
  // One line, whatever the script looked like.
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  return out;
}

}  // namespace strates::viewer
