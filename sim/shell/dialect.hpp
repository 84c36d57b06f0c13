// Which shell is imitated: they share an ancestor, not their messages.
#pragma once

namespace strates::sim {

enum class Dialect { Ash, Dash };  // busybox 1.35's and Debian 12's

}  // namespace strates::sim
