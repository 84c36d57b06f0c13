// BuildKit's table of git references against the addresses that Docker 20.10's classic builder takes. What the two say differently was asked of
// the clients 20.10.24 and 28.2.2 (DOCKER_BUILDKIT=0, a git program that tells what it is asked), and is here with its reason.
#include "../image/table.hpp"
#include "base/git_address.hpp"
#include "cli/remote_context.hpp"

using namespace strates;
using namespace strates::cli;
using conformance::each_row;
using conformance::text;

namespace {

bool has_query(const std::string& address) { return address.find('?') != std::string::npos; }

// What BuildKit reads into a query is later than 20.10: to the classic builder it is a part of the URL, which then does not end in ".git".
void check_query(const std::string& address) {
  const bool has_prefix = address.starts_with("github.com/") || address.starts_with("git@");
  CHECK(is_git_address(address) == has_prefix);
  if (!has_prefix) {
    CHECK(is_url_address(address));
    return;
  }
  const GitAddress found = parse_git_address(address).value();
  CHECK(found.remote == (address.starts_with("github.com/") ? "https://" : "") + address.substr(0, address.find('#')));
}

void check_address(const std::string& address, const Json& expected) {
  REQUIRE(is_git_address(address));
  const GitAddress found = parse_git_address(address).value();
  // Only there the builder puts the scheme before the remote, and "master" where no branch is named.
  CHECK(found.remote == (json_bool(expected, "IndistinguishableFromLocal") ? "https://" : "") + text(expected, "Remote"));
  CHECK(found.ref == (expected.contains("Ref") ? text(expected, "Ref") : "master"));
  CHECK(found.folder == text(expected, "SubDir"));
}

}  // namespace

TEST_CASE("conformance: addresses of git repositories") {
  int alike = 0, queries = 0;
  each_row("dockerfile-instructions/git-ref.jsonl", [&](const Json& row) {
    const std::string address = text(row, "input");
    if (has_query(address)) {
      ++queries;
      MESSAGE("left out: " << text(row, "name") << " " << address << ": its query is BuildKit's; that the classic builder takes it as part of the URL is checked instead");
      return check_query(address);
    }
    ++alike;
    if (json_member(row, "expected").is_null()) CHECK_FALSE(is_git_address(address));
    else check_address(address, row["expected"]);
  });
  if (alike > 0) {
    CHECK(alike == 22);
    CHECK(queries == 17);
  }
}
