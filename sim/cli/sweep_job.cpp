#include "cli/sweep_job.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <thread>
#include <utility>

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

/// Reads the first, the middle and the last point until one of them can be read: a mistake in all
/// of them is the scenario's, one in some is the point's own.
scenario::LoadedScenario read_some_point(const SweepRequest& request,
                                         const experiment::SweepPlan& plan) {
  const auto n = plan.n_combinations();
  const auto read = [&](std::int64_t combination) {
    auto all = request.assignments;
    for (auto& own : plan.assignments(combination, 0)) all.push_back(std::move(own));
    return scenario::read_scenario(request.scenario, all, purpose_of(plan),
                                   scenario::SweepTable::PassedOver);
  };
  for (const auto combination : {n / 2, n - 1}) {
    try {
      return read(combination);
    } catch (const InputError&) {
      // Some combinations may be wrong; the first one tells, if all are.
    }
  }
  return read(0);
}

/// Every file that a point may read: those of one point, and of each value of an axis that names
/// files. Of a card that cannot be read, its own path.
std::vector<std::string> files_of(const SweepRequest& request, const experiment::SweepPlan& plan,
                                  const scenario::LoadedScenario& some) {
  auto files = some.files;
  for (const auto& axis : plan.sweep().axes) {
    Diagnostics mistakes;
    const auto field = scenario::AxisField::find(axis.key, {}, mistakes);
    if (!field || !field->names_files()) continue;
    for (const auto& literal : axis.values) {
      const auto value = field->read(literal, mistakes);
      if (!value) continue;
      auto all = request.assignments;
      for (auto& own : plan.assignments(0, 0)) all.push_back(std::move(own));
      all.push_back(axis.key + "=" + value->toml);
      try {
        const auto point = scenario::read_scenario(request.scenario, all, purpose_of(plan),
                                                   scenario::SweepTable::PassedOver);
        files.insert(files.end(), point.files.begin(), point.files.end());
      } catch (const InputError&) {
        files.push_back(
            scenario::beside(literal.where.file, std::get<std::string>(value->value)).string());
      }
    }
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
