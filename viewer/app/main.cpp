// strates-view: lessons in a window, or one moment of a lesson as a picture. Its story: read the options, find the lesson and the engine, show.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>

#include "base/strings.hpp"
#include "base/text.hpp"
#include "lessons/player/lesson_setup.hpp"
#include "lessons/player/library.hpp"
#include "viewer/app/course_window.hpp"
#include "viewer/app/driver_leaks.hpp"
#include "viewer/app/headless.hpp"
#include "viewer/app/lesson_driver.hpp"
#include "viewer/app/png_file.hpp"
#include "viewer/app/show.hpp"
#include "viewer/app/window.hpp"
#include "viewer/draw/inspect.hpp"

using namespace strates;
using namespace strates::viewer;

namespace {

struct Options {
  std::string lesson, folder, host, lang, picture, dump;
  int step = -1, width = 1280, height = 720, frames = 0;
  bool dark = false, motion = true, full_screen = false, help = false, size_given = false;
};

Error wrong(const std::string& what) { return make_error(ErrorKind::Invalid, "view.option", "", "", tr(Text::ViewWrongOption, what)); }

Result<int> number(const std::string& text, int least, int most) {
  int out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size() || out < least || out > most) return wrong(text);
  return out;
}

Result<Options> read_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i], name = word.substr(0, word.find('='));
    const auto value = [&]() -> Result<std::string> {
      if (name.size() < word.size()) return word.substr(name.size() + 1);
      if (++i >= argc) return wrong(name);
      return std::string(argv[i]);
    };
    if (name == "-h" || name == "--help") options.help = true;
    else if (name == "--lesson") options.lesson = TRY(value());
    else if (name == "--lessons") options.folder = TRY(value());
    else if (name == "--host" || name == "-H") options.host = TRY(value());
    else if (name == "--lang") options.lang = TRY(value());
    else if (name == "--picture") options.picture = TRY(value());
    else if (name == "--dump") options.dump = TRY(value());
    else if (name == "--step") options.step = TRY(number(TRY(value()), 0, 100'000));
    else if (name == "--frames") options.frames = TRY(number(TRY(value()), 1, 100'000));
    else if (name == "--dark") options.dark = true;
    else if (name == "--no-motion") options.motion = false;
    else if (name == "--full-screen") options.full_screen = true;
    else if (name == "--size") {
      const std::string size = TRY(value());
      const size_t x = size.find('x');
      if (x == std::string::npos) return wrong(size);
      options.width = TRY(number(size.substr(0, x), 320, 8192));
      options.height = TRY(number(size.substr(x + 1), 240, 8192));
      options.size_given = true;
    } else if (name.starts_with('-') || !options.lesson.empty()) return wrong(word);
    else options.lesson = word;
  }
  return options;
}

// One lesson with the window's parts, for what is not the window: a picture, a bench. The first of the course unless one is named.
Result<std::unique_ptr<Show>> open_show(const Options& options) {
  const std::string folder = TRY(lessons::lessons_folder(options.folder));
  std::string name = options.lesson;
  if (name.empty()) {
    const auto files = TRY(lessons::lesson_files(folder));
    if (files.empty()) return wrong("--lesson");
    name = files.front();
  }
  auto show = std::make_unique<Show>(TRY(lessons::find_lesson(folder, name)), lessons::engine_host(options.host));
  TRY(show->prepare([](std::string_view text) { std::cerr << text << std::flush; }));
  TRY(show->open());
  return show;
}

Result<void> write_text(const std::string& path, const std::string& text) {
  if (path == "-") {
    std::cout << text << std::flush;
    return {};
  }
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) return make_error(ErrorKind::Internal, "view.write", tr(Text::ViewWrite), path, tr(Text::ViewNotWritten));
  return {};
}

double seconds_now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// One moment of a lesson, without a display.
Result<void> picture(const Options& options) {
  const Theme theme = Theme::for_size(static_cast<float>(options.width), static_cast<float>(options.height), options.dark ? Shade::Dark : Shade::Light);
  const auto headless = options.picture.empty() ? nullptr : TRY(Headless::open());
  const auto fonts = TRY(Fonts::create(theme));
  const FontMeasure measure(*fonts);
  const Frame frame{static_cast<float>(options.width), static_cast<float>(options.height), theme, measure, 1};
  Drawing drawing;
  {
    const auto show = TRY(open_show(options));
    const int stops = options.step < 0 ? show->stage().progress().stops() : options.step;
    TRY(play_to(show->view(), show->stage(), stops, frame));
    drawing = show->view().frame(frame);
  }
  if (!options.dump.empty()) {
    std::string text = dump_drawing(drawing);
    for (const std::string& mistake : drawing_mistakes(drawing, measure)) text += "mistake " + mistake + "\n";
    TRY(write_text(options.dump, text));
  }
  if (headless == nullptr) return {};
  if (options.frames > 0) {
    FrameStats stats;
    for (int i = 0; i < options.frames; ++i) {
      const double before = seconds_now();
      TRY(headless->paint_only(drawing, theme));
      stats.add(seconds_now() - before);
    }
    std::cerr << stats.sentence() << "\n";
  }
  return write_png(options.picture, TRY(headless->paint(drawing, theme)));
}

Result<void> window(const Options& options) {
  WindowOptions wanted;
  if (options.size_given) {
    wanted.width = options.width;
    wanted.height = options.height;
  }
  wanted.shade = options.dark ? Shade::Dark : Shade::Light;
  wanted.motion = options.motion;
  wanted.full_screen = options.full_screen;
  wanted.bench_frames = options.frames;
  // The window first: where there is none, nothing needs to be prepared.
  const auto open = TRY(Window::open(wanted));
  if (options.frames > 0) {
    const auto show = TRY(open_show(options));
    TRY(open->show(show->view()));
    std::cerr << open->stats().sentence() << "\n";
    return {};
  }
  return show_course(*open, {TRY(lessons::lessons_folder(options.folder)), options.lesson, lessons::engine_host(options.host)});
}

bool nothing_to_draw_on(const Error& error) {
  return error.code == "window.no-display" || error.code.starts_with("gl.") || error.code.starts_with("font.");
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  set_language(choose_language(""));
  const auto fail = [](const Error& error, int code) {
    std::cerr << "strates: " << tr(Text::ErrorPrefix, error.explanation()) << "\n";
    return code;
  };
  const auto options = read_options(argc, argv);
  if (!options.ok()) return fail(options.error(), 2);
  set_language(choose_language(options.value().lang));
  if (options.value().help) {
    std::cout << tr(Text::ViewHelp) << "\n";
    return 0;
  }
  const bool still = !options.value().picture.empty() || !options.value().dump.empty();
  const auto shown = still ? picture(options.value()) : window(options.value());
  keep_driver_loaded();
  if (shown.ok()) return 0;
  if (still || !nothing_to_draw_on(shown.error())) return fail(shown.error(), 1);
  // The same lesson where there is no window: in the terminal.
  std::cerr << "strates: " << shown.error().explanation() << "\n" << tr(Text::ViewInTerminal) << "\n";
  const std::string learn = lessons::neighbour("strates-learn");
  std::vector<std::string> words = {learn};
  for (const auto& [name, value] : {std::pair("--lessons", options.value().folder), std::pair("--host", options.value().host), std::pair("--lang", options.value().lang)})
    if (!value.empty()) {
      words.emplace_back(name);
      words.push_back(value);
    }
  if (!options.value().lesson.empty()) words.push_back(options.value().lesson);
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  execv(learn.c_str(), pointers.data());
  return fail(system_error("run", learn, errno), 1);
}
