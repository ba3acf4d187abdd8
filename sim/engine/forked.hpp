// Functions run in a child process, their answers handed back over a pipe.
//
// SimGrid is one simulation a process and its clock only goes on; a child forked off has the same
// platform and may spend its own clock (the step oracle, the runs of a sweep, tests).
#pragma once

#include <sys/types.h>

#include <cstring>
#include <functional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

namespace longhaul::engine {

/// A child process ended without an answer.
class ChildEnded : public std::runtime_error {
 public:
  ChildEnded(const std::string& what, int signal) : std::runtime_error(what), signal_(signal) {}
  /// That ended it; 0 when it left by itself.
  int signal() const { return signal_; }
  /// Ended from outside, by a person or for want of memory, rather than by what it was doing.
  bool killed() const;

 private:
  int signal_;
};

/// A child process that answers requests one by one until its owner goes. It leaves by _exit: no
/// destructors, no output buffers of the parent.
class ForkedServer {
 public:
  using Serve = std::function<std::string(const std::string& request)>;

  /// Forks now: what the child knows is what there is at this moment. Throws std::system_error
  /// when no process can be had.
  explicit ForkedServer(const Serve& serve);
  /// Closes the child's input and waits for it to leave. A child dies with its parent in any case.
  ~ForkedServer();
  ForkedServer(const ForkedServer&) = delete;
  ForkedServer& operator=(const ForkedServer&) = delete;

  /// Throws std::runtime_error with the child's message when `serve` threw, and ChildEnded with the
  /// signal or status when the child died otherwise.
  std::string ask(const std::string& request);

  // The two halves of ask(), for those who wait for several children at once.
  void post(const std::string& request);
  std::string collect();
  /// Readable when collect() has something to say.
  int answer_fd() const { return answers_; }
  /// Ends the child at once, whatever it is doing.
  void kill();

 private:
  [[noreturn]] void throw_end();
  int wait_for_end();

  pid_t child_ = -1;
  int requests_ = -1;  // write end
  int answers_ = -1;   // read end
};

/// What `work` returned in a child of its own; errors as in ForkedServer::ask.
std::string run_forked(const std::function<std::string()>& work);

// Plain values, such as doubles, as the bytes of a request or an answer.
template <class T>
std::string bytes_of(const std::vector<T>& values) {
  static_assert(std::is_trivially_copyable_v<T>);
  return std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}
template <class T>
std::vector<T> values_of(const std::string& text) {
  static_assert(std::is_trivially_copyable_v<T>);
  std::vector<T> values(text.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), text.data(), values.size() * sizeof(T));
  return values;
}
template <class T>
std::vector<T> run_forked_values(const std::function<std::vector<T>()>& work) {
  return values_of<T>(run_forked([&work] { return bytes_of(work()); }));
}

}  // namespace longhaul::engine
