#include "viewer/model/build_steps.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include "base/strings.hpp"
#include "viewer/model/build_words.hpp"

namespace strates::viewer {

namespace {

constexpr std::string_view kCancelled = "build.cancelled";

std::vector<std::string> words_of(std::string_view instruction) {
  std::vector<std::string> out;
  std::string word;
  for (const char c : instruction) {
    if (c != ' ' && c != '\t') word += c;
    else if (!word.empty()) out.push_back(std::exchange(word, {}));
  }
  if (!word.empty()) out.push_back(word);
  return out;
}

std::vector<BuildStage> stages_of(const std::vector<BuildStep>& steps) {
  std::vector<BuildStage> out;
  for (const BuildStep& step : steps) {
    if (step.opens_stage()) out.push_back({step.index, step.index, step.image, base_name_of(step.instruction), {}});
    if (!out.empty()) out.back().last = step.index;
  }
  return out;
}

class Fold {
 public:
  // The build that the event is about; 0: none.
  OpId feed(const Event& event) {
    touched_ = 0;
    std::visit([&](const auto& family) { visit(event, family); }, event.what);
    return touched_;
  }

  const BuildRun* run_of(OpId op) const {
    const auto found = std::find_if(runs_.rbegin(), runs_.rend(), [&](const BuildRun& run) { return run.op == op; });
    return found == runs_.rend() ? nullptr : &*found;
  }

  // With its stages, and what they stand on.
  BuildRun finished(BuildRun run) const {
    run.stages = stages_of(run.steps);
    for (BuildStage& stage : run.stages)
      if (const auto image = images_.find(stage.base.str()); image != images_.end())
        for (const std::string& layer : image->second) stage.base_layers.push_back(layers_.contains(layer) ? layers_.at(layer) : 0);
    return run;
  }

  BuildSteps result() const {
    BuildSteps out;
    for (const BuildRun& run : runs_) out.builds.push_back(finished(run));
    return out;
  }

 private:
  void visit(const Event& event, const event::Operation& family) {
    if (const auto* begun = std::get_if<event::OpStarted>(&family)) {
      owner_.erase(event.op);  // an engine that was started again counts from one
      step_of_.erase(event.op);
      if (begun->name != "build") return;
      add_run(event.op, event.at).tag = begun->object;
      touched_ = event.op;
      return;
    }
    BuildRun* run = owner_of(event.op);
    if (run == nullptr) return;
    touched_ = run->op;
    if (event.op == run->op) end_build(*run, event, family);
    else end_step(*run, event, family);
  }

  void visit(const Event&, const event::Stream& family) {
    const auto* state = std::get_if<event::Snapshot>(&family);
    if (state == nullptr) return;
    for (const auto& image : state->images) {
      auto& chain = images_[image.id.str()];
      chain.clear();
      for (const auto& layer : image.layers) {
        chain.push_back(layer.chain_id.str());
        layers_[layer.chain_id.str()] = layer.bytes;
      }
    }
  }

  void visit(const Event& event, const event::Image& family) {
    if (const auto* fact = std::get_if<event::LayerUnpacked>(&family)) layers_[fact->chain_id.str()] = fact->bytes;
    if (const auto* fact = std::get_if<event::LayerAlreadyPresent>(&family)) layers_[fact->chain_id.str()] = fact->bytes;
    if (const auto* fact = std::get_if<event::LayerCommitted>(&family)) layers_[fact->chain_id.str()] = fact->bytes;
    if (const auto* fact = std::get_if<event::ImageCreated>(&family)) {
      auto& chain = images_[fact->image.str()];
      chain.clear();
      for (const ChainId& layer : fact->layers) chain.push_back(layer.str());
    }
    if (const auto* fact = std::get_if<event::ImageTagged>(&family))
      if (BuildRun* run = owner_of(event.op); run != nullptr) {
        run->image = fact->image;
        run->tags.push_back(fact->reference);
      }
  }

  void visit(const Event& event, const event::Build& family) {
    if (event.op == 0 && event.parent == 0) return;
    BuildRun& run = run_for(event);
    touched_ = run.op;
    std::visit([&](const auto& fact) { about(run, event, fact); }, family);
  }
  void visit(const Event&, const event::Container&) {}
  void visit(const Event&, const event::File&) {}
  void visit(const Event&, const event::Volume&) {}
  void visit(const Event&, const event::Registry&) {}
  void visit(const Event&, const event::Network&) {}

  BuildRun& add_run(OpId op, Nanos at) {
    if (runs_.size() == kMostBuilds) {
      runs_.pop_front();
      ++dropped_;
    }
    BuildRun& run = runs_.emplace_back();
    run.op = op;
    run.started = at;
    owner_[op] = dropped_ + runs_.size() - 1;
    return run;
  }
  BuildRun* owner_of(OpId op) {
    const auto owner = owner_.find(op);
    return owner == owner_.end() || owner->second < dropped_ ? nullptr : &runs_[owner->second - dropped_];
  }
  // Steps are operations below their build's. A build whose beginning was lost to us starts here.
  BuildRun& run_for(const Event& event) {
    if (BuildRun* run = owner_of(event.op)) return *run;
    const OpId build = event.parent != 0 ? event.parent : event.op;
    BuildRun* run = owner_of(build);
    if (run == nullptr) run = &add_run(build, event.at);
    owner_[event.op] = owner_.at(build);
    return *run;
  }

