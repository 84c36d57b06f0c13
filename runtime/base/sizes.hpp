// Sizes for people, as go-units writes them, and Docker's progress bar. Both ends of the API draw it: the daemon for clients that do not, the command line
// at the width of its terminal.
#pragma once

#include <cstdint>
#include <string>

namespace strates {

// Powers of 1000: 6656 is "6.656kB". `digits`: significant ones; Docker's lists use 3.
std::string human_size(double bytes, int digits = 4);
// In a sentence or a picture, in the process's language: 1234567 is "1,2 Mo" in French, "1.2 MB" in English; below 1000 exact: "286 octets".
std::string told_size(std::uint64_t bytes);
// Powers of 1024: "23.54GiB".
std::string bytes_size(double bytes);
// "[=====>      ]  1.2MB/5MB" (Docker, pkg/jsonmessage): the bar on terminals of more than 110 columns only; empty when nothing is known.
std::string progress_bar(std::int64_t done, std::int64_t total, unsigned columns);

}  // namespace strates
