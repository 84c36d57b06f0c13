// strates-learn: plays lessons in the terminal. Its story: read the options, find the lesson, find the engine, play.
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iostream>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "base/text.hpp"
#include "lessons/player/lesson_setup.hpp"
#include "lessons/player/library.hpp"
#include "lessons/player/player.hpp"

using namespace strates;
using namespace strates::lessons;

namespace {

struct Options {
  std::string lesson, folder, host, lang;
  bool list = false, json = false, automatic = false, help = false, colour = true;
};

Result<Options> read_options(int argc, char** argv) {
  Options options;
  const auto value = [&](int& i, std::string_view name) -> Result<std::string> {
    const std::string_view word = argv[i];
    if (const size_t equals = word.find('='); equals != std::string_view::npos) return std::string(word.substr(equals + 1));
    if (++i >= argc) return make_error(ErrorKind::Invalid, "learn.option", "", "", tr(Text::LearnUnknownOption, std::string(name)));
    return std::string(argv[i]);
  };
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const std::string name = word.substr(0, word.find('='));
    if (name == "-h" || name == "--help") options.help = true;
    else if (name == "--list") options.list = true;
    else if (name == "--json") options.json = true;
    else if (name == "--auto") options.automatic = true;
    else if (name == "--no-color" || name == "--no-colour") options.colour = false;
    else if (name == "--lessons") options.folder = TRY(value(i, name));
    else if (name == "--host" || name == "-H") options.host = TRY(value(i, name));
    else if (name == "--lang") options.lang = TRY(value(i, name));
    else if (name.starts_with('-') || !options.lesson.empty()) return make_error(ErrorKind::Invalid, "learn.option", "", "", tr(Text::LearnUnknownOption, word));
    else options.lesson = word;
  }
  return options;
}

Result<void> list(const std::string& folder, bool as_json) {
  Json rows = Json::array();
  for (const auto& file : TRY(lesson_files(folder))) {
    const Lesson lesson = TRY(read_lesson(file));
    if (as_json) rows.push_back({{"id", lesson.id}, {"title", lesson.title}, {"covers", lesson.covers}, {"minutes", lesson.minutes}, {"needs", lesson.needs}});
    else std::cout << fit(lesson.id, 36, true) << " " << fit(lesson.title, 40, true) << " " << lesson.minutes << " min\n";
  }
  if (as_json) std::cout << dump_json_pretty(rows, 2) << "\n";
  return {};
}

Result<std::string> choose(const std::string& folder) {
  const auto files = TRY(lesson_files(folder));
  if (files.size() == 1) return files.front();
  for (size_t i = 0; i < files.size(); ++i) std::cout << fit(std::to_string(i + 1) + ".", 5, true) << TRY(read_lesson(files[i])).title << "\n";
  std::string answer;
  std::cout << tr(Text::LearnChoose) << std::flush;
  if (!std::getline(std::cin, answer)) return std::string();
  const int number = std::atoi(answer.c_str());
  return number < 1 || number > static_cast<int>(files.size()) ? std::string() : files[static_cast<size_t>(number) - 1];
}

Result<PlayReport> play(const Options& options) {
  const std::string folder = TRY(lessons_folder(options.folder));
  const std::string name = options.lesson.empty() ? TRY(choose(folder)) : options.lesson;
  if (name.empty()) return PlayReport{};
  const Lesson lesson = TRY(find_lesson(folder, name));
  const std::string host = engine_host(options.host);
  if (!host.starts_with("unix://"))
    return make_error(ErrorKind::Invalid, "learn.host", "", host, tr(Text::LearnUnknownOption, "--host " + host));
  const std::string socket = host.substr(7);
  api::Client client(api::unix_transport(socket));
  const std::string engine = TRY(engine_words(client, host));
  const auto trace = TRY(TraceFollower::open(client, api::unix_transport(socket)));
  auto shell = TRY(ShellCommands::open(neighbour("strates"), host));
  PlayerOptions player_options;
  player_options.automatic = options.automatic;
  player_options.engine = engine;
  return Player(lesson, player_options, Screen::of_terminal(options.colour), client, *trace, shell).play();
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  set_language(choose_language(""));
  const auto options = read_options(argc, argv);
  const auto fail = [](const Error& error, int code) {
    std::cerr << "strates: " << tr(Text::ErrorPrefix, error.explanation()) << "\n";
    return code;
  };
  if (!options.ok()) return fail(options.error(), 2);
  set_language(choose_language(options.value().lang));
  if (options.value().help) {
    std::cout << tr(Text::LearnHelp) << "\n";
    return 0;
  }
  if (options.value().list) {
    const auto folder = lessons_folder(options.value().folder);
    if (!folder.ok()) return fail(folder.error(), 1);
    const auto listed = list(folder.value(), options.value().json);
    return listed.ok() ? 0 : fail(listed.error(), 1);
  }
  const auto report = play(options.value());
  if (!report.ok()) return fail(report.error(), 1);
  return report.value().success() || report.value().left_early ? 0 : 1;
}
