#include "viewer/app/course_window.hpp"

#include <optional>

#include "base/text.hpp"
#include "lessons/player/library.hpp"
#include "viewer/app/menu_view.hpp"
#include "viewer/app/show.hpp"
#include "viewer/app/wait_view.hpp"

namespace strates::viewer {

namespace {

struct Course {
  std::vector<lessons::Lesson> lessons;
  LessonMenu menu;

  // What lies in the folder; a file that is no lesson is left to `strates learn` and to the tests to complain of.
  static Result<Course> open(const std::string& folder) {
    Course out;
    for (const std::string& file : TRY(lessons::lesson_files(folder))) {
      auto lesson = lessons::read_lesson(file);
      if (!lesson.ok()) continue;
      out.menu.lessons.push_back({lessons::chapter_title(file), lesson.value().title, lesson.value().minutes});
      out.lessons.push_back(std::move(lesson).value());
    }
    if (out.lessons.empty()) return make_error(ErrorKind::NotFound, "lesson.not-found", tr(Text::LessonFindFolder), folder, tr(Text::LessonNone), tr(Text::LessonNoFolderAdvice));
    return out;
  }

  std::optional<size_t> index_of(const std::string& id) const {
    for (size_t i = 0; i < lessons.size(); ++i)
      if (lessons[i].id == id) return i;
    return std::nullopt;
  }
};

enum class Next { Close, Menu, Following };

// One lesson, from its preparation to where somebody wants to go from it.
Result<Next> show_lesson(Window& window, const lessons::Lesson& lesson, const std::string& host, const std::string& following, bool& done) {
  Show show(lesson, host);
  {
    const auto waiting = TRY(WaitView::start(
        lesson.title, tr(Text::WindowPreparing), [&show](const WaitView::Say& say) { return show.prepare(say); }, [&show] { show.interrupt(); }));
    TRY(window.show(*waiting));
    if (!waiting->finished()) return Next::Close;
    TRY(waiting->outcome());
  }
  TRY(show.open());
  show.view().offer(true, following);
  TRY(window.show(show.view()));
  done = show.stage().progress().finished();
  switch (show.view().leave()) {
    case LessonView::Leave::Menu: return Next::Menu;
    case LessonView::Leave::Next: return Next::Following;
    case LessonView::Leave::No: break;
  }
  return Next::Close;
}

}  // namespace

Result<void> show_course(Window& window, const CourseOptions& options) {
  Course course = TRY(Course::open(options.folder));
  std::optional<lessons::Lesson> asked;
  if (!options.lesson.empty()) asked = TRY(lessons::find_lesson(options.folder, options.lesson));
  for (bool menu = !asked;;) {
    if (menu) {
      MenuView view(course.menu);
      TRY(window.show(view));
      if (!view.finished()) return {};
      course.menu.chosen = view.chosen();
      asked = course.lessons[view.chosen()];
    }
    const auto place = course.index_of(asked->id);
    const bool last = !place || *place + 1 >= course.lessons.size();
    bool done = false;
    const auto next = show_lesson(window, *asked, options.host, last ? "" : course.lessons[*place + 1].title, done);
    if (!next.ok() && !menu) return next.error();
    course.menu.message = next.ok() ? "" : next.error().explanation();
    if (place) {
      course.menu.chosen = *place;
      course.menu.lessons[*place].done = course.menu.lessons[*place].done || done;
    }
    if (next.ok() && next.value() == Next::Close) return {};
    menu = !next.ok() || next.value() == Next::Menu;
    if (!menu) asked = course.lessons[*place + 1];
  }
}

}  // namespace strates::viewer
