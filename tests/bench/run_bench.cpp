// The README's first command as a user starts it: wall seconds and peak memory of seven runs.
//   build/tests/bench_run [PROGRAM]
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace {

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct Cost {
  double wall_s;
  double peak_mb;
};

Cost run_once(const std::string& program, const std::string& out) {
  const std::string scenario = LONGHAUL_SOURCE_ROOT "/scenarios/llama3_405b_54_days.toml";
  const double begin_s = now_s();
  const pid_t child = fork();
  if (child == 0) {
    dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
    execl(program.c_str(), program.c_str(), "run", scenario.c_str(), "--out", out.c_str(), nullptr);
    _exit(127);
  }
  int status = 0;
  rusage usage{};
  wait4(child, &status, 0, &usage);
  if (status != 0) {
    fmt::print(stderr, "{} failed\n", program);
    std::exit(1);
  }
  return {now_s() - begin_s, static_cast<double>(usage.ru_maxrss) * 1024 / 1e6};
}

}  // namespace

int main(int argc, char** argv) {
  const std::string program = argc > 1 ? argv[1] : LONGHAUL_PROGRAM;
  const auto out = std::filesystem::temp_directory_path() / "longhaul_bench_run";
  std::vector<double> walls_s;
  double peak_mb = 0;
  for (int i = 0; i < 7; ++i) {
    const auto cost = run_once(program, out.string());
    walls_s.push_back(cost.wall_s);
    peak_mb = std::max(peak_mb, cost.peak_mb);
  }
  std::sort(walls_s.begin(), walls_s.end());
  fmt::print("first command: median {:.3f} s (least {:.3f}, most {:.3f}), peak {:.0f} MB\n",
             walls_s[3], walls_s.front(), walls_s.back(), peak_mb);
  std::filesystem::remove_all(out);
}
