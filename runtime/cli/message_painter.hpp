// Docker's JSON messages as text (pkg/jsonmessage of docker/docker): on a terminal each layer has a line that is painted again, elsewhere each state is a
// line and moving bars are left out.
#pragma once

#include <map>
#include <string>

#include "base/json.hpp"

namespace strates::cli {

class MessagePainter {
 public:
  // `columns`: of the terminal; 0: no terminal.
  explicit MessagePainter(unsigned columns) : columns_(columns) {}
  // What to write for one message that is no error; empty when it says nothing.
  std::string paint(const Json& message);

 private:
  std::string text_of(const Json& message) const;

  unsigned columns_;
  std::map<std::string, size_t> lines_;  // of what is repainted, by id
};

}  // namespace strates::cli
