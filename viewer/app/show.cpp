#include "viewer/app/show.hpp"

#include "base/text.hpp"
#include "lessons/player/lesson_setup.hpp"

namespace strates::viewer {

namespace {

Error interrupted() { return make_error(ErrorKind::Unavailable, "lesson.interrupted", tr(Text::ViewPlay), "", tr(Text::ViewInterrupted)); }

}  // namespace

Show::~Show() {
  view_.reset();
  if (shell_) shell_->close();
  shell_.reset();
  stage_.reset();
  trace_.reset();
  if (commands_) lessons::clean_up(lesson_, *commands_);
}

Result<void> Show::prepare(const Say& say) {
  if (!host_.starts_with("unix://")) return make_error(ErrorKind::Invalid, "view.host", "", host_, tr(Text::ViewWrongOption, "--host " + host_));
  const std::string socket = host_.substr(7);
  client_ = std::make_unique<api::Client>(api::unix_transport(socket));
  engine_ = TRY(lessons::engine_words(*client_, host_));
  trace_ = TRY(lessons::TraceFollower::open(*client_, api::unix_transport(socket)));
  {
    auto commands = TRY(lessons::ShellCommands::open(lessons::neighbour("strates"), host_));
    const std::lock_guard lock(mutex_);
    commands_ = std::make_unique<lessons::ShellCommands>(std::move(commands));
    if (interrupted_) return interrupted();
  }
  TRY(lessons::prepare_images(lesson_, *client_, *commands_, say));
  lessons::clean_up(lesson_, *commands_);
  return {};
}

void Show::interrupt() {
  const std::lock_guard lock(mutex_);
  interrupted_ = true;
  if (commands_) commands_->interrupt();
}

Result<void> Show::open() {
  stage_ = TRY(LessonStage::open(lesson_, *client_, *trace_));
  shell_ = TRY(ShellSession::open(*commands_, GridSize{80, 20}));
  view_ = TRY(LessonView::open(*stage_, *shell_, engine_));
  return {};
}

}  // namespace strates::viewer
