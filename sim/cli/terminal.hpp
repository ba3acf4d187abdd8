// What long commands share: the clock, the progress line, Ctrl-C.
#pragma once

#include <string>

namespace longhaul::cli {

/// Seconds of a clock that only goes forward.
double wall_clock_s();

/// A line on a terminal that is written over again and again; nothing where standard error is none.
class ProgressLine {
 public:
  ProgressLine();
  /// Wipes the line.
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// Whether it is time for another text: at most ten times a second.
  bool due();
  void show(const std::string& text);

 private:
  bool shows_;
  bool shown_ = false;
  double last_s_ = 0;
};

/// From now on the first Ctrl-C (or SIGTERM) is only remembered, a second one kills. To be called
/// after SimGrid's engine started, as it has a handler of its own.
void catch_interrupts();
bool interrupted();

}  // namespace longhaul::cli
