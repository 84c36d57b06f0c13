// Where lessons are found: the folder lessons/cours beside the program's source, or STRATES_LESSONS.
#pragma once

#include <string>
#include <vector>

#include "lessons/engine/lesson.hpp"

namespace strates::lessons {

// Folders tried in order: `given`, $STRATES_LESSONS, .../share/strates/cours beside the program, the source tree it was built from.
Result<std::string> lessons_folder(const std::string& given);
// Files NN-chapter/NN-lesson.md, in the order of their names.
Result<std::vector<std::string>> lesson_files(const std::string& folder);
Result<Lesson> read_lesson(const std::string& path);
// The chapter that the file lies in: the first line of chapitre.txt beside it, else its folder's name without number.
std::string chapter_title(const std::string& path);
// By id, by the last part of an id, or a path to a file. code lesson.not-found names the nearest ones.
Result<Lesson> find_lesson(const std::string& folder, const std::string& name);

}  // namespace strates::lessons
