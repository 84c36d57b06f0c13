// Which Docker's letter is kept, and what is said when a program asks.
#pragma once

namespace strates::cli {

constexpr const char* kDockerVersion = "20.10.24+strates" STRATES_VERSION;
constexpr const char* kDockerBuild = "strates";
constexpr const char* kApiVersion = "1.41";
#if defined(__aarch64__)
constexpr const char* kArchitecture = "arm64";
#else
constexpr const char* kArchitecture = "amd64";
#endif

}  // namespace strates::cli
