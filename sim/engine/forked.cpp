#include "engine/forked.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace longhaul::engine {
namespace {

constexpr char answered = 'A';
constexpr char threw = 'T';

[[noreturn]] void fail(const char* doing) {
  throw std::system_error(errno, std::generic_category(), doing);
}

bool write_all(int pipe, const void* data, std::size_t size) {
  const char* next = static_cast<const char*>(data);
  while (size > 0) {
    // A socket rather than a pipe: writing to a child that died is an error, not a signal.
    const ssize_t n = send(pipe, next, size, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    next += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

bool read_all(int pipe, void* data, std::size_t size) {
  char* next = static_cast<char*>(data);
  while (size > 0) {
    const ssize_t n = read(pipe, next, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    next += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

// A message is its length and its bytes.
bool send_message(int pipe, const std::string& message) {
  const std::uint64_t size = message.size();
  return write_all(pipe, &size, sizeof size) && write_all(pipe, message.data(), message.size());
}

bool receive_message(int pipe, std::string& message) {
  std::uint64_t size = 0;
  if (!read_all(pipe, &size, sizeof size)) return false;
  message.resize(size);
  return read_all(pipe, message.data(), message.size());
}

std::string answer_to(const std::string& request, const ForkedServer::Serve& serve) {
  try {
    return answered + serve(request);
  } catch (const ChildEnded& end) {
    // A process was killed whose work this one's is part of: it ends alike, and is told so apart
    // from work that failed.
    if (end.killed()) std::raise(SIGKILL);
    return threw + std::string(end.what());
  } catch (const std::exception& error) {
    return threw + std::string(error.what());
  } catch (...) {
    return threw + std::string("an exception of unknown type");
  }
}

[[noreturn]] void be_the_child(int requests, int answers, const ForkedServer::Serve& serve,
                               pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(EXIT_FAILURE);
  // Ctrl-C goes to the whole group; the parent decides what becomes of its children.
  std::signal(SIGINT, SIG_IGN);
  std::string request;
  while (receive_message(requests, request))
    if (!send_message(answers, answer_to(request, serve))) _exit(EXIT_FAILURE);
  _exit(EXIT_SUCCESS);
}

}  // namespace

ForkedServer::ForkedServer(const Serve& serve) {
  std::fflush(nullptr);  // or the child would hold a copy of what is not yet written
  std::array<int, 2> down{};
  std::array<int, 2> up{};
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, down.data()) != 0) fail("opening a pipe to a child");
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, up.data()) != 0) {
    close(down[0]);
    close(down[1]);
    fail("opening a pipe to a child");
  }
  const pid_t parent = getpid();
  child_ = fork();
  if (child_ == 0) {
    close(down[1]);
    close(up[0]);
    be_the_child(down[0], up[1], serve, parent);
  }
  close(down[0]);
  close(up[1]);
  requests_ = down[1];
  answers_ = up[0];
  if (child_ < 0) {
    close(requests_);
    close(answers_);
    fail("forking a child process");
  }
}

ForkedServer::~ForkedServer() {
  if (child_ > 0) wait_for_end();
}

int ForkedServer::wait_for_end() {
  // Children forked later hold copies of this end: only a shutdown tells the child.
  shutdown(requests_, SHUT_RDWR);
  close(requests_);
  close(answers_);
  int status = 0;
  while (waitpid(child_, &status, 0) < 0)
    if (errno != EINTR) {
      status = SIGKILL;  // a child of this process's parent: how it ended cannot be known here
      break;
    }
  child_ = -1;
  return status;
}

void ForkedServer::throw_end() {
  const int status = wait_for_end();
  if (WIFSIGNALED(status))
    throw ChildEnded(fmt::format("a child process was ended by signal {} ({})", WTERMSIG(status),
                                 strsignal(WTERMSIG(status))),
                     WTERMSIG(status));
  throw ChildEnded(
      fmt::format("a child process left with status {} and no answer", WEXITSTATUS(status)), 0);
}

bool ChildEnded::killed() const {
  return signal_ == SIGKILL || signal_ == SIGTERM || signal_ == SIGINT || signal_ == SIGHUP;
}

void ForkedServer::post(const std::string& request) {
  if (child_ < 0) throw std::runtime_error("a child process is gone");
  if (!send_message(requests_, request)) throw_end();
}

std::string ForkedServer::collect() {
  if (child_ < 0) throw std::runtime_error("a child process is gone");
  std::string message;
  if (!receive_message(answers_, message)) throw_end();
  if (message[0] == threw) throw std::runtime_error(message.substr(1));
  return message.substr(1);
}

std::string ForkedServer::ask(const std::string& request) {
  post(request);
  return collect();
}

void ForkedServer::kill() {
  if (child_ > 0) ::kill(child_, SIGKILL);
}

std::string run_forked(const std::function<std::string()>& work) {
  return ForkedServer([&work](const std::string&) { return work(); }).ask("");
}

}  // namespace longhaul::engine
