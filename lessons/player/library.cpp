#include "lessons/player/library.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/strings.hpp"
#include "base/text.hpp"

namespace strates::lessons {

namespace fs = std::filesystem;

namespace {

constexpr std::uintmax_t kFileLimit = 1 << 20;

}  // namespace

Result<std::string> lessons_folder(const std::string& given) {
  std::vector<std::string> tried;
  if (!given.empty()) tried.push_back(given);
  if (const char* variable = std::getenv("STRATES_LESSONS"); variable != nullptr && *variable != '\0') tried.emplace_back(variable);
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (!error) {
    tried.push_back((program.parent_path() / "../share/strates/cours").lexically_normal());
    tried.push_back((program.parent_path() / "../../lessons/cours").lexically_normal());
  }
  for (const auto& folder : tried)
    if (fs::is_directory(folder, error)) return folder;
  return make_error(ErrorKind::NotFound, "lesson.no-folder", tr(Text::LessonFindFolder), join(tried, ", "), tr(Text::LessonNoFolder), tr(Text::LessonNoFolderAdvice));
}

Result<std::vector<std::string>> lesson_files(const std::string& folder) {
  std::vector<std::string> out;
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied, error))
    if (entry.is_regular_file(error) && entry.path().extension() == ".md") out.push_back(entry.path());
  if (error) return make_error(ErrorKind::Internal, "lesson.no-folder", tr(Text::LessonFindFolder), folder, error.message());
  std::sort(out.begin(), out.end());
  return out;
}

Result<Lesson> read_lesson(const std::string& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (error) return make_error(ErrorKind::NotFound, "lesson.not-found", tr(Text::LessonRead), path, error.message(), tr(Text::LessonListAdvice));
  if (size > kFileLimit) return make_error(ErrorKind::Invalid, "lesson.syntax", tr(Text::LessonRead), path, std::to_string(size) + " > " + std::to_string(kFileLimit));
  std::ifstream file(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  return parse_lesson(path, text);
}

std::string chapter_title(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  std::ifstream file(folder / "chapitre.txt", std::ios::binary);
  std::string line;
  if (std::getline(file, line) && !line.empty() && line.size() < 200) return line;
  const std::string name = folder.filename();
  return name.substr(std::min(name.size(), name.find_first_not_of("0123456789-")));
}

Result<Lesson> find_lesson(const std::string& folder, const std::string& name) {
  std::error_code error;
  if (name.ends_with(".md") && fs::is_regular_file(name, error)) return read_lesson(name);
  std::vector<std::string> near;
  for (const auto& file : TRY(lesson_files(folder))) {
    const std::string id = lesson_id(file);
    if (id == name || base_name(id) == name) return read_lesson(file);
    near.push_back(id);
  }
  return make_error(ErrorKind::NotFound, "lesson.not-found", tr(Text::LessonFind), name, tr(Text::LessonUnknown, join(near, ", ")), tr(Text::LessonListAdvice));
}

}  // namespace strates::lessons
