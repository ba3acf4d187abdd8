#include "program.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

namespace longhaul::cli {

namespace {

/// All of a file from its start; closes it.
std::string slurp(int file) {
  std::string text;
  std::array<char, 65536> buffer{};
  lseek(file, 0, SEEK_SET);
  for (ssize_t n = 0; (n = read(file, buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), static_cast<std::size_t>(n));
  close(file);
  return text;
}

}  // namespace

Program::Program(const std::vector<std::string>& arguments, const Surroundings& surroundings)
    : out_(memfd_create("out", MFD_CLOEXEC)), err_(memfd_create("err", MFD_CLOEXEC)) {
  const char* program = std::getenv("LONGHAUL_PROGRAM");
  if (program == nullptr) throw std::runtime_error("LONGHAUL_PROGRAM is not set");
  std::vector<char*> argv{const_cast<char*>(program)};
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  pid_ = fork();
  if (pid_ != 0) return;
  if (surroundings.largest_file_bytes >= 0) {
    const auto most = static_cast<rlim_t>(surroundings.largest_file_bytes);
    const rlimit limit{most, most};
    setrlimit(RLIMIT_FSIZE, &limit);
    std::signal(SIGXFSZ, SIG_IGN);
  }
  if (!surroundings.out_to.empty())
    dup2(open(surroundings.out_to.c_str(), O_WRONLY), 1);
  else
    dup2(out_, 1);
  dup2(err_, 2);
  if (chdir(surroundings.folder.c_str()) == 0) execv(program, argv.data());
  _exit(127);
}

void Program::signal(int number) const { kill(pid_, number); }

Outcome Program::wait() {
  int status = 0;
  waitpid(pid_, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, slurp(out_), slurp(err_)};
}

Outcome run(const std::vector<std::string>& arguments, const Surroundings& surroundings) {
  return Program(arguments, surroundings).wait();
}

}  // namespace longhaul::cli
