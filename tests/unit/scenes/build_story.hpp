// Events of builds, made by hand as the engine's builder emits them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/event.hpp"

namespace strates::viewer {

class BuildStory {
 public:
  struct Step {
    int line;
    std::string instruction;
    std::uint64_t bytes = 0;                        // of its layer; 0: it makes none
    std::optional<event::MissReason> miss = {};     // none: from the cache
    Nanos takes = 0;
  };

  std::vector<Event> events;

  BuildStory() {
    add(0, 0, event::Stream(event::Snapshot{"sim", "0", {{image("debian"), {"docker.io/library/debian:latest"}, {{DiffId("d"), ChainId("sha256:base"), 124'000'000, "debian"}}}}, {}}));
  }

  static ImageId image(const std::string& name) {
    std::string hex;
    for (size_t i = 0; hex.size() < 64; ++i) hex += "0123456789abcdef"[(std::hash<std::string>{}(name) >> (i % 16 * 4)) & 15];
    return ImageId("sha256:" + hex);
  }

  void wait(Nanos time) { now_ += time; }
  void add(OpId op, OpId parent, Payload what) { events.push_back({events.size() + 1, now_, op, parent, std::move(what)}); }

  OpId begin(const std::string& tag, bool context = true) {
    const OpId op = ++last_op_;
    add(op, 0, event::Operation(event::OpStarted{"build", tag}));
    if (context) add(op, 0, event::Build(event::ContextReceived{3, 12'400, 1}));
    return op;
  }
  OpId start_step(OpId build, int index, int count, const Step& step) {
    const OpId op = ++last_op_;
    add(op, build, event::Operation(event::OpStarted{"build.step", step.instruction}));
    add(op, build, event::Build(event::StepStarted{index, count, step.line, step.instruction}));
    return op;
  }
  void verdict(OpId op, OpId build, int index, const Step& step) {
    if (step.instruction.starts_with("FROM")) return;
    if (step.miss) add(op, build, event::Build(event::CacheMissed{index, *step.miss}));
    else add(op, build, event::Build(event::CacheHit{index, image(step.instruction)}));
  }
  void finish_step(OpId op, OpId build, int index, const Step& step) {
    wait(step.takes);
    const ImageId made = step.instruction == "FROM scratch" ? ImageId() : step.instruction.starts_with("FROM") ? image("debian") : image(step.instruction);
    add(op, build, event::Build(event::StepFinished{index, made, step.bytes, step.bytes > 0}));
    add(op, build, event::Operation(event::OpFinished{made.str()}));
  }
  void fail(OpId op, OpId parent, const std::string& code, const std::string& message) { add(op, parent, event::Operation(event::OpFailed{code, message})); }

  // A whole build that ends well. Its operation.
  OpId build(const std::string& tag, const std::vector<Step>& steps) {
    const OpId op = begin(tag);
    for (size_t i = 0; i < steps.size(); ++i) {
      const int index = static_cast<int>(i) + 1;
      const OpId step = start_step(op, index, static_cast<int>(steps.size()), steps[i]);
      verdict(step, op, index, steps[i]);
      finish_step(step, op, index, steps[i]);
    }
    end(op, tag, image(steps.back().instruction));
    return op;
  }
  void end(OpId op, const std::string& tag, const ImageId& made) {
    if (!tag.empty()) add(op, 0, event::Image(event::ImageTagged{made, "docker.io/library/" + tag + (tag.find(':') == std::string::npos ? ":latest" : "")}));
    add(op, 0, event::Operation(event::OpFinished{}));
  }

 private:
  Nanos now_ = 1'700'000'000 * kSecond;
  OpId last_op_ = 10;
};

}  // namespace strates::viewer
