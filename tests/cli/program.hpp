// Runs the built program, whose path is in LONGHAUL_PROGRAM.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace longhaul::cli {

struct Outcome {
  int status = -1;  ///< exit status; -1 when a signal ended it
  std::string out, err;
};

/// What a test lays down before the program starts.
struct Surroundings {
  std::string folder = ".";      ///< to run in
  std::string out_to;            ///< file that standard output goes to; empty: it is captured
  long largest_file_bytes = -1;  ///< writes beyond fail
};

class Program {
 public:
  Program(const std::vector<std::string>& arguments, const Surroundings& surroundings);
  pid_t pid() const { return pid_; }
  void signal(int number) const;
  Outcome wait();

 private:
  pid_t pid_ = -1;
  int out_ = -1, err_ = -1;
};

Outcome run(const std::vector<std::string>& arguments, const Surroundings& surroundings = {});

}  // namespace longhaul::cli
