// A small HTTP/1.0 server on 127.0.0.1 for tests: answers GETs from a table or a folder, one connection at a time, in a thread of its own.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace strates::testing {

class FileServer {
 public:
  struct Page {
    std::string body;
    std::vector<std::string> headers;
    std::string status = "200 OK";
    bool cut = false;  // announces more than it sends
  };

  FileServer() {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || ::listen(listener_, 16) != 0) std::abort();
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~FileServer() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
    ::close(listener_);
  }
  FileServer(const FileServer&) = delete;
  FileServer& operator=(const FileServer&) = delete;

  // To be called before `start`.
  std::map<std::string, Page> pages;  // by "/path?query"
  std::string folder;                 // what `pages` does not have; empty: 404
  void start() {
    thread_ = std::thread([this] {
      while (!stopping_) {
        pollfd one{listener_, POLLIN, 0};
        if (::poll(&one, 1, 50) <= 0) continue;
        const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0) continue;
        answer(client);
        ::close(client);
      }
    });
  }
  std::string url(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(port_) + path; }

 private:
  void answer(int client) {
    std::string head;
    char buffer[4096];
    while (head.find("\r\n\r\n") == std::string::npos) {
      const ssize_t got = ::recv(client, buffer, sizeof buffer, 0);
      if (got <= 0) return;
      head.append(buffer, static_cast<size_t>(got));
    }
    const size_t space = head.find(' ');
    const std::string path = head.substr(space + 1, head.find(' ', space + 1) - space - 1);
    Page page{"gone\n", {}, "404 Not Found", false};
    if (const auto found = pages.find(path); found != pages.end()) {
      page = found->second;
    } else if (!folder.empty() && path.find("..") == std::string::npos) {
      std::ifstream file(folder + path.substr(0, path.find('?')), std::ios::binary);
      std::stringstream text;
      if (file && text << file.rdbuf()) page = {text.str(), {}, "200 OK", false};
    }
    // In chunks, made by the test, or with a length.
    bool chunks = false;
    for (const std::string& header : page.headers) chunks = chunks || header.starts_with("Transfer-Encoding:");
    std::string reply = chunks ? "HTTP/1.1 " + page.status + "\r\nConnection: close\r\n"
                               : "HTTP/1.0 " + page.status + "\r\nContent-Length: " + std::to_string(page.body.size() + (page.cut ? 10 : 0)) + "\r\n";
    for (const std::string& header : page.headers) reply += header + "\r\n";
    reply += "\r\n" + page.body;
    for (size_t sent = 0; sent < reply.size();) {
      const ssize_t count = ::send(client, reply.data() + sent, reply.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) return;
      sent += static_cast<size_t>(count);
    }
  }

  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace strates::testing
