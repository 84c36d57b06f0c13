// HostConfig.LogConfig, as Docker's json-file driver reads it (Docker Engine 20.10, daemon/logger/jsonfilelog and loggerutils): with Docker's sentences.
#pragma once

#include "base/result.hpp"
#include "engine/container.hpp"
#include "engine/ports.hpp"

namespace strates::engine {

// At creation: a driver or an option that nobody knows. code log.driver, log.option.
Result<void> check_log_settings(const LogSettings& settings);
// At the start, when Docker looks at the values. code log.option.
Result<LogKeeping> log_keeping(const LogSettings& settings);

}  // namespace strates::engine
