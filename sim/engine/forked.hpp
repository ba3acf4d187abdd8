// A function run in a child process, its answer handed back over a pipe.
//
// SimGrid is one simulation a process and its clock only goes on; a child forked off has the same
// platform and may spend its own clock (the step oracle, the runs of a sweep, tests).
#pragma once

#include <cstring>
#include <functional>
#include <string>
#include <type_traits>
#include <vector>

namespace longhaul::engine {

/// What `work` returned in a child process, which leaves by _exit: no destructors, no output
/// buffers of the parent. Throws std::runtime_error with the child's message when `work` threw,
/// and with the signal or status when the child died otherwise.
std::string run_forked(const std::function<std::string()>& work);

/// The same for plain values, such as doubles.
template <class T>
std::vector<T> run_forked_values(const std::function<std::vector<T>()>& work) {
  static_assert(std::is_trivially_copyable_v<T>);
  const std::string answer = run_forked([&work] {
    const std::vector<T> values = work();
    return std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  });
  std::vector<T> values(answer.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), answer.data(), answer.size());
  return values;
}

}  // namespace longhaul::engine
