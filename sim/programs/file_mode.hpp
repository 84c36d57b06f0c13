// File modes as people write and read them: "755", "u+x,go-w", "drwxr-xr-x".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "image/layer.hpp"

namespace strates::sim {

std::string octal(std::uint64_t value);
// Where chmods differ: busybox's `o` leaves the sticky bit alone, and its `=` clears before X looks for an x; GNU's `=` keeps a directory's special bits.
enum class ModeStyle { Busybox, Gnu };
// Octal, or symbolic changes of `before` (POSIX chmod). umask counts where no "who" is written.
std::optional<std::uint32_t> parse_mode(std::string_view text, std::uint32_t before, image::EntryType type, std::uint32_t umask, ModeStyle style);
std::string mode_string(image::EntryType type, std::uint32_t mode);

}  // namespace strates::sim
