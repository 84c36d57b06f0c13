#include "lessons/player/overlay_text.hpp"

#include "base/names.hpp"
#include "base/sizes.hpp"
#include "base/text.hpp"

namespace strates::lessons {

namespace {

using viewer::OverlayStack;
using viewer::UpperEntry;

constexpr size_t kMostEntries = 12;

std::string layer_name(const OverlayStack& stack, const std::string& layer) {
  if (layer == "container") return tr(Text::SceneWritableLayer);
  if (layer == "init") return tr(Text::SceneInitLayer);
  const int index = stack.layer_index(layer);
  return index < 0 ? short_id(layer) : tr(Text::SceneLayerNumber, index + 1, short_id(layer));
}

std::string entry_words(const OverlayStack& stack, const std::string& path, const UpperEntry& entry) {
  const std::string shown = path + (entry.directory ? "/" : "");
  switch (entry.kind) {
    case UpperEntry::Kind::New: return tr(entry.directory ? Text::SceneNewDirectory : Text::SceneNewFile, shown);
    case UpperEntry::Kind::Written: return tr(Text::SceneWritten, shown);
    case UpperEntry::Kind::CopiedUp:
      if (entry.directory) return tr(Text::SceneDirectoryUp, shown);
      return tr(Text::SceneCopiedUp, shown, told_size(entry.bytes), layer_name(stack, entry.from_layer));
    case UpperEntry::Kind::Whiteout: return tr(Text::SceneWhiteout, shown, layer_name(stack, entry.from_layer));
    case UpperEntry::Kind::Opaque: return tr(Text::SceneOpaque, shown);
    case UpperEntry::Kind::Removed: break;
  }
  return shown;
}

char letter(const UpperEntry& entry) {
  switch (entry.kind) {
    case UpperEntry::Kind::New: return 'A';
    case UpperEntry::Kind::Whiteout: return 'D';
    default: return 'C';
  }
}

class Box {
 public:
  Box(const Screen& screen, std::vector<std::string>& out) : screen_(screen), inner_(screen.width() - 6), out_(out) {}
  void top() { rule("┌", "┐"); }
  void between() { rule("├", "┤"); }
  void bottom() { rule("└", "┘"); }
  void line(Style style, const std::string& text) {
    for (const auto& part : fold(text)) out_.push_back("  │ " + screen_.styled(style, fit(part, inner_, true)) + " │");
  }

 private:
  std::vector<std::string> fold(const std::string& text) const {
    if (columns_of(text) <= inner_) return {text};
    std::vector<std::string> lines = fold_lines(text, inner_ - 4);
    for (size_t i = 1; i < lines.size(); ++i) lines[i] = "    " + lines[i];
    if (!lines.empty() && text.starts_with("  ")) lines[0] = "  " + lines[0];
    return lines;
  }
  void rule(std::string_view left, std::string_view right) {
    std::string text = "  " + std::string(left);
    for (int i = 0; i < inner_ + 2; ++i) text += "─";
    out_.push_back(text + std::string(right));
  }
  const Screen& screen_;
  int inner_;
  std::vector<std::string>& out_;
};

// What became of the path in focus, in one sentence.
std::string focus_words(const OverlayStack& stack, const std::string& focus) {
  if (const auto entry = stack.upper.find(focus); entry != stack.upper.end()) {
    switch (entry->second.kind) {
      case UpperEntry::Kind::CopiedUp: return tr(Text::SceneFocusCopied, focus, layer_name(stack, entry->second.from_layer));
      case UpperEntry::Kind::Whiteout: return tr(Text::SceneFocusHidden, focus, layer_name(stack, entry->second.from_layer));
      case UpperEntry::Kind::Opaque: return tr(Text::SceneFocusOpaque, focus);
      default: return tr(Text::SceneFocusWritten, focus);
    }
  }
  if (const auto* read = stack.read_of(focus)) return tr(Text::SceneFocusRead, focus, layer_name(stack, read->layer));
  return tr(Text::SceneFocusUntouched, focus);
}

}  // namespace

std::vector<std::string> draw_overlay(const OverlayStack& stack, const std::string& focus, const Screen& screen) {
  std::vector<std::string> out;
  if (stack.id.empty()) {
    out.push_back("  " + tr(Text::SceneNoContainer, stack.name));
    return out;
  }
  const bool removed = stack.state == "removed";
  out.push_back("  " + screen.styled(Style::Title, tr(Text::SceneStackOf, stack.name, short_id(stack.id.str()))));
  Box box(screen, out);
  box.top();
  const auto reads = [&](const std::string& layer) {
    for (const auto& read : stack.reads)
      if (read.layer == layer && (focus.empty() || read.path == focus)) box.line(Style::Accent, "  " + tr(Text::SceneReadHere, read.path));
  };
  if (removed) {
    box.line(Style::Dim, tr(Text::SceneWritableGone));
  } else {
    box.line(Style::Upper, tr(Text::SceneWritableTitle));
    if (stack.upper.empty()) box.line(Style::Dim, "  " + tr(Text::SceneEmpty));
    size_t shown = 0;
    for (const auto& [path, entry] : stack.upper) {
      if (shown == kMostEntries && stack.upper.size() > kMostEntries + 1) {
        box.line(Style::Dim, "  " + tr(Text::SceneMore, stack.upper.size() - shown));
        break;
      }
      ++shown;
      box.line(path == focus ? Style::Strong : Style::Plain, std::string("  ") + letter(entry) + " " + entry_words(stack, path, entry));
    }
    reads("container");
  }
  for (size_t i = stack.layers.size(); i-- > 0;) {
    const auto& layer = stack.layers[i];
    box.between();
    box.line(Style::Plain, tr(Text::SceneReadOnlyTitle, i + 1, short_id(layer.chain_id.str()), told_size(layer.bytes)));
    if (!layer.created_by.empty()) box.line(Style::Dim, "  " + fit(layer.created_by, screen.width() - 10, false));
    reads(layer.chain_id.str());
  }
  box.bottom();
  if (!focus.empty() && !removed)
    for (const auto& line : fold_lines(focus_words(stack, focus), screen.width() - 4)) out.push_back("  " + line);
  if (stack.copied_bytes > 0 && !removed) out.push_back("  " + tr(Text::SceneCopiedTotal, told_size(stack.copied_bytes)));
  return out;
}

}  // namespace strates::lessons
