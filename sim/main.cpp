#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "cli/cli.hpp"

int main(int argc, char** argv) {
  int status = longhaul::cli::run_program(argc, argv);
  std::cout.flush();
  std::fflush(stdout);
  if (std::ferror(stdout) != 0 || !std::cout) {
    std::fputs("longhaul: standard output cannot be written; is the disk full?\n", stderr);
    if (status == longhaul::cli::Done) status = longhaul::cli::BadInput;
  }
  // SimGrid takes long to tear a large platform down, and nothing is left to do.
  _exit(status);
}
