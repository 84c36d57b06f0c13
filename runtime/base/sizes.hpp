// Sizes for people, as go-units writes them, and Docker's progress bar. Both ends of the API draw it: the daemon for clients that do not, the command line
// at the width of its terminal.
#pragma once

#include <cstdint>
#include <string>

namespace strates {

// Powers of 1000: 6656 is "6.656kB". `digits`: significant ones; Docker's lists use 3.
std::string human_size(double bytes, int digits = 4);
// In a sentence, in the process's language: "58.6GB" as Docker says it, or "58,6 Go" with a blank that does not break.
std::string told_size(std::uint64_t bytes, int digits = 3);
// Powers of 1024: "23.54GiB".
std::string bytes_size(double bytes);
// "[=====>      ]  1.2MB/5MB" (Docker, pkg/jsonmessage): the bar on terminals of more than 110 columns only; empty when nothing is known.
std::string progress_bar(std::int64_t done, std::int64_t total, unsigned columns);

}  // namespace strates
