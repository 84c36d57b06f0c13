// One lesson ready to be shown, whole: the engine it talks to, what it needs prepared, its stage, its shell, its view.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "api/client.hpp"
#include "lessons/engine/lesson.hpp"
#include "lessons/player/shell_command.hpp"
#include "lessons/player/trace_follower.hpp"
#include "viewer/app/lesson_stage.hpp"
#include "viewer/app/lesson_view.hpp"
#include "viewer/terminal/shell_session.hpp"

namespace strates::viewer {

class Show {
 public:
  using Say = std::function<void(std::string_view)>;

  // `host`: "unix:///path"; code view.host otherwise.
  Show(lessons::Lesson lesson, std::string host) : lesson_(std::move(lesson)), host_(std::move(host)) {}
  // Ends the shell and takes away what the lesson made.
  ~Show();
  Show(const Show&) = delete;
  Show& operator=(const Show&) = delete;

  // What can take long: reaches the engine, makes the images that are missing, takes away what an earlier play left. Any one thread.
  Result<void> prepare(const Say& say);
  // From any thread: makes prepare() return soon, with code lesson.interrupted.
  void interrupt();
  // The rest, after prepare(), in the thread that shows it.
  Result<void> open();

  const lessons::Lesson& lesson() const { return lesson_; }
  LessonStage& stage() { return *stage_; }
  LessonView& view() { return *view_; }

 private:
  lessons::Lesson lesson_;
  std::string host_, engine_;
  std::unique_ptr<api::Client> client_;
  std::unique_ptr<lessons::TraceFollower> trace_;
  std::mutex mutex_;  // of commands_, while it is made
  std::unique_ptr<lessons::ShellCommands> commands_;
  bool interrupted_ = false;
  std::unique_ptr<LessonStage> stage_;
  std::unique_ptr<ShellSession> shell_;
  std::unique_ptr<LessonView> view_;
};

}  // namespace strates::viewer
