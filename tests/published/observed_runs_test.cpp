// Days of observed runs from their hardware, MFU and FLOP.
#include <doctest/doctest.h>
#include <fmt/format.h>

#define CSV_IO_NO_THREAD  // alike in all files: its types differ with and without
#include <libfccp/csv.h>
#include <string>
#include <vector>

#include "engine/forked.hpp"
#include "engine/lab_actor.hpp"

namespace longhaul {
namespace {

struct Row {
  std::string run, chip, gap;
  double flop = 0, days = 0, chips = 0, peak = 0, mfu = 0;
};

/// Days that a run of this compute takes on these chips, simulated.
double simulated_days(const Row& row) {
  lab::YearsInputs in;
  in.duration = days(1000);
  in.scaling = *training::find_scaling_law("hoffmann-2022");
  world::Phase phase;
  phase.at.after = Seconds();
  phase.chips = row.chips;
  phase.chip.flops = flop_per_second(row.peak);
  phase.chip.utilisation = row.mfu;
  in.world.phases.push_back(phase);
  in.labs.emplace_back();
  in.labs.front().strategy = lab::StrategyKind::FixedCompute;
  in.labs.front().compute = flop(row.flop);
  // Forked, as other tests of this program need an engine that has not run yet.
  return engine::run_forked_values<double>([&in] {
    std::vector<double> lengths;
    lab::YearsObserver observer;
    observer.on_run = [&](const lab::LabRun& run) {
      lengths.push_back((run.end - run.start).value() / seconds_per_day);
    };
    engine::simulate_years(in, observer);
    return lengths;
  })[0];
}

TEST_CASE("observed runs take their days, or longer by time not spent at their MFU") {
  io::CSVReader<8, io::trim_chars<' '>, io::no_quote_escape<','>, io::throw_on_overflow,
                io::single_line_comment<'#'>>
      csv(std::string(LONGHAUL_SOURCE_ROOT) + "/tests/published/observed_runs.csv");
  csv.read_header(io::ignore_no_column, "run", "flop", "days", "chips", "chip", "peak_flop_per_s",
                  "mfu", "gap");
  Row row;
  int n = 0;
  while (
      csv.read_row(row.run, row.flop, row.days, row.chips, row.chip, row.peak, row.mfu, row.gap)) {
    ++n;
    CAPTURE(row.run);
    const double took = simulated_days(row);
    // C/(n peak MFU): Llama 3.1 3.8e25/(16,384 x 9.89e14 x 0.40) = 67.9 days.
    CHECK(took == doctest::Approx(row.flop / (row.chips * row.peak * row.mfu) / 86400));
    const double unspent = 1 - took / row.days;
    if (row.gap == "yes") {
      MESSAGE(fmt::format(
          "{}: {:.1f} days at its MFU, reported {:.1f}: {:.0f} % of the calendar not spent "
          "at it",
          row.run, took, row.days, 100 * unspent));
      CHECK(unspent > 0.1);
    } else {
      MESSAGE(fmt::format("{}: {:.1f} days, reported {:.1f}", row.run, took, row.days));
      CHECK(std::abs(unspent) < 0.1);
    }
  }
  CHECK(n == 11);
}

}  // namespace
}  // namespace longhaul
