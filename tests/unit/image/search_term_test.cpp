// Which index a term of `docker search` names.
#include <doctest/doctest.h>

#include "image/search_term.hpp"

using namespace strates::image;

TEST_CASE("a term names an index where its first part is a host, and Docker Hub everywhere else") {
  const auto parts = [](const char* term) {
    const SearchTerm split = split_search_term(term);
    return split.host + "|" + split.words;
  };
  CHECK(parts("busybox") == "|busybox");
  CHECK(parts("library/busybox") == "|busybox");
  CHECK(parts("team/app") == "|team/app");
  CHECK(parts("a.b") == "|a.b");  // no slash: words, however they look
  CHECK(parts("a:5000") == "|a:5000");
  CHECK(parts("localhost/x") == "localhost|x");
  CHECK(parts("LOCALHOST/x") == "|LOCALHOST/x");
  CHECK(parts("127.0.0.1:5000/team/app") == "127.0.0.1:5000|team/app");
  CHECK(parts("registry.example.com/library/x") == "registry.example.com|library/x");
  CHECK(parts("docker.io/library/x") == "|x");
  CHECK(parts("index.docker.io/a.b/x") == "|a.b/x");
  CHECK(parts("/x") == "|/x");
  CHECK(parts("") == "|");
}

TEST_CASE("what is not a name of an image can still name the index whose credentials would be sent") {
  // The grammar of names refuses these: whoever asked it for the host would show a registry's search the credentials of Docker Hub.
  CHECK(split_search_term("registry.example.com/Upper Case").host == "registry.example.com");
  CHECK(split_search_term("registry.example.com/").host == "registry.example.com");
}

TEST_CASE("a user name and password in front of a host are dropped") {
  CHECK(split_search_term("ana:secret@registry.example.com:5000/x").host == "registry.example.com:5000");
  CHECK(split_search_term("docker.io:a@evil.example.com/x").host == "evil.example.com");
  CHECK(without_userinfo("https://ana:secret@registry.example.com/v2/") == "https://registry.example.com/v2/");
  CHECK(without_userinfo("ana:se@cret@h:5000") == "h:5000");
  CHECK(without_userinfo("h:5000/a@b") == "h:5000/a@b");
  CHECK(without_userinfo("h") == "h");
  CHECK(without_userinfo("https://") == "https://");
}
