// The flags of `docker run` and `docker create` about devices and drivers that an engine may have or not: limits by device, GPUs, options of the storage.
#pragma once

#include "base/json.hpp"
#include "cli/flags.hpp"

namespace strates::cli {

Result<void> check_device_bytes(const std::string& value);       // "/dev/sda:1mb"
Result<void> check_device_operations(const std::string& value);  // "/dev/sda:1000"
Result<void> check_device_weight(const std::string& value);      // "/dev/sda:100"
Result<void> check_gpus(const std::string& value);               // "all", "2", "device=0,driver=nvidia"

// Errors are Docker's sentences, without "docker: ".
Result<void> add_devices(const ParsedFlags& flags, Json& host);

}  // namespace strates::cli
