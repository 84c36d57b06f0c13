// A build in words, the same in the window, in the terminal, in captions and in checks.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "viewer/model/build_steps.hpp"

namespace strates::viewer {

// "cache", "exécutée", "échec", ...: never only a colour.
std::string state_word(const BuildStep& step);
// Why a step was not taken from the cache, with what was compared: "le fichier app.py a changé : 1f3a… → 9b20…".
std::string miss_words(const event::MissReason& reason);
// What differs between two long instructions, without the beginning that they share: "… curl git", "… curl".
std::pair<std::string, std::string> changed_parts(const std::string& before, const std::string& now);
// "1,2 s", "40 ms"; empty when it is not known or nothing to speak of (below a millisecond).
std::string duration_words(Nanos from, Nanos to);
// Under or over the line before the first step that was done again: "à partir d’ici, tout est refait".
std::string remade_words(const event::MissReason& reason);
// "Contexte reçu : 3 entrées, 12 ko ; une laissée de côté par .dockerignore".
std::string context_words(const event::ContextReceived& context);
// Control characters as one space: what comes from outside is shown on one line.
std::string one_line(std::string_view text);
// What the last event did, for a caption; empty when it is not worth one.
std::string change_words(const BuildRun& run);

}  // namespace strates::viewer
