#include "engine/forked.hpp"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <system_error>

namespace longhaul::engine {
namespace {

constexpr char answered = 'A';
constexpr char threw = 'T';

[[noreturn]] void fail(const char* doing) {
  throw std::system_error(errno, std::generic_category(), doing);
}

bool write_all(int pipe, const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t n = write(pipe, text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    done += static_cast<std::size_t>(n);
  }
  return true;
}

std::string read_all(int pipe) {
  std::string text;
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t n = read(pipe, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(n));
  }
}

[[noreturn]] void be_the_child(int pipe, const std::function<std::string()>& work) {
  std::string message;
  try {
    message = answered + work();
  } catch (const std::exception& error) {
    message = threw + std::string(error.what());
  } catch (...) {
    message = threw + std::string("an exception of unknown type");
  }
  _exit(write_all(pipe, message) ? EXIT_SUCCESS : EXIT_FAILURE);
}

}  // namespace

std::string run_forked(const std::function<std::string()>& work) {
  std::fflush(nullptr);  // or the child would hold a copy of what is not yet written
  std::array<int, 2> ends;
  if (pipe(ends.data()) != 0) fail("opening a pipe to a child process");
  const pid_t child = fork();
  if (child < 0) {
    close(ends[0]);
    close(ends[1]);
    fail("forking a child process");
  }
  if (child == 0) {
    close(ends[0]);
    be_the_child(ends[1], work);
  }
  close(ends[1]);
  const std::string message = read_all(ends[0]);
  close(ends[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) fail("waiting for a child process");

  if (WIFSIGNALED(status))
    throw std::runtime_error(fmt::format("a child process was ended by signal {} ({})",
                                         WTERMSIG(status), strsignal(WTERMSIG(status))));
  if (!message.empty() && message[0] == threw) throw std::runtime_error(message.substr(1));
  if (WEXITSTATUS(status) != EXIT_SUCCESS || message.empty())
    throw std::runtime_error(
        fmt::format("a child process left with status {} and no answer", WEXITSTATUS(status)));
  return message.substr(1);
}

}  // namespace longhaul::engine
