#include "cli/layers_text.hpp"

#include <cmath>
#include <cstdio>

#include "base/json_full.hpp"
#include "base/names.hpp"
#include "base/strings.hpp"
#include "base/text.hpp"
#include "cli/units.hpp"

namespace strates::cli {

namespace {

constexpr size_t kInstructionWidth = 90;

std::string bytes(const Json& object, std::string_view key) { return told_size(static_cast<std::uint64_t>(json_int(object, key))); }

char sign(std::string_view what) { return what == "added" ? '+' : what == "changed" ? '~' : '-'; }

// Rounded down: 100 is said of an image without any waste only.
std::string percent(double ratio) {
  char text[16];
  std::snprintf(text, sizeof text, "%.1f", std::floor(ratio * 1000) / 10);
  return language() == Language::French ? replace_all(text, ".", ",") : text;
}

std::string layer_text(const Json& layer, size_t number, LayerFiles files) {
  std::string out = std::to_string(number) + "  " + short_id(json_string(layer, "DiffID")) + "  " + bytes(layer, "Bytes") + "  " +
                    ellipsis(replace_all(json_string(layer, "CreatedBy"), "\t", " "), kInstructionWidth) + "\n";
  std::string facts = tr(Text::CliLayersFiles, json_int(layer, "Added"), json_int(layer, "Changed"), json_int(layer, "Removed"));
  if (json_int(layer, "WastedBytes") > 0) facts += "  " + tr(Text::CliLayersWasted, bytes(layer, "WastedBytes"));
  out += "   " + facts + "\n";
  if (const auto images = json_strings(layer, "SharedByImages"); !images.empty()) out += "   " + tr(Text::CliLayersSharedImages, join(images, ", ")) + "\n";
  if (const auto containers = json_strings(layer, "SharedByContainers"); !containers.empty()) out += "   " + tr(Text::CliLayersSharedContainers, join(containers, ", ")) + "\n";
  if (files == LayerFiles::Hidden) return out;
  for (const Json& file : json_member(layer, "Files"))
    out += std::string("     ") + sign(json_string(file, "What")) + " " + json_string(file, "Path") + "  " + bytes(file, "Bytes") + "\n";
  return out;
}

}  // namespace

std::string layers_text(const Json& report, LayerFiles files) {
  const auto tags = json_strings(report, "RepoTags");
  const Json& layers = json_member(report, "Layers");
  std::string out = tr(Text::CliLayersHead, tags.empty() ? short_id(json_string(report, "Id")) : join(tags, ", "), layers.size(), bytes(report, "TotalBytes")) + "\n\n";
  size_t number = 0;
  for (const Json& layer : layers) out += layer_text(layer, ++number, files);
  const Json& efficiency = json_member(report, "Efficiency");
  out += "\n" + tr(Text::CliLayersScore, percent(efficiency.is_number() ? efficiency.get<double>() : 1), bytes(report, "WastedBytes")) + "\n";
  for (const Json& path : json_member(report, "Wasted"))
    out += "  " + bytes(path, "WastedBytes") + "  " + tr(Text::CliLayersCopies, json_string(path, "Path"), json_int(path, "Copies"), bytes(path, "TotalBytes")) + "\n";
  return out;
}

}  // namespace strates::cli
