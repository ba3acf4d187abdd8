// Published schedules, job by job, where a folder of public traces is given.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>

#include "diagnostics/diagnostic.hpp"
#include "scheduling/schedules.hpp"
#include "scheduling/trace_file.hpp"

namespace longhaul::scheduling {
namespace {

std::optional<std::string> trace_path(const std::string& name) {
  const char* folder = std::getenv("LONGHAUL_TRACES");
  if (folder == nullptr) {
    MESSAGE("LONGHAUL_TRACES is not set; ", name, " is not replayed");
    return std::nullopt;
  }
  return std::string(folder) + "/" + name;
}

Trace read(const std::string& path) {
  Diagnostics diagnostics;
  auto trace = read_trace(path, {}, diagnostics);
  diagnostics.throw_if_any();
  return trace;
}

/// By job: start [s] and the machines that it got.
std::map<std::string, std::pair<double, std::string>> published_starts(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  std::map<std::string, std::pair<double, std::string>> starts;
  while (std::getline(file, line)) {
    std::istringstream cells(line);
    std::string cell[15];
    for (auto& one : cell) std::getline(cells, one, ',');
    starts[cell[0]] = {std::stod(cell[7]), cell[14]};
  }
  return starts;
}

TEST_CASE("Batsim's EASY schedule of medium_late: all 801 starts, on the same machines") {
  const auto path = trace_path("batsim/medium_late.json");
  if (!path) return;
  const auto trace = read(*path);
  ClusterOptions options;
  options.keep_slots = true;
  ScheduleOf easy(trace, pool_of(32), policy_named("easy-machines"), options);
  easy.run();
  const auto published = published_starts(*trace_path("batsim/easy_out_jobs.csv"));
  REQUIRE(published.size() == 801);
  std::int64_t same_start = 0, same_machines = 0;
  for (std::size_t i = 0; i < trace.jobs.size(); ++i) {
    const auto& [start, machines] = published.at(trace.jobs[i].name);
    if (std::abs(easy.job(i).start.value() - start) < 1e-3) ++same_start;
    if (to_string(easy.job(i).slots) == machines) ++same_machines;
  }
  CHECK(same_start == 801);
  CHECK(same_machines == 801);
  const auto metrics = easy.metrics();
  CHECK(metrics.mean_wait.value() == doctest::Approx(9.516326).epsilon(1e-7));
  CHECK(metrics.max_wait.value() == doctest::Approx(316.742718).epsilon(1e-9));
  CHECK(metrics.makespan.value() == doctest::Approx(16088.510).epsilon(1e-9));
  CHECK(metrics.mean_turnaround.value() == doctest::Approx(160.927071).epsilon(1e-8));
  // 95 W a machine, busy or idle: 32 x 95 x 16,088.51.
  CHECK(32 * 95 * metrics.makespan.value() == doctest::Approx(48'909'070.4).epsilon(1e-9));

  ScheduleOf fifo(trace, pool_of(32), policy_named("fifo"));
  const auto in_order = fifo.run().metrics();
  CHECK(in_order.mean_wait.value() == doctest::Approx(19.736295).epsilon(1e-7));
  CHECK(in_order.max_wait.value() == doctest::Approx(305.466610).epsilon(1e-9));
}

TEST_CASE("NASA iPSC under EASY by counts and under FIFO: the sums of waits") {
  const auto path = trace_path("swf/NASA-iPSC-1993-3.1-cln.swf");
  if (!path) return;
  const auto trace = read(*path);
  ScheduleOf easy(trace, pool_of(128), policy_named("easy"));
  CHECK(easy.run().metrics().sum_wait.value() == 73'468);
  CHECK(easy.metrics().jobs_that_wait == 6);
  ScheduleOf fifo(trace, pool_of(128), policy_named("fifo"));
  CHECK(fifo.run().metrics().sum_wait.value() == 145'997);
  CHECK(fifo.metrics().jobs_that_wait == 11);
}

TEST_CASE("Philly on 400 GPUs: shorter jobs first wait less, with preemption least") {
  const auto path = trace_path("philly/philly_sia_82247jobs.csv");
  if (!path) return;
  const auto trace = read(*path);
  const auto mean_wait = [&](const char* policy) {
    ScheduleOf schedule(trace, pool_of(400), policy_named(policy));
    return schedule.run().metrics().mean_wait;
  };
  const auto srtf = mean_wait("srtf"), sjf = mean_wait("sjf"), fifo = mean_wait("fifo");
  MESSAGE("mean waits [s]: srtf ", srtf.value(), ", sjf ", sjf.value(), ", fifo ", fifo.value());
  CHECK(srtf < sjf);
  CHECK(sjf < fifo);
  // On 2,500 GPUs nobody waits.
  ScheduleOf large(trace, pool_of(2500), policy_named("fifo"));
  CHECK(large.run().metrics().jobs_that_wait == 0);
}

}  // namespace
}  // namespace longhaul::scheduling
