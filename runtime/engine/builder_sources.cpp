// COPY and ADD as steps: where their sources are, and the layer they make.
#include <algorithm>
#include <charconv>

#include "base/strings.hpp"
#include "engine/builder.hpp"
#include "engine/image_tree.hpp"

namespace strates::engine {

namespace {

constexpr std::string_view kScratch = "scratch", kReserved = "'scratch' is a reserved name";

Error refuse(std::string sentence) { return docker_error(ErrorKind::Invalid, "build.refused", std::move(sentence)); }

}  // namespace

Result<CopyTree*> Builder::tree_of(const std::string& from) {
  const auto invalid = [&](const std::string& why) { return refuse("invalid from flag value " + from + ": " + why); };
  ImageId image;
  const auto named = std::find_if(stages_.begin(), stages_.end(), [&](const StageState& done) { return !done.name.empty() && done.name == to_lower(from); });
  long long index = 0;
  const char* const end = from.data() + from.size();
  const bool is_number = std::from_chars(from.data() + (from.starts_with('+') ? 1 : 0), end, index).ptr == end && !from.empty();
  if (named != stages_.end()) {
    image = named->image;
  } else if (is_number) {
    if (index == static_cast<long long>(stages_.size())) return invalid("refers to current build stage");
    if (index < 0 || index > static_cast<long long>(stages_.size())) return invalid("index out of bounds");
    image = stages_[static_cast<size_t>(index)].image;
  } else {
    if (from == kScratch) return invalid(std::string(kReserved));
    const auto record = base_image(from);
    if (!record.ok()) return invalid(record.error().message());
    image = record.value().id;
  }
  std::unique_ptr<SourceImage>& known = sources_[image];
  if (known == nullptr) {
    // Never run: its files are read where they are.
    image::RunConfig none;
    none.image = image.str();
    const ContainerId container = TRY(host_.create_container(image, none, HostConfig(), BuildHost::Purpose::Files, op_)).id;
    known = std::make_unique<SourceImage>(SourceImage{container, nullptr});
    known->tree = std::make_unique<ImageTree>(TRY(host_.edit_container(container)), host_.hasher());
  }
  return known->tree.get();
}

void Builder::release_sources() {
  for (auto& [image, source] : sources_) {
    if (source == nullptr) continue;
    source->tree.reset();
    ignore(host_.remove_container(source->container, op_));
  }
  sources_.clear();
}

Result<std::unique_ptr<CopyTree>> Builder::download(const std::string& url, const std::string& destination, std::string& name) {
  const auto failed = [](const std::string& why) { return refuse("ADD failed: " + why); };
  auto file = host_.get_remote(url, [&] { return cancelled(); });
  if (!file.ok()) {
    if (file.error().code == "build.cancelled") return std::move(file).error();
    return failed(file.error().message());
  }
  output_.say("\n");
  name = remote_name(url, file.value().content_disposition);
  if (name.empty()) {
    if (destination.ends_with('/')) return failed("cannot determine filename for source " + url);
    name = "__unnamed__";
  }
  return std::unique_ptr<CopyTree>(std::make_unique<RemoteTree>(TRY(RemoteTree::make(std::move(file).value(), name, host_.hasher()))));
}

Result<void> Builder::copy(StageState& state, const build::Step& step, const build::Copy& copy) {
  if (!copy.chmod.empty()) return refuse(build::needs_buildkit("the --chmod option requires"));
  CopyTree* const tree = copy.from.empty() ? &context_ : TRY(tree_of(copy.from));
  std::vector<std::unique_ptr<CopyTree>> downloads;
  std::vector<CopyInput> inputs;
  for (const std::string& source : copy.sources) {
    if (!is_url(source)) {
      inputs.push_back({tree, source, false});
      continue;
    }
    if (!copy.add) return refuse("COPY failed: source can't be a URL for COPY");
    std::string name;
    downloads.push_back(TRY(download(source, copy.destination, name)));
    inputs.push_back({downloads.back().get(), name, true});
  }
  const CopyPlan plan = TRY(plan_copy(copy, inputs, host_.hasher()));
  const std::string chown = copy.chown.empty() ? "" : "--chown=" + copy.chown;
  StepProbe probe{with_single_comment(state.config.config, (copy.add ? "ADD " : "COPY ") + chown + plan.hash + " in " + copy.destination + " "), step.text,
                  join(copy.sources, " "), plan.files};
  if (TRY(from_cache(state, probe))) return {};
  // Docker makes no container here, only a writable layer: nothing is said, and nothing stays when it fails.
  const ContainerId container = TRY(host_.create_container(state.image, probe.config, HostConfig(), BuildHost::Purpose::Files, step_op_)).id;
  const auto fill = [&]() -> Result<void> {
    std::shared_ptr<image::LayerReader> layer;
    {
      const auto editor = TRY(host_.edit_container(container));
      layer = TRY(perform_copy(copy, plan, host_.archives(), *editor, state.config.config.working_dir, [this] { return cancelled(); }));
    }
    const ImageRecord record = TRY(commit(state, probe.config, container, Layer::FromContainer, std::move(layer)));
    if (const std::string note = copy_note(probe); !note.empty()) host_.keep_note(record.id, note);
    return {};
  };
  auto filled = fill();
  ignore(host_.remove_container(container, step_op_));
  return filled;
}

}  // namespace strates::engine
