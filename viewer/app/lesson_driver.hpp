// Plays a lesson by itself in a view, as somebody would who types every command and knows every answer: for pictures and for tests.
#pragma once

#include "base/result.hpp"
#include "viewer/app/lesson_view.hpp"

namespace strates::viewer {

// Until `stops` of the steps that wait for somebody are done (all: the whole lesson), then until nothing moves. `frame`: how the view is laid out.
// code view.stuck: a command did not end within two minutes, or checks failed; view.step: the lesson has fewer steps.
Result<void> play_to(LessonView& view, LessonStage& stage, int stops, const Frame& frame);

}  // namespace strates::viewer
