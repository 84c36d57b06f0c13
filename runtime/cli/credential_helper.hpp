// A program that keeps passwords: docker-credential-NAME get|store|erase|list, asked over its standard input, answering in JSON
// (github.com/docker/docker-credential-helpers, "Development").
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace strates::cli {

struct HelperSecret {
  std::string username, secret;
};

class CredentialHelper {
 public:
  explicit CredentialHelper(std::string name) : program_("docker-credential-" + std::move(name)) {}
  // Nothing kept is an empty secret. Error: Docker's "error getting credentials - err: ..., out: `...`", code cli.credentials.
  Result<HelperSecret> get(const std::string& server) const;
  Result<void> store(const std::string& server, const HelperSecret& secret) const;
  Result<void> erase(const std::string& server) const;
  std::vector<std::string> list() const;  // servers; a failure is an empty list

 private:
  struct Answer {
    int exit_code = 0;
    std::string output;
  };
  Result<Answer> run(const std::string& action, const std::string& input) const;
  Error failure(const std::string& doing, const Answer& answer) const;
  std::string program_;
};

}  // namespace strates::cli
