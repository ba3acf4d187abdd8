// Functions run in a child process, their answers handed back over a pipe.
//
// SimGrid is one simulation a process and its clock only goes on; a child forked off has the same
// platform and may spend its own clock (the step oracle, the runs of a sweep, tests).
#pragma once

#include <sys/types.h>

#include <cstring>
#include <functional>
#include <string>
#include <type_traits>
#include <vector>

namespace longhaul::engine {

/// A child process that answers requests one by one until its owner goes. It leaves by _exit: no
/// destructors, no output buffers of the parent.
class ForkedServer {
 public:
  using Serve = std::function<std::string(const std::string& request)>;

  /// Forks now: what the child knows is what there is at this moment. Throws std::system_error
  /// when no process can be had.
  explicit ForkedServer(const Serve& serve);
  /// Closes the child's input and waits for it to leave.
  ~ForkedServer();
  ForkedServer(const ForkedServer&) = delete;
  ForkedServer& operator=(const ForkedServer&) = delete;

  /// Throws std::runtime_error with the child's message when `serve` threw, and with the signal or
  /// status when the child died otherwise.
  std::string ask(const std::string& request);

 private:
  std::string wait_for_end();

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
