// A lesson as a value: what the file says, nothing of how it is shown.
//
// One Markdown file, YAML front matter, fenced blocks that do things (DESIGN: "Lessons and exercises are files a teacher can write"):
//   run      commands, run as they are shown             predict  a question before the fact, its answer, what reveals it
//   scene    what to draw, from events and API answers   check    what must hold now, each with its own hint
//   clean    commands that take away what the lesson made, run before it starts and when it ends
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace strates::lessons {

struct Prose {
  std::string markdown;
};

struct Run {
  std::vector<std::string> commands;  // one shell command each; a line ending in \ goes on
  bool may_fail = false;              // ```run may-fail: the exit code is part of the lesson
};

struct Scene {
  std::string kind;                           // "overlay"
  std::map<std::string, std::string> fields;  // container, focus
};

struct Predict {
  std::string question;
  std::vector<std::string> choices;
  int answer = 0;      // from 1
  std::string reveal;  // "event FileCopiedUp path=/etc/motd": the event that proves it; empty: none
  std::string because; // shown after the answer
};

// One thing that must hold. `what` is its key ("diff", "event", ...), `fields` its arguments as text; see lessons/engine/checks.hpp for what each means.
struct Check {
  std::string what;
  std::map<std::string, std::string> fields;
  std::string hint;
  int line = 0;
};

struct Checks {
  std::vector<Check> checks;
};

struct Clean {
  std::vector<std::string> commands;
};

struct Step {
  int line = 0;  // in the file, from 1
  std::variant<Prose, Run, Scene, Predict, Checks, Clean> what;
};

struct Lesson {
  std::string id;    // "04-images/copie-sur-ecriture"
  std::string path;  // of the file
  std::string title;
  std::vector<std::string> covers;  // rows of the course: "4.09"
  int minutes = 0;
  std::vector<std::string> needs;  // images
  std::vector<Step> steps;
};

// `path` is only for messages and the id. Errors: kind Invalid, code lesson.syntax, object "FILE:LINE".
Result<Lesson> parse_lesson(const std::string& path, std::string_view text);
// The id of a file: its folder as it is, its name without number and extension.
std::string lesson_id(std::string_view path);

}  // namespace strates::lessons
