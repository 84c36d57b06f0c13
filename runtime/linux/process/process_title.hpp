// What ps shows of our own helper processes.
#pragma once

#include <string>
#include <string_view>

namespace strates::linux_world {

// A variable put first in a helper's environment at execve: the title may grow over it (fs/proc/base.c, get_mm_cmdline).
constexpr std::string_view kTitleRoom =
    "STRATES_TITLE_ROOM=......................................................................................................................................."
    ".........";

// `name` (15 bytes at most) is the command name, `name detail` the command line, as far as there is room.
void set_process_title(const std::string& name, const std::string& detail);

}  // namespace strates::linux_world
