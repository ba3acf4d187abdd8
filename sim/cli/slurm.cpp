#include "cli/slurm.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "cli/cli.hpp"
#include "diagnostics/diagnostic.hpp"
#include "experiment/sweep_queue.hpp"
#include "units/format.hpp"

namespace longhaul::cli {

namespace {

namespace fs = std::filesystem;

struct Output {
  int status = -1;  // -1: it could not be started, or a signal ended it
  std::string text;
};

/// Runs a program of the PATH and gives what it printed; its messages pass through, or are dropped.
Output output_of(const std::vector<std::string>& words, bool quiet = false) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    throw std::system_error(errno, std::generic_category(), "making a pipe");
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  if (quiet) posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = -1;
  const int problem = posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  Output output;
  std::array<char, 4096> buffer{};
  for (ssize_t n = 0;
       (n = read(ends[0], buffer.data(), buffer.size())) > 0 || (n < 0 && errno == EINTR);)
    if (n > 0) output.text.append(buffer.data(), static_cast<std::size_t>(n));
  close(ends[0]);
  if (problem != 0) return output;
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status)) output.status = WEXITSTATUS(status);
  return output;
}

bool on_path(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');)
    if (access((folder + "/" + program).c_str(), X_OK) == 0) return true;
  return false;
}

/// "1-3,7" of sorted numbers.
std::string ranges(const std::vector<std::int64_t>& numbers) {
  std::string text;
  for (std::size_t i = 0; i < numbers.size();) {
    auto end = i + 1;
    while (end < numbers.size() && numbers[end] == numbers[end - 1] + 1) ++end;
    text += fmt::format("{}{}", text.empty() ? "" : ",", numbers[i]);
    if (end > i + 1) text += fmt::format("-{}", numbers[end - 1]);
    i = end;
  }
  return text;
}

class Submission {
 public:
  Submission(const SweepCommand& command, const experiment::SweepPlan& plan,
             const experiment::SweepRecord& record, const SlurmOptions& options)
      : command_(command),
        plan_(plan),
        record_(record),
        options_(options),
        n_(std::min(options.n_shards, most_shards(plan))),
        folder_(command.store + ".slurm") {}

  int run() {
    if (!options_.dry_run) {
      if (!on_path("sbatch"))
        throw InputError(Location{"--slurm", 0, 0},
                         "there is no sbatch on the PATH, so no Slurm to submit to; "
                         "--slurm-dry-run writes the scripts, --list prints commands for others");
      require_ended();
    }
    look();
    write_scripts();
    if (options_.dry_run) {
      print_commands();
      return Done;
    }
    return submit();
  }

 private:
  std::string shard_path(std::int64_t index) const {
    return fmt::format("{}/shards/{}-of-{}.sqlite", folder_, index, n_);
  }
  std::string jobs_path() const { return folder_ + "/jobs"; }

  /// Two jobs at the same shard would get in each other's way.
  void require_ended() const {
    std::ifstream file(jobs_path());
    std::string before;
    std::string ids;
    while (file >> before) ids += (ids.empty() ? "" : ",") + before;
    if (ids.empty()) return;
    const auto queue = output_of({"squeue", "--noheader", "--format=%i", "--jobs=" + ids}, true);
    if (queue.status == 0 && !queue.text.empty())
      throw InputError(Location{folder_, 0, 0},
                       fmt::format("jobs of this sweep are still waiting or running ({0}); wait "
                                   "for them, or stop them with `scancel {0}`",
                                   ids));
  }

  /// Opens the stores that are there: which shards have something left, and how much is done.
  void look() {
    std::error_code error;
    if (fs::exists(command_.store, error)) {
      experiment::StoreWriter whole(command_.store, record_);
      // The shards do them again, and they shall not be in the way of what comes out.
      if (options_.retry_failed && !options_.dry_run) whole.forget_failed();
    }
    for (std::int64_t index = 1; index <= n_; ++index) {
      if (!fs::exists(shard_path(index), error)) {
        to_do_.push_back(index);
        continue;
      }
      const experiment::Shard shard{index, n_};
      auto part = record_;
      part.shard = shard.name(plan_);
      const experiment::StoreWriter store(shard_path(index), part);
      experiment::SweepQueue queue(plan_, store, shard);
      n_done_ += queue.before();
      if (queue.next(-1) || (options_.retry_failed && store.n_failed() > 0))
        to_do_.push_back(index);
    }
  }

