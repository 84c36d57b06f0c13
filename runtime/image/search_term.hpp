// The argument of `docker search` taken apart (Docker Engine 20.10, registry/config.go: splitReposSearchTerm): which index is asked, and for what.
//
// The command line and the daemon both read it here: the one to choose whose credentials it sends, the other to choose whom it shows them to.
#pragma once

#include <string>
#include <string_view>

namespace strates::image {

struct SearchTerm {
  std::string host;   // "registry.example.com:5000"; empty: Docker Hub
  std::string words;  // what is searched for: "busybox"
};

// "localhost/x", "a.b/x" and "a:5000/x" name an index; "library/x" does not. A user name in front of a host is dropped: it is nobody's to show.
SearchTerm split_search_term(std::string_view term);
// The server as it may be shown and asked: "user:password@host/x" without what stands before the host.
std::string without_userinfo(std::string_view server);

}  // namespace strates::image
