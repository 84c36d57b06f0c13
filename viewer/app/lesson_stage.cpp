#include "viewer/app/lesson_stage.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "api/event_codec.hpp"
#include "base/json_full.hpp"
#include "base/text.hpp"

namespace strates::viewer {

namespace {

// The pairs of names that events give layers.
template <typename Visit>
void each_layer(const Event& event, const Visit& visit) {
  if (const auto* stream = std::get_if<event::Stream>(&event.what)) {
    if (const auto* snapshot = std::get_if<event::Snapshot>(stream))
      for (const auto& image : snapshot->images)
        for (const auto& layer : image.layers) visit(layer.chain_id, layer.diff_id);
  } else if (const auto* family = std::get_if<event::Image>(&event.what)) {
    if (const auto* unpacked = std::get_if<event::LayerUnpacked>(family)) visit(unpacked->chain_id, unpacked->diff_id);
    if (const auto* present = std::get_if<event::LayerAlreadyPresent>(family)) visit(present->chain_id, present->diff_id);
    if (const auto* committed = std::get_if<event::LayerCommitted>(family)) visit(committed->chain_id, committed->diff_id);
  }
}

std::string field(const lessons::Scene& scene, const std::string& key) {
  const auto found = scene.fields.find(key);
  return found == scene.fields.end() ? "" : found->second;
}

}  // namespace

Result<std::unique_ptr<LessonStage>> LessonStage::open(const lessons::Lesson& lesson, api::Client& client, lessons::TraceFollower& trace) {
  std::unique_ptr<LessonStage> out(new LessonStage(lesson, client, trace));
  out->wake_.reset(eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!out->wake_) return system_error("make an eventfd", "", errno);
  trace.on_news([fd = out->wake_.get()] { eventfd_write(fd, 1); });
  return out;
}

LessonStage::~LessonStage() { trace_.on_news(nullptr); }

void LessonStage::take_events(Playhead::Millis now) {
  eventfd_t count = 0;
  eventfd_read(wake_.get(), &count);
  auto news = trace_.since(events_.size());
  events_.insert(events_.end(), std::make_move_iterator(news.begin()), std::make_move_iterator(news.end()));
  choose_subject(now);
  refold(now);
}

void LessonStage::catch_up() { events_ = trace_.caught_up(client_); }

void LessonStage::choose_subject(Playhead::Millis now) {
  const lessons::Scene* scene = progress_.scene();
  if (scene == nullptr) return;
  Subject wanted{scene->kind, field(*scene, "container"), field(*scene, "focus"), field(*scene, "tag"), 1};
  if (const std::string last = field(*scene, "last"); !last.empty()) wanted.last = std::max(1, std::atoi(last.c_str()));
  if (subject_ == wanted) return;
  subject_ = std::move(wanted);
  overlay_.reset();
  build_scene_.reset();
  playhead_.set_count(0, now);
  playhead_.follow(now);
}

void LessonStage::refold(Playhead::Millis now) {
  if (!subject_) return;
  size_t count = 0;
  if (subject_->kind == "build") {
    const BuildSteps builds = fold_builds(events_);
    const BuildRun* run = builds.choose(subject_->tag, subject_->last);
    const OpId op = run == nullptr ? 0 : run->op;
    if (op != build_) playhead_.set_count(0, now);
    build_ = op;
    build_beats_ = op == 0 ? std::vector<Beat>() : build_beats(events_, op);
    count = build_beats_.size();
  } else {
    learn_layers();
    overlay_beats_ = overlay_beats(events_, subject_->container, subject_->focus);
    count = overlay_beats_.size();
  }
  overlay_.reset();
  build_scene_.reset();
  playhead_.set_count(count, now);
}

void LessonStage::learn_layers() {
  OverlayBeats fold(subject_->container, subject_->focus);
  for (const Event& event : events_) fold.feed(event);
  std::map<std::string, std::string> diff_ids;
  for (const Event& event : events_)
    each_layer(event, [&](const ChainId& chain, const DiffId& diff) { diff_ids[chain.str()] = diff.str(); });
  for (const StackLayer& layer : fold.stack().layers) {
    const std::string chain = layer.chain_id.str();
    const auto diff = diff_ids.find(chain);
    if (diff == diff_ids.end() || !asked_.emplace(chain, diff->second).second) continue;
    const auto answer = client_.get("/strates/v1/layers/" + diff->second + "/files");
    if (!answer.ok()) continue;  // an engine without this route: the files that events tell of are shown
    auto& files = layers_[chain];
    for (const Json& row : json_member(answer.value(), "files"))
      files.push_back({json_string(row, "path"), static_cast<std::uint64_t>(json_int(row, "bytes")), json_bool(row, "whiteout")});
  }
}

void LessonStage::answer(int choice, Playhead::Millis now) {
  progress_.answer(choice);
  choose_subject(now);
  refold(now);
}

void LessonStage::skip(Playhead::Millis now) {
  progress_.skip();
  choose_subject(now);
  refold(now);
}

void LessonStage::prove() {
  const auto open = progress_.to_prove();
  if (!open) return;
  const auto pattern = lessons::parse_event_pattern(open->reveal);
  const auto names = trace_.container_names();
  const auto fact = std::find_if(events_.rbegin(), events_.rend(),
                                 [&](const Event& event) { return pattern.ok() && lessons::matches(pattern.value(), event, names); });
  progress_.proven(open->step, fact == events_.rend() ? "" : api::event_text(*fact));
}

void LessonStage::command_ended(std::string_view command, int exit_code, std::string output, Playhead::Millis now) {
  if (progress_.expected_command()) {
    last_output_ = std::move(output);
    last_exit_ = exit_code;
  }
  progress_.command_ended(command, exit_code);
  catch_up();
  prove();
  choose_subject(now);
  refold(now);
}

void LessonStage::check(Playhead::Millis now) {
  if (progress_.finished()) return;
  const auto* checks = std::get_if<lessons::Checks>(&progress_.lesson().steps[progress_.current()].what);
  if (checks == nullptr) return;
  catch_up();
  const lessons::CheckContext context{client_, events_, trace_.container_names(), last_output_, last_exit_};
  std::vector<lessons::CheckResult> results;
  for (const lessons::Check& check : checks->checks) {
    auto result = lessons::run_check(check, context);
    if (!result.ok()) {
      trouble_ = tr(Text::WindowEngineGone, result.error().explanation());
      return;
    }
    results.push_back(std::move(result).value());
  }
  trouble_.clear();
  progress_.checked(std::move(results));
  choose_subject(now);
  refold(now);
}

void LessonStage::draw_scene(Drawing& out, Box area, const Theme& theme, const TextMeasure& measure) {
  const Position position = playhead_.position();
  if (!subject_) {
    out.fill(area, Ink::Panel, theme.radius());
    const Box line{area.x + 2 * theme.unit(), area.centre().y - theme.unit() * 2, area.w - 4 * theme.unit(), theme.unit() * 4};
    out.label(line, elide_end(measure, TextStyle::Body, tr(Text::WindowNoScene), line.w), TextStyle::Body, Ink::Dim, Label::Align::Centre);
    return;
  }
  if (subject_->kind == "build") {
    // Folded anew only when another beat is shown.
    if (!build_scene_ || build_shown_ != position.shown) {
      build_scene_ = build_scene_at(events_, build_beats_, position, subject_->tag, subject_->last);
      build_shown_ = position.shown;
    }
    build_scene_->progress = position.progress;
    draw_build_scene(out, area, *build_scene_, theme, measure);
    return;
  }
  if (!overlay_ || overlay_shown_ != position.shown) {
    overlay_ = overlay_scene_at(events_, overlay_beats_, position, subject_->container, subject_->focus, layers_);
    overlay_shown_ = position.shown;
  }
  overlay_->progress = position.progress;
  draw_overlay_scene(out, area, *overlay_, theme, measure);
}

}  // namespace strates::viewer