  // Null for a number that no step can have.
  static BuildStep* step_in(BuildRun& run, int index) {
    if (index < 1 || index > kMostSteps) return nullptr;
    while (std::ssize(run.steps) < index) run.steps.push_back({static_cast<int>(run.steps.size()) + 1});
    return &run.steps[static_cast<size_t>(index) - 1];
  }

  static void about(BuildRun& run, const Event&, const event::ContextReceived& fact) {
    run.context = fact;
    run.change = BuildChange::Context;
  }
  void about(BuildRun& run, const Event& event, const event::StepStarted& fact) {
    step_in(run, std::clamp(fact.count, 0, kMostSteps));
    BuildStep* step = step_in(run, fact.index);
    if (step == nullptr) return;
    step->line = fact.line;
    step->instruction = fact.instruction;
    step->state = StepState::Running;
    step->started = event.at;
    step_of_[event.op] = fact.index;
    run.current = fact.index;
    run.change = BuildChange::StepStarted;
  }
  static void about(BuildRun& run, const Event&, const event::CacheHit& fact) {
    BuildStep* step = step_in(run, fact.index);
    if (step == nullptr) return;
    // A FROM with ONBUILD looks several times; one miss is a miss.
    if (step->state != StepState::Miss) step->state = StepState::Hit;
    step->image = fact.image;
    run.current = fact.index;
    run.change = BuildChange::Verdict;
  }
  static void about(BuildRun& run, const Event&, const event::CacheMissed& fact) {
    BuildStep* step = step_in(run, fact.index);
    if (step == nullptr) return;
    step->state = StepState::Miss;
    if (!step->reason) step->reason = fact.reason;
    run.current = fact.index;
    run.change = BuildChange::Verdict;
  }
  static void about(BuildRun& run, const Event& event, const event::StepFinished& fact) {
    BuildStep* step = step_in(run, fact.index);
    if (step == nullptr) return;
    if (step->state == StepState::Running || step->state == StepState::Waiting) step->state = StepState::Ready;
    step->done = true;
    step->image = fact.image;
    step->layer_bytes = fact.layer_bytes;
    step->made_layer = fact.made_layer;
    step->finished = event.at;
    run.current = fact.index;
    run.change = BuildChange::StepDone;
  }

  // A step that ends well has said so with StepFinished.
  void end_step(BuildRun& run, const Event& event, const event::Operation& family) {
    const auto number = step_of_.find(event.op);
    if (number == step_of_.end() || std::holds_alternative<event::OpFinished>(family)) return;
    BuildStep* step = step_in(run, number->second);
    if (step == nullptr || step->done) return;
    const auto* failed = std::get_if<event::OpFailed>(&family);
    step->state = failed == nullptr || failed->code == kCancelled ? StepState::Cancelled : StepState::Failed;
    if (failed != nullptr) step->failure = failed->message;
    step->finished = event.at;
    run.change = BuildChange::StepDone;
  }

  static void end_build(BuildRun& run, const Event& event, const event::Operation& family) {
    if (run.state != BuildRun::State::Running) return;
    run.change = BuildChange::Ended;
    run.finished = event.at;
    if (const auto* failed = std::get_if<event::OpFailed>(&family)) {
      run.state = failed->code == kCancelled ? BuildRun::State::Cancelled : BuildRun::State::Failed;
      run.failure = failed->message;
    } else if (std::holds_alternative<event::OpFinished>(family)) {
      run.state = BuildRun::State::Done;
      for (const BuildStep& step : run.steps)
        if (run.tags.empty() && step.done) run.image = step.image;
    } else {
      run.state = BuildRun::State::Cancelled;
    }
    if (run.state == BuildRun::State::Done) return;
    for (BuildStep& step : run.steps) {
      if (step.state == StepState::Waiting) step.state = StepState::NotReached;
      // An operation ends before its parent; when that was lost, this tells it.
      if (step.state == StepState::Running || (step.state == StepState::Miss && !step.done)) step.state = run.state == BuildRun::State::Failed ? StepState::Failed : StepState::Cancelled;
    }
  }

