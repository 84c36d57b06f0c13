// Messages between the daemon and a container's monitor: what was sent before the end arrives, whatever was not read.
#include <doctest/doctest.h>

#include "linux/process/message_socket.hpp"

using namespace strates;
using namespace strates::linux_world;

TEST_CASE("what a peer sent before it ended arrives, also when it left a message of ours unread") {
  auto ends = MessageSocket::pair();
  REQUIRE(ends.ok());
  auto& [ours, theirs] = ends.value();
  REQUIRE(ours.send("end of input").ok());  // as the client of `docker exec -i` sends to a program that has ended
  REQUIRE(theirs.send("output").ok());
  REQUIRE(theirs.send("exit status").ok());
  theirs.close();
  for (const char* expected : {"output", "exit status", ""}) {
    const auto message = ours.receive();
    REQUIRE(message.ok());
    CHECK(message.value().bytes == expected);
  }
}
