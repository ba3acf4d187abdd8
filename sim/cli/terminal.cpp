#include "cli/terminal.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>

namespace longhaul::cli {

namespace {

std::atomic<bool> was_interrupted{false};

}  // namespace

double wall_clock_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

ProgressLine::ProgressLine() : shows_(isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() {
  if (shown_) fmt::print(stderr, "\r\033[K");
}

bool ProgressLine::due() {
  constexpr double between_s = 0.1;
  if (!shows_) return false;
  const double now_s = wall_clock_s();
  if (now_s - last_s_ < between_s) return false;
  last_s_ = now_s;
  return true;
}

void ProgressLine::show(const std::string& text) {
  shown_ = true;
  fmt::print(stderr, "\r{}\033[K", text);
  std::fflush(stderr);
}

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = [](int) { was_interrupted = true; };
  action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
  for (const int signal : {SIGINT, SIGTERM}) sigaction(signal, &action, nullptr);
}

bool interrupted() { return was_interrupted; }

}  // namespace longhaul::cli
