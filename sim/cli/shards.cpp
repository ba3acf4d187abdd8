#include "cli/shards.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "diagnostics/diagnostic.hpp"
#include "units/format.hpp"

namespace longhaul::cli {

namespace {

constexpr std::int64_t most_lines = 100'000;

std::int64_t n_wanted(const std::string& wanted, std::int64_t most) {
  const auto mistake = [&](const std::string& what) {
    return InputError(Location{"--list " + wanted, 0, 0}, what);
  };
  std::int64_t n = most;
  if (wanted != "points") {
    const auto* end = wanted.data() + wanted.size();
    const auto [read, error] = std::from_chars(wanted.data(), end, n);
    if (error != std::errc() || read != end || n < 1)
      throw mistake("name a number of shards, or 'points' for one each");
  }
  if (n > most_lines)
    throw mistake(
        fmt::format("would print {} lines; at most {} are, so that each does {} points "
                    "or more: --list {}",
                    format_count(n), format_count(most_lines),
                    format_count((most - 1) / most_lines + 1), most_lines));
  return std::min(n, most);
}

}  // namespace

std::string shell_word(const std::string& word) {
  constexpr auto plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,@%+";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

std::string shell_line(const std::vector<std::string>& words) {
  std::string line;
  for (const auto& word : words) line += (line.empty() ? "" : " ") + shell_word(word);
  return line;
}

std::string own_path() { return std::filesystem::read_symlink("/proc/self/exe").string(); }

std::int64_t most_shards(const experiment::SweepPlan& plan) {
  const auto& sweep = plan.sweep();
  return sweep.precision ? plan.n_combinations() : plan.n_combinations() * sweep.repeats;
}

void list_shards(const SweepCommand& command, const experiment::SweepPlan& plan,
                 const std::string& wanted, int jobs) {
  const auto n = n_wanted(wanted, most_shards(plan));
  const auto folder = command.store + ".shards";
  std::vector<std::string> words{command.program};
  words.insert(words.end(), command.arguments.begin(), command.arguments.end());
  const auto begin = shell_line(words);
  if (begin.find('\n') != std::string::npos)
    throw InputError(Location{"--list " + wanted, 0, 0},
                     "an argument is longer than one line, and so would be its commands");
  for (std::int64_t i = 1; i <= n; ++i)
    fmt::print("{} -j {} --shard {}/{} --out {}\n", begin, std::max(jobs, 1), i, n,
               shell_word(fmt::format("{}/{}-of-{}.sqlite", folder, i, n)));
  fmt::print("# When all of these have ended, this joins their stores:\n# {}\n",
             shell_line({command.program, "merge", command.store, folder}));
}

}  // namespace longhaul::cli
