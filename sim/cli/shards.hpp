// A sweep part by part: the commands that do its shards, on whatever machines.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "experiment/sweep_plan.hpp"

namespace longhaul::cli {

/// What starts a sweep, from any folder.
struct SweepCommand {
  std::string program;                 ///< absolute path
  std::vector<std::string> arguments;  ///< all but -j, --shard and --out
  std::string store;                   ///< of the whole sweep; absolute path
};

/// A word that a POSIX shell takes as it is.
std::string shell_word(const std::string& word);
std::string shell_line(const std::vector<std::string>& words);

/// Absolute path of this program.
std::string own_path();

/// The most shards that have something to do.
std::int64_t most_shards(const experiment::SweepPlan& plan);

/// Prints one command a shard and, as comments, the one that joins their stores. `wanted` is a
/// number of shards, or "points". Throws InputError when these would be too many.
void list_shards(const SweepCommand& command, const experiment::SweepPlan& plan,
                 const std::string& wanted, int jobs);

}  // namespace longhaul::cli