  void write_scripts() const {
    std::error_code error;
    for (const char* inside : {"/shards", "/logs"}) {
      fs::create_directories(folder_ + inside, error);
      if (error) throw InputError(Location{folder_, 0, 0}, "cannot be written: " + error.message());
    }
    const auto settings = [](const char* name, const char* log) {
      return fmt::format(
          "#SBATCH --job-name=longhaul-{}\n#SBATCH --output=logs/{}.log\n"
          "#SBATCH --open-mode=append\n",
          name, log);
    };
    const auto go = fmt::format("cd {} || exit 2\nexec ", shell_word(fs::current_path().string()));
    std::vector<std::string> words{command_.program};
    words.insert(words.end(), command_.arguments.begin(), command_.arguments.end());
    write("array.sh",
          "#!/bin/bash\n# Each task does a shard of a sweep; a time limit stops it as Ctrl-C "
          "does.\n" +
              settings("sweep", "%A_%a") + "#SBATCH --signal=B:TERM@60\n" + go + shell_line(words) +
              fmt::format(" -j {} \\\n  --shard \"$SLURM_ARRAY_TASK_ID/{}\" \\\n"
                          "  --out {}\"/$SLURM_ARRAY_TASK_ID-of-{}.sqlite\"\n",
                          options_.jobs > 0 ? fmt::format("{}", options_.jobs)
                                            : "\"${SLURM_CPUS_ON_NODE:-1}\"",
                          n_, shell_word(folder_ + "/shards"), n_));
    write("merge.sh",
          "#!/bin/bash\n# Joins the stores of the shards, also when some have points missing.\n" +
              settings("merge", "merge_%j") + go +
              shell_line({command_.program, "merge", command_.store, folder_ + "/shards"}) + "\n");
  }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream file(folder_ + "/" + name, std::ios::binary);
    file << text;
    file.close();
    if (!file)
      throw InputError(Location{folder_ + "/" + name, 0, 0},
                       "cannot be written; is the disk full?");
  }

  std::vector<std::string> sbatch(const std::string& script,
                                  const std::vector<std::string>& own) const {
    std::vector<std::string> words{"sbatch", "--parsable", "--chdir=" + folder_};
    words.insert(words.end(), own.begin(), own.end());
    words.insert(words.end(), options_.sbatch.begin(), options_.sbatch.end());
    words.push_back(folder_ + "/" + script);
    return words;
  }

  std::vector<std::string> array_command() const {
    std::vector<std::string> own{"--array=" + ranges(to_do_)};
    if (options_.jobs > 0) own.push_back(fmt::format("--cpus-per-task={}", options_.jobs));
    return sbatch("array.sh", own);
  }

  void print_commands() const {
    if (to_do_.empty()) {
      fmt::print("{}\n", shell_line(sbatch("merge.sh", {})));
      return;
    }
    fmt::print("array=$({})\n", shell_line(array_command()));
    auto merge = sbatch("merge.sh", {});
    fmt::print("{} --dependency=afterany:\"${{array%%;*}}\" ", merge.front());
    fmt::print("{}\n", shell_line({merge.begin() + 1, merge.end()}));
  }

  /// The job's number; empty when it was not taken, which sbatch says itself.
  static std::string submitted(const std::vector<std::string>& words) {
    const auto output = output_of(words);
    auto id = output.text.substr(0, output.text.find_first_of(";\n"));
    const bool is_number = !id.empty() && std::all_of(id.begin(), id.end(),
                                                      [](char c) { return c >= '0' && c <= '9'; });
    if (output.status == 0 && is_number) return id;
    fmt::print(stderr, "longhaul: sbatch did not take the job: {}\n", shell_line(words));
    return {};
  }

  int submit() const {
    std::ofstream jobs(jobs_path());
    std::vector<std::string> after;
    if (!to_do_.empty()) {
      const auto array = submitted(array_command());
      if (array.empty()) return BadInput;
      jobs << array << std::endl;  // even if the next one is refused
      fmt::print("job {}: shards {} of {}; {} points are done so far\n", array, ranges(to_do_), n_,
                 format_count(n_done_));
      after.push_back("--dependency=afterany:" + array);
    } else {
      fmt::print("all {} shards are complete: {} points\n", n_, format_count(n_done_));
    }
    const auto merge = submitted(sbatch("merge.sh", after));
    if (merge.empty()) return BadInput;
    jobs << merge << std::endl;
    fmt::print("job {}: {} their stores into {}\n", merge, after.empty() ? "joins" : "then joins",
               command_.store);
    fmt::print("logs: {}/logs; the same command does what is missing when they have ended\n",
               folder_);
    return Done;
  }

  const SweepCommand& command_;
  const experiment::SweepPlan& plan_;
  const experiment::SweepRecord& record_;
  const SlurmOptions& options_;
  std::int64_t n_;
  std::string folder_;
  std::vector<std::int64_t> to_do_;  // shards
  std::int64_t n_done_ = 0;          // points
};

}  // namespace

int submit_to_slurm(const SweepCommand& command, const experiment::SweepPlan& plan,
                    const experiment::SweepRecord& record, const SlurmOptions& options) {
  return Submission(command, plan, record, options).run();
}

}  // namespace longhaul::cli
