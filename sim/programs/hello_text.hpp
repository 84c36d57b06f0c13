// The text that the hello-world image prints, from assets/base-images/hello.txt: the C program of the Linux world embeds the same file.
#pragma once

#include <string_view>

namespace strates::sim {

std::string_view hello_text();

}  // namespace strates::sim
