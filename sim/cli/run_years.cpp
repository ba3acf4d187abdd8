#include "cli/run_years.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <vector>

#include "cli/cli.hpp"
#include "cli/terminal.hpp"
#include "diagnostics/key_error.hpp"
#include "engine/lab_actor.hpp"
#include "experiment/years.hpp"
#include "report/results.hpp"
#include "report/summary_json.hpp"
#include "report/years_tables.hpp"
#include "scenario/writer.hpp"

namespace longhaul::cli {

WrittenYears write_years(const scenario::Scenario& scenario, const scenario::Places& places,
                         const std::string& runs_path, const std::string& years_path) {
  WrittenYears written;
  report::LabRunTable runs(runs_path, scenario);
  report::YearsTable years(years_path, scenario);
  lab::YearsObserver observer;
  observer.on_run = [&](const lab::LabRun& run) {
    runs.write(run);
    if (run.best) written.best.push_back(run);
  };
  observer.on_sample = [&](const lab::YearsSample& sample) { years.write(sample); };
  observer.go_on = [](Seconds) { return !interrupted(); };
  const auto inputs = experiment::years_inputs(scenario);
  try {
    written.totals = engine::simulate_years(inputs, observer);
  } catch (const KeyError& problem) {
    throw InputError(places.where(problem.key()), problem.what());
  } catch (const std::invalid_argument& problem) {
    throw InputError(places.where("lab"), problem.what());
  }
  runs.close();
  years.close();
  return written;
}

int run_years(const scenario::Scenario& scenario, const scenario::Places& places,
              const std::string& folder, bool json, report::Provenance provenance) {
  const double begin_s = wall_clock_s();
  // From here on an interrupt takes the unfinished folder away first.
  catch_interrupts();
  report::ResultsFolder results(folder);
  const auto [totals, best] =
      write_years(scenario, places, results.file("runs.csv"), results.file("years.csv"));
  if (totals.interrupted) {
    fmt::print(stderr, "interrupted at {}; nothing was written, earlier results are as they were\n",
               format_date(after(scenario.start, totals.simulated)));
    return Interrupted;
  }
  results.write("resolved.toml", scenario::resolved_toml(scenario, folder));
  provenance.wall_s = wall_clock_s() - begin_s;
  const auto text = report::summary_json(scenario, experiment::years_metrics(scenario, totals),
                                         totals.events, provenance.wall_s);
  results.write("summary.json", text);
  results.finish(provenance);
  fmt::print("{}", json ? text : report::years_screen(scenario, totals, best, provenance, folder));
  return Done;
}

}  // namespace longhaul::cli
