#include "cli/sweep_job.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "cli/terminal.hpp"
#include "diagnostics/diagnostic.hpp"
#include "report/sweep_record.hpp"
#include "report/sweep_screen.hpp"
#include "scenario/axis_field.hpp"
#include "scenario/toml_files.hpp"

namespace longhaul::cli {

namespace {

scenario::LoadedSweep load(const SweepRequest& request) {
  auto loaded = scenario::read_sweep(request.scenario, request.assignments, request.axes);
  if (request.repeats > 0) loaded.sweep.repeats = request.repeats;
  return loaded;
}

scenario::Purpose purpose_of(const experiment::SweepPlan& plan) {
  return plan.sweep().simulate == scenario::Simulate::Step ? scenario::Purpose::Step
                                                           : scenario::Purpose::Months;
}

scenario::LoadedScenario read_point(const SweepRequest& request, const experiment::SweepPlan& plan,
                                    std::int64_t combination) {
  auto all = request.assignments;
  for (auto& own : plan.assignments(combination, 0)) all.push_back(std::move(own));
  return scenario::read_scenario(request.scenario, all, purpose_of(plan),
                                 scenario::SweepTable::PassedOver);
}

/// Reads points from all over the plan until one of them can be read: a mistake in all of them is
/// the scenario's, one in some is the point's own.
scenario::LoadedScenario read_some_point(const SweepRequest& request,
                                         const experiment::SweepPlan& plan) {
  constexpr std::int64_t most = 100;
  const auto n = plan.n_combinations();
  const auto n_tried = std::min(n, most);
  for (std::int64_t i = n_tried; i > 1; --i) {
    try {
      return read_point(request, plan, (n - 1) * (i - 1) / (n_tried - 1));
    } catch (const InputError&) {
      // Some combinations may be wrong; the first one tells, if all are.
    }
  }
  return read_point(request, plan, 0);
}

/// Combinations by the value that an axis has in them, the first few and the last few of each.
class Holders {
 public:
  void add(std::int64_t combination) {
    auto& list = first_.size() < most ? first_ : last_;
    list.push_back(combination);
    if (last_.size() > most) last_.pop_front();
  }
  std::vector<std::int64_t> all() const {
    std::vector<std::int64_t> all(first_.begin(), first_.end());
    all.insert(all.end(), last_.begin(), last_.end());
    return all;
  }

 private:
  static constexpr std::size_t most = 16;
  std::deque<std::int64_t> first_, last_;
};

/// Every file that a point may read: those of one point, and for each value that an axis of files
/// takes those of a point with it. Of a card with which no point can be read, its own path.
std::vector<std::string> files_of(const SweepRequest& request, const experiment::SweepPlan& plan,
                                  const scenario::LoadedScenario& some) {
  auto files = some.files;
  const auto& axes = plan.sweep().axes;
  std::vector<std::size_t> of_files;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    Diagnostics mistakes;
    const auto field = scenario::AxisField::find(axes[i].key, {}, mistakes);
    if (field && field->names_files()) of_files.push_back(i);
  }
  std::map<std::pair<std::size_t, std::string>, Holders> holders;
  if (!of_files.empty())
    for (std::int64_t n = 0; n < plan.n_combinations(); ++n) {
      const auto values = plan.combination(n);
      for (const auto i : of_files)
        if (values[i])
          if (const auto* path = std::get_if<std::string>(&values[i]->value))
            holders[{i, *path}].add(n);
    }
  for (const auto& [value, combinations] : holders) {
    const auto before = files.size();
    for (const auto combination : combinations.all()) {
      try {
        const auto point = read_point(request, plan, combination);
        files.insert(files.end(), point.files.begin(), point.files.end());
        break;
      } catch (const InputError&) {
        // Another combination may go with this card.
      }
    }
    if (files.size() > before) continue;
    const auto& listed = axes[value.first].values;
    const auto& from = listed.empty() ? request.scenario : listed.front().where.file;
    files.push_back(scenario::beside(from, value.second).string());
  }
  std::sort(files.begin() + 1, files.end());  // the scenario stays first
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

}  // namespace

SweepJob::SweepJob(SweepRequest request)
    : request_(std::move(request)),
      loaded_(load(request_)),
      plan_(loaded_),
      some_(read_some_point(request_, plan_)),
      files_(files_of(request_, plan_, some_)) {}

report::Provenance SweepJob::provenance() const {
  return report::make_provenance(loaded_.seed, files_, some_.calibration);
}

experiment::SweepRecord SweepJob::record() const {
  return report::sweep_record(request_.scenario, request_.assignments, loaded_, plan_, provenance(),
                              request_.shard);
}

experiment::SweepProgress SweepJob::run(const std::string& store_path) const {
  const double begin_s = wall_clock_s();
  experiment::StoreWriter store(store_path, record());
  if (request_.retry_failed) store.forget_failed();
  catch_interrupts();
  ProgressLine line;
  experiment::SweepOptions how{request_.scenario, request_.assignments, request_.jobs,
                               request_.shard, files_};
  if (how.n_workers < 1)
    how.n_workers = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  experiment::SweepObserver observer;
  observer.on_progress = [&](const experiment::SweepProgress& now) {
    if (line.due()) line.show(report::sweep_progress_line(now, wall_clock_s() - begin_s));
  };
  observer.go_on = [] { return !interrupted(); };
  try {
    return experiment::run_sweep(plan_, store, how, observer);
  } catch (const InputError& problem) {
    throw experiment::StoreError(
        fmt::format("{}; what was finished is in {}", problem.what(), store_path));
  }
}

void remove_outdated(const std::string& store, const experiment::SweepRecord& now) {
  if (!std::filesystem::exists(store) || std::filesystem::file_size(store) == 0) return;
  if (experiment::difference(experiment::StoreReader(store).record(), now).empty()) return;
  for (const char* part : {"", "-wal", "-shm", "-journal"}) std::filesystem::remove(store + part);
}

}  // namespace longhaul::cli
