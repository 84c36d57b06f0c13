// The classic builder, as Docker Engine 20.10 has it (moby, builder/dockerfile): one stage after another, one image a step.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/build_host.hpp"
#include "engine/builder_args.hpp"
#include "engine/builder_cache.hpp"
#include "engine/builder_cache_sources.hpp"
#include "engine/builder_config.hpp"
#include "engine/builder_context.hpp"
#include "engine/builder_copy.hpp"
#include "engine/builder_output.hpp"

namespace strates::engine {

// How far one stage has come.
struct StageState {
  ConfigState config;
  std::string name;
  ImageId image;             // of the last step; empty: scratch
  size_t layers = 0;         // of `image`
  std::uint64_t last_layer_bytes = 0;
  std::optional<int> executed;  // the first step that ran instead of coming from the cache, here or in a stage below
  bool cache_lost = false;   // after a miss the stage runs on without looking
};

class Builder {
 public:
  Builder(BuildHost& host, const BuildRequest& request, BuilderOutput& output, BuildContext& context, char32_t escape, OpId op)
      : host_(host), request_(request), output_(output), context_(context), escape_(escape), op_(op), args_(request.build_args) {}
  ~Builder() { release_sources(); }
  Builder(const Builder&) = delete;
  Builder& operator=(const Builder&) = delete;

  // The last stage's image. Warns about arguments that nothing used.
  Result<ImageId> run(build::Stages stages);

 private:
  Result<void> run_argument(const build::Step& step);
  Result<ImageRecord> base_image(const std::string& name);
  Result<StageState> begin_stage(const build::Stage& stage);
  Result<void> run_stage(const build::Stage& stage);
  Result<void> run_triggers(StageState& state, const build::Stage& stage);
  // One instruction, with the removal of its containers.
  Result<void> dispatch(StageState& state, const build::Step& step);
  Result<void> execute(StageState& state, const build::Step& step);
  Result<void> run_command(StageState& state, const build::Step& step, const build::Run& run);
  Result<void> copy(StageState& state, const build::Step& step, const build::Copy& copy);
  // What COPY --from names: a stage by name or number, or an image. Kept until the build ends.
  Result<CopyTree*> tree_of(const std::string& from);
  void release_sources();
  Result<std::unique_ptr<CopyTree>> download(const std::string& url, const std::string& destination, std::string& name);
  Result<void> work_directory(StageState& state, const build::Step& step, const std::string& comment);
  Result<void> metadata(StageState& state, const build::Step& step, const std::string& comment);
  Result<bool> from_cache(StageState& state, const StepProbe& probe);
  Result<ContainerId> create(const StageState& state, const image::RunConfig& config);
  enum class Layer { None, FromContainer };
  Result<ImageRecord> commit(StageState& state, const image::RunConfig& probe, const ContainerId& container, Layer layer,
                             std::shared_ptr<image::LayerReader> entries = nullptr);
  CacheSources& cache_sources();
  void take(StageState& state, const ImageRecord& record);
  void remove_containers();
  void await_removal();
  void print_step(const std::string& text);
  void emit(event::Build fact) { host_.tracer().emit(step_op_, Payload(std::move(fact))); }
  bool cancelled() { return output_.cancelled(); }

  BuildHost& host_;
  const BuildRequest& request_;
  BuilderOutput& output_;
  BuildContext& context_;
  const char32_t escape_;
  const OpId op_;
  BuildArgs args_;
  OpId step_op_ = 0;
  int step_ = 0, steps_ = 0;  // printed number of the current one, and of the last
  std::vector<ContainerId> containers_;  // intermediate ones, not yet removed
  std::vector<StageState> stages_;       // done
  struct SourceImage {
    ContainerId container;
    std::unique_ptr<CopyTree> tree;
  };
  std::map<ImageId, std::unique_ptr<SourceImage>> sources_;  // of COPY --from
  std::optional<CacheSources> cache_sources_;                // of --cache-from, once asked for
  std::string not_removed_;             // what to say of it: written by what removes, read when that has ended
  std::unique_ptr<Ongoing> removing_;   // the last step's container
};

}  // namespace strates::engine
