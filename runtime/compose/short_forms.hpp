// Short forms of single values: ports, volumes, devices, and the shell's words of a command.
#pragma once

#include "compose/node.hpp"

namespace strates::compose {

// "127.0.0.1:8080-8081:80-81/tcp" as one record for each port (mode, host_ip, target, published, protocol). Errors are Docker's:
// "Invalid containerPort: 9999999", "Invalid proto: xyz", "No port specified: <empty>", "Invalid hostPort: x", "Invalid ranges specified ...".
Result<std::vector<Node>> parse_port(const std::string& text, const Place& place = {});

// How many records that would be, without making them.
size_t port_count(std::string_view text);

// "SOURCE:TARGET:OPTIONS" as a record (type, source, target, read_only, bind, volume). Colons inside ${...} do not separate.
// Errors: "invalid spec: :foo: empty section between colons", "invalid spec: /foo:/foo:ro:foo: too many colons".
Result<Node> parse_mount(const std::string& text, const Place& place = {});

// "/dev/a:/dev/b:rwm" (source, target, permissions)
Result<Node> parse_device(const std::string& text, const Place& place = {});

// A command line as a POSIX shell would cut it, without expansion. code compose.command: "EOF found when expecting closing quote".
Result<std::vector<std::string>> shell_words(std::string_view text);

// "64m" in bytes; plain numbers are bytes. code compose.size: "invalid size: 'x'".
Result<std::int64_t> parse_size(std::string_view text);
// "1m30s" in nanoseconds, as Go's time.ParseDuration, and days as Compose adds them. code compose.duration.
Result<std::int64_t> parse_duration(std::string_view text);
std::string duration_text(std::int64_t nanoseconds);  // as Go prints it: "1m30s"

}  // namespace strates::compose
