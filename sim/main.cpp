#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "cli/cli.hpp"

int main(int argc, char** argv) {
  const int status = longhaul::cli::run_program(argc, argv);
  // SimGrid takes long to tear a large platform down, and nothing is left to do.
  std::cout.flush();
  std::fflush(nullptr);
  _exit(status);
}
