#include "engine/builder.hpp"

#include <algorithm>

#include "base/strings.hpp"
#include "build/platform.hpp"
#include "build/shell_lex.hpp"
#include "engine/builder_errors.hpp"

namespace strates::engine {

namespace {

constexpr std::string_view kDefaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr std::string_view kScratch = "scratch";
constexpr size_t kMaxTriggers = 1000;

Error refuse(std::string sentence) { return docker_error(ErrorKind::Invalid, "build.refused", std::move(sentence)); }

int count_steps(const build::Stages& stages) {
  size_t count = stages.arguments.size() + stages.stages.size();
  for (const build::Stage& stage : stages.stages) count += stage.steps.size();
  return static_cast<int>(count);
}

// FROM --platform must be one; like Docker's classic builder, an image that is here is taken whatever its platform.
Result<void> check_from_platform(const std::string& platform) {
  const auto checked = build::check_platform(platform);
  return checked.ok() ? checked : Result<void>(refuse("failed to parse platform " + platform + ": " + checked.error().message()));
}

}  // namespace

Result<ImageId> Builder::run(build::Stages stages) {
  if (!request_.target.empty()) {
    const auto named = std::find_if(stages.stages.begin(), stages.stages.end(),
                                    [&](const build::Stage& stage) { return equal_ignoring_case(stage.from.name, request_.target); });
    if (named == stages.stages.end()) return refuse("failed to reach build target " + request_.target + " in Dockerfile");
    stages.stages.erase(std::next(named), stages.stages.end());
  }
  if (!stages.stages.empty())
    for (const auto& [key, value] : request_.labels) stages.stages.back().steps.push_back(build::label_step(key, value));
  steps_ = count_steps(stages);
  for (const build::Step& argument : stages.arguments) TRY(run_argument(argument));
  args_.end_stage();  // FROM sees them; a stage only those that it names again
  for (const build::Stage& stage : stages.stages) TRY(run_stage(stage));
  if (const auto unused = args_.unused(); !unused.empty())
    output_.say("[Warning] One or more build-args [" + join(unused, " ") + "] were not consumed\n");
  await_removal();
  if (stages_.empty() || stages_.back().image.empty()) return refuse("No image was generated. Is your Dockerfile empty?");
  return stages_.back().image;
}

void Builder::print_step(const std::string& text) {
  ++step_;
  output_.say("Step " + std::to_string(step_) + "/" + std::to_string(steps_) + " : " + text);
  output_.say("\n");
}

Result<void> Builder::run_argument(const build::Step& step) {
  print_step(step.text);
  Operation operation(host_.tracer(), "build.step", step.text, op_);
  step_op_ = operation.id();
  emit(event::StepStarted{step_, steps_, step.line, step.text});
  const auto instruction = expand_step(step.instruction, args_.visible({}), escape_);
  if (!instruction.ok()) return operation.ends(Result<void>(instruction.error()));
  for (const auto& [name, value] : std::get<build::Arg>(instruction.value()).values) {
    args_.add(name, value);
    args_.add_meta(name, value);
  }
  emit(event::StepFinished{step_, ImageId(), 0, false});
  operation.finish();
  return {};
}

// What is not here comes from its registry, with --pull in any case (Docker Engine 20.10, builder/dockerfile/internals.go: getAndMount).
Result<ImageRecord> Builder::base_image(const std::string& name) {
  auto here = host_.find_image(name);
  if (here.ok() && !request_.pull) return here;
  if (!here.ok() && here.error().kind != ErrorKind::NotFound) return here;
  auto pulled = host_.pull_base(name, request_, output_.client(), step_op_);
  // Where no registry can be reached at all, that it is not here is the reason.
  if (!pulled.ok() && pulled.error().code == "registry.none" && !here.ok()) return here;
  TRY(std::move(pulled));
  return host_.find_image(name);
}

Result<StageState> Builder::begin_stage(const build::Stage& stage) {
  StageState state;
  state.name = stage.from.name;
  const auto before_from = args_.visible_before_from();
  const build::Variables variables = build::variables_of(before_from);
  build::LexOptions options;
  options.escape = escape_;
  options.classic = true;
  const std::string platform = TRY(build::expand_word(stage.from.platform, variables, options));
  const std::string base = TRY(build::expand_word(stage.from.base, variables, options));
  if (!stage.from.platform.empty()) TRY(check_from_platform(platform));
  if (base.empty()) return refuse("base name (" + stage.from.base + ") should not be blank");
  const auto below = std::find_if(stages_.begin(), stages_.end(), [&](const StageState& done) { return !done.name.empty() && done.name == to_lower(base); });
  if (below != stages_.end() && below->image.empty()) {
    state.executed = below->executed;  // a stage that is still nothing but scratch
  } else if (below != stages_.end() || base != kScratch) {
    const std::string name = below != stages_.end() ? below->image.str() : base;
    const ImageRecord record = below != stages_.end() ? TRY(host_.find_image(name)) : TRY(base_image(name));
    state.config.config = record.config.config;
    take(state, record);
    if (below != stages_.end()) state.executed = below->executed;
  }
  image::RunConfig& config = state.config.config;
  if (!config.env) config.env.emplace();
  if (std::none_of(config.env->begin(), config.env->end(), [](const std::string& entry) { return entry.starts_with("PATH="); }))
    config.env->emplace_back(kDefaultPath);
  config.open_stdin = config.stdin_once = false;
  return state;
}

Result<void> Builder::run_stage(const build::Stage& stage) {
  for (const StageState& done : stages_)
    if (!stage.from.name.empty() && done.name == stage.from.name) return refuse(stage.from.name + " stage name already used");
  print_step(stage.text);
  StageState state;
  {
    Operation operation(host_.tracer(), "build.step", stage.text, op_);
    step_op_ = operation.id();
    emit(event::StepStarted{step_, steps_, stage.line, stage.text});
    const auto begin = [&]() -> Result<void> {
      state = TRY(begin_stage(stage));
      return run_triggers(state, stage);
    };
    if (auto begun = begin(); !begun.ok()) return operation.ends(std::move(begun));
    state.config.config.image = state.image.str();
    emit(event::StepFinished{step_, state.image, 0, false});
    operation.finish(state.image.str());
  }
  output_.say(" ---> " + short_id(state.image.str()) + "\n");
  for (const build::Step& step : stage.steps) {
    if (cancelled()) {
      output_.say("Build cancelled\n");
      return build_cancelled();
    }
    print_step(step.text);
    Operation operation(host_.tracer(), "build.step", step.text, op_);
    step_op_ = operation.id();
    emit(event::StepStarted{step_, steps_, step.line, step.text});
    const size_t layers = state.layers;
    if (auto done = dispatch(state, step); !done.ok()) return operation.ends(std::move(done));
    const bool made_layer = state.layers > layers;
    emit(event::StepFinished{step_, state.image, made_layer ? state.last_layer_bytes : 0, made_layer});
    operation.finish(state.image.str());
    output_.say(" ---> " + short_id(state.image.str()) + "\n");
  }
  output_.image(state.image);
  args_.end_stage();
  stages_.push_back(std::move(state));
  return {};
}

Result<void> Builder::run_triggers(StageState& state, const build::Stage& stage) {
  auto& on_build = state.config.config.on_build;
  if (!on_build || on_build->empty()) return {};
  const image::StringList triggers = *on_build;
  on_build.reset();
  if (triggers.size() > kMaxTriggers) return refuse("the base image has more than " + std::to_string(kMaxTriggers) + " build triggers");
  output_.say("# Executing " + std::to_string(triggers.size()) + " build trigger" + (triggers.size() > 1 ? "s" : "") + "\n");
  for (const std::string& trigger : triggers) {
    const build::Dockerfile file = TRY(build::parse_dockerfile(trigger, build::Dialect::Classic));
    if (file.nodes.size() != 1) return refuse("onbuild trigger should be a single expression");
    build::Step step = TRY(build::parse_instruction(file.nodes.front(), build::Dialect::Classic));
    if (std::holds_alternative<build::From>(step.instruction) || std::holds_alternative<build::Onbuild>(step.instruction))
      return refuse(to_upper(file.nodes.front().name) + " isn't allowed as an ONBUILD trigger");
    step.line = stage.line;
    TRY(dispatch(state, step));
  }
  return {};
}

Result<void> Builder::dispatch(StageState& state, const build::Step& step) {
  state.config.config.image = state.image.str();
  auto done = execute(state, step);
  const bool is_cancelled = !done.ok() && done.error().code == "build.cancelled";
  if (is_cancelled) output_.say("Build cancelled\n");
  // What a failed step leaves is the user's to look at, unless told otherwise.
  if (request_.force_remove || is_cancelled || (request_.remove && done.ok())) remove_containers();
  else for (const ContainerId& id : containers_) host_.keep_container(id);
  state.config.config.image = state.image.str();
  if (is_cancelled) return build_cancelled();
  return done;
}

Result<void> Builder::execute(StageState& state, const build::Step& step) {
  const auto none = std::vector<std::string>();
  std::vector<std::string> environment = state.config.config.env.value_or(none);
  for (std::string& argument : args_.visible(environment)) environment.push_back(std::move(argument));
  const build::Instruction instruction = TRY(expand_step(step.instruction, environment, escape_));
  if (const auto* run = std::get_if<build::Run>(&instruction)) return run_command(state, step, *run);
  if (const auto* taken = std::get_if<build::Copy>(&instruction)) return copy(state, step, *taken);
  if (const auto* argument = std::get_if<build::Arg>(&instruction)) {
    std::vector<std::string> words;
    for (const auto& [name, value] : argument->values) {
      words.push_back(value ? name + "=" + *value : name);
      args_.add(name, value);
    }
    return metadata(state, step, "ARG " + join(words, " "));
  }
  const auto change = TRY(apply_config(instruction, state.config));
  if (!change) return refuse("unsupported instruction: " + step.text);
  output_.say(change->notice);
  if (std::holds_alternative<build::Workdir>(instruction)) return work_directory(state, step, change->comment);
  return metadata(state, step, change->comment);
}

Result<bool> Builder::from_cache(StageState& state, const StepProbe& probe) {
  const auto missed = [&](event::MissReason reason) {
    emit(event::CacheMissed{step_, std::move(reason)});
    state.cache_lost = true;
    if (!state.executed) state.executed = step_;
    return false;
  };
  if (request_.no_cache) return missed(event::CacheDisabled{});
  if (state.cache_lost) return missed(event::ParentChanged{*state.executed});
  auto candidates = TRY(host_.children_of(state.image));
  if (!request_.cache_from.empty()) candidates = cache_sources().made(std::move(candidates), state.image);
  std::optional<ImageRecord> hit;
  if (const ImageRecord* found = find_cached(candidates, probe.config)) hit = *found;
  else if (!request_.cache_from.empty()) hit = TRY(cache_sources().restore(state.image, probe.config));
  if (hit) {
    output_.say(" ---> Using cache\n");
    emit(event::CacheHit{step_, hit->id});
    take(state, *hit);
    return true;
  }
  if (state.executed) return missed(event::ParentChanged{*state.executed});
  return missed(explain_miss(host_, candidates, probe));
}

CacheSources& Builder::cache_sources() {
  if (!cache_sources_) cache_sources_.emplace(host_, request_.cache_from);
  return *cache_sources_;
}

Result<ContainerId> Builder::create(const StageState& state, const image::RunConfig& config) {
  const CreateReply made = TRY(host_.create_container(state.image, config, request_.host, BuildHost::Purpose::Step, step_op_));
  const ContainerId& id = made.id;
  containers_.push_back(id);
  for (const std::string& warning : made.warnings) output_.say(" ---> [Warning] " + warning + "\n");
  output_.say(" ---> Running in " + short_id(id.str()) + "\n");
  return id;
}

Result<ImageRecord> Builder::commit(StageState& state, const image::RunConfig& probe, const ContainerId& container, Layer layer,
                                    std::shared_ptr<image::LayerReader> entries) {
  StepCommit step;
  step.parent = state.image;
  step.config = state.config.config;
  step.container_config = probe;
  step.container_config.hostname = short_id(container.str());
  step.author = state.config.maintainer;
  if (layer == Layer::FromContainer) step.container = container;
  step.layer = std::move(entries);
  step.removed_next = request_.remove || request_.force_remove;
  ImageRecord record = TRY(host_.commit_step(step, step_op_));
  take(state, record);
  return record;
}

void Builder::take(StageState& state, const ImageRecord& record) {
  state.image = record.id;
  state.layers = record.layers.size();
  state.last_layer_bytes = record.layer_bytes.empty() ? 0 : record.layer_bytes.back();
}

void Builder::remove_containers() {
  for (const ContainerId& id : std::exchange(containers_, {})) {
    await_removal();  // one at a time
    output_.say("Removing intermediate container " + short_id(id.str()) + "\n");
    // The next step needs nothing of it.
    removing_ = host_.beside([this, id, op = step_op_] {
      const auto removed = host_.remove_container(id, op);
      if (removed.ok()) return;
      host_.keep_container(id);
      not_removed_ = "Error removing intermediate container " + short_id(id.str()) + ": " + removed.error().message() + "\n";
    });
    if (removing_ == nullptr) await_removal();
  }
}

void Builder::await_removal() {
  removing_.reset();
  if (!not_removed_.empty()) output_.say(std::exchange(not_removed_, ""));
}

Result<void> Builder::metadata(StageState& state, const build::Step& step, const std::string& comment) {
  const image::RunConfig probe = with_comment(state.config.config, comment);
  if (TRY(from_cache(state, {probe, step.text, "", {}}))) return {};
  const ContainerId container = TRY(create(state, probe));
  TRY(commit(state, probe, container, Layer::None));
  return {};
}

Result<void> Builder::work_directory(StageState& state, const build::Step& step, const std::string& comment) {
  const image::RunConfig probe = with_single_comment(state.config.config, comment);
  if (TRY(from_cache(state, {probe, step.text, "", {}}))) return {};
  const ContainerId container = TRY(create(state, probe));
  {
    const auto editor = TRY(host_.edit_container(container));
    image::EntryMeta directory;
    directory.type = image::EntryType::Directory;
    directory.mode = 0755;
    directory.mtime = context_.dockerfile_time();  // the same Dockerfile gives the same layer
    TRY(ensure_directory(*editor, state.config.config.working_dir, directory));
  }
  TRY(commit(state, probe, container, Layer::FromContainer));
  return {};
}

Result<void> Builder::run_command(StageState& state, const build::Step& step, const build::Run& run) {
  if (!run.flags.empty()) return refuse(build::needs_buildkit("the --" + run.flags.front() + " option requires"));
  const image::RunConfig& config = state.config.config;
  const image::StringList command = resolve_command(run.command, config);
  const auto arguments = args_.visible(config.env.value_or(image::StringList{}));
  const auto cached = args_.cached(arguments);

  image::RunConfig probe = config;
  probe.cmd = command;
  if (!cached.empty()) {
    probe.cmd = image::StringList{"|" + std::to_string(cached.size())};
    probe.cmd->insert(probe.cmd->end(), cached.begin(), cached.end());
    probe.cmd->insert(probe.cmd->end(), command.begin(), command.end());
  }
  probe.entrypoint.reset();
  if (TRY(from_cache(state, {probe, step.text, "", {}}))) return {};

  image::RunConfig running = config;
  running.cmd = command;
  running.entrypoint = image::StringList{};
  running.healthcheck = image::Healthcheck{{"NONE"}, 0, 0, 0, 0};
  if (!arguments.empty() && !running.env) running.env.emplace();
  for (const std::string& argument : arguments) running.env->push_back(argument);
  const ContainerId container = TRY(create(state, running));
  const int code = TRY(host_.run_container(
      container,
      [&](StdStream stream, std::string_view bytes) { stream == StdStream::Err ? output_.say_error(bytes) : output_.say(bytes); },
      [&] { return cancelled(); }, step_op_));
  if (code != 0) return run_failed(join(command, " "), code);
  TRY(commit(state, probe, container, Layer::FromContainer));
  return {};
}

}  // namespace strates::engine