  std::deque<BuildRun> runs_;
  size_t dropped_ = 0;              // builds that were let go before the first of runs_
  std::map<OpId, size_t> owner_;    // operations of builds and of their steps: which build, counted from the first ever
  std::map<OpId, int> step_of_;     // operations of steps
  std::map<std::string, std::vector<std::string>> images_;  // chain ids, bottom first
  std::map<std::string, std::uint64_t> layers_;
  OpId touched_ = 0;
};

bool names(const BuildRun& run, std::string_view tag) {
  return same_reference(run.tag, tag) || std::any_of(run.tags.begin(), run.tags.end(), [&](const std::string& name) { return same_reference(name, tag); });
}

}  // namespace

bool BuildStep::opens_stage() const {
  const auto words = words_of(instruction);
  return !words.empty() && equal_ignoring_case(words.front(), "FROM");
}

const BuildStep* BuildRun::step(int index) const {
  return index < 1 || index > std::ssize(steps) ? nullptr : &steps[static_cast<size_t>(index) - 1];
}

const BuildStage* BuildRun::stage_of(int index) const {
  const auto found = std::find_if(stages.begin(), stages.end(), [&](const BuildStage& stage) { return index >= stage.first && index <= stage.last; });
  return found == stages.end() ? nullptr : &*found;
}

int BuildRun::first_miss(const BuildStage& stage) const {
  for (int index = stage.first; index <= stage.last; ++index)
    if (const BuildStep* at = step(index); at != nullptr && at->reason) return index;
  return 0;
}

int BuildRun::count(StepState wanted) const {
  return static_cast<int>(std::count_if(steps.begin(), steps.end(), [&](const BuildStep& each) { return each.state == wanted; }));
}

const BuildRun* BuildSteps::choose(std::string_view tag, int from_end) const {
  for (auto run = builds.rbegin(); run != builds.rend(); ++run)
    if ((tag.empty() || names(*run, tag)) && --from_end == 0) return &*run;
  return nullptr;
}

const BuildRun* BuildSteps::of(OpId op) const {
  const auto found = std::find_if(builds.rbegin(), builds.rend(), [&](const BuildRun& run) { return run.op == op; });
  return found == builds.rend() ? nullptr : &*found;
}

BuildSteps::Place BuildSteps::place(const BuildRun& run) const {
  Place out;
  for (const BuildRun& each : builds) {
    if (run.tag.empty() ? !each.tag.empty() : !names(each, run.tag)) continue;
    ++out.count;
    if (each.op == run.op) out.number = out.count;
  }
  return out;
}

BuildSteps fold_builds(std::span<const Event> events) {
  Fold fold;
  for (const Event& event : events) fold.feed(event);
  return fold.result();
}

BuildRun build_after(std::span<const Event> events, const BuildRun& whole) {
  const BuildSteps builds = fold_builds(events);
  const BuildRun* known = builds.of(whole.op);
  BuildRun run = known == nullptr ? BuildRun() : *known;
  if (known == nullptr) {
    run.op = whole.op;
    run.tag = whole.tag;
  }
  const auto before = run.stages;
  while (run.steps.size() < whole.steps.size()) run.steps.push_back({static_cast<int>(run.steps.size()) + 1});
  for (BuildStep& step : run.steps)
    if (const BuildStep* told = whole.step(step.index); told != nullptr && step.instruction.empty()) {
      step.instruction = told->instruction;
      step.line = told->line;
    }
  run.stages = stages_of(run.steps);
  for (BuildStage& stage : run.stages)
    for (const BuildStage& old : before)
      if (old.first == stage.first) stage.base_layers = old.base_layers;
  return run;
}

std::vector<Beat> build_beats(std::span<const Event> events, OpId build) {
  std::vector<Beat> out;
  Fold fold;
  int verdict_of = 0;  // the last beat is this step's verdict
  for (size_t i = 0; i < events.size(); ++i) {
    if (fold.feed(events[i]) != build || build == 0) continue;
    const BuildRun* run = fold.run_of(build);
    const BuildStep* step = run == nullptr ? nullptr : run->step(run->current);
    // The tail of an operation changes nothing that is seen.
    if (run == nullptr || (std::holds_alternative<event::Operation>(events[i].what) && run->change == BuildChange::StepDone && step != nullptr && step->done)) continue;
    if (run->change == BuildChange::Begun) out.clear();  // of an engine that ran before
    const std::string caption = change_words(*run);
    if (caption.empty()) continue;
    // A step that only sets the configuration is looked for and done in one go; only why it all begins again is worth a moment of its own.
    const bool follows = step != nullptr && step->reason && std::holds_alternative<event::ParentChanged>(*step->reason);
    if (run->change == BuildChange::StepDone && verdict_of == run->current && follows && step->done && !step->made_layer && !out.empty()) out.pop_back();
    out.push_back({i, caption});
    verdict_of = run->change == BuildChange::Verdict ? run->current : 0;
  }
  return out;
}

std::string base_name_of(std::string_view instruction) {
  const auto words = words_of(instruction);
  const auto name = std::find_if(words.begin() + std::min<std::ptrdiff_t>(1, std::ssize(words)), words.end(), [](const std::string& word) { return !word.starts_with("--"); });
  return name == words.end() ? "" : *name;
}

bool same_reference(std::string_view a, std::string_view b) {
  const auto full = [](std::string_view name) {
    for (const std::string_view prefix : {"docker.io/", "library/"})
      if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
    const size_t slash = name.rfind('/');
    const bool tagged = name.find(':', slash == std::string_view::npos ? 0 : slash) != std::string_view::npos;
    return std::string(name) + (tagged ? "" : ":latest");
  };
  return !a.empty() && !b.empty() && full(a) == full(b);
}

}  // namespace strates::viewer
