// Elastic and moldable jobs that train a model: how fast each size is follows from its step.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "../scenario/files.hpp"
#include "../scenario/small_run.hpp"
#include "diagnostics/diagnostic.hpp"
#include "engine/forked.hpp"
#include "experiment/placed_jobs.hpp"
#include "experiment/schedule.hpp"
#include "experiment/simulation.hpp"
#include "scenario/scenario_file.hpp"

namespace {

using namespace longhaul;

const std::string columns = "job,submit_s,run_time_s,slots,flexibility,choices\n";

/// Jobs on 8 nodes of 8 GPUs that train the small model: a replica is 4 GPUs and takes 8 sequences.
class QueueOf {
 public:
  explicit QueueOf(const std::string& rows, std::vector<std::string> settings = {})
      : settings_(std::move(settings)) {
    scenario::write_small_run(files_);
    files_.write("jobs.csv", columns + rows);
    path_ = files_.write("queue.toml",
                         "title = \"a queue\"\n"
                         "[cluster]\nplatform = \"cards/cluster.toml\"\n"
                         "[run]\nmodel = \"cards/model.toml\"\ngpus = 16\nsequence = 1024\n"
                         "global_batch = 32\nstack = \"meta-2024\"\n"
                         "[run.plan]\ntensor = 2\npipeline = 2\ndata = 4\n"
                         "[schedule]\ntrace = \"jobs.csv\"\npolicy = \"goodput\"\n"
                         "round = \"100 s\"\n");
  }
  scenario::Scenario read() const { return scenario::read_scenario(path_, settings_).scenario; }
  /// The message where it is refused.
  std::string complaint() const {
    try {
      read();
    } catch (const InputError& error) {
      return error.what();
    }
    return "accepted";
  }
  /// Seconds of a step of a run of its own on so many GPUs, with so many sequences.
  double step(int gpus, int sequences) const {
    const auto run = scenario::read_scenario(
        files_.path("scenario.toml"),
        {fmt::format("run.gpus={}", gpus), fmt::format("run.plan.data={}", gpus / 4),
         fmt::format("run.global_batch={}", sequences)});
    return engine::run_forked_values<double>([&] {
      return std::vector<double>{experiment::Simulation(run.scenario).setup().step_time.value()};
    })[0];
  }
  /// Run times of the choices of the first job.
  std::vector<double> run_times() const {
    const auto s = read();
    return engine::run_forked_values<double>([&] {
      std::vector<double> times;
      const auto timed = experiment::PlacedJobs(s).with_run_times(s.jobs);
      for (const auto& choice : (timed ? *timed : s.jobs).jobs[0].choices)
        times.push_back(choice.run_time.value());
      return times;
    });
  }
  /// When its jobs end.
  std::vector<double> ends() const {
    const auto s = read();
    return engine::run_forked_values<double>([&] {
      experiment::Schedule schedule(s, s.schedule->policy);
      schedule.run();
      std::vector<double> times;
      for (std::size_t i = 0; i < s.jobs.jobs.size(); ++i)
        times.push_back(schedule.cluster().state(static_cast<scheduling::JobId>(i)).end.value());
      return times;
    });
  }

 private:
  scenario::Files files_;
  std::vector<std::string> settings_;
  std::string path_;
};

TEST_CASE("a job's speed on another size is that of the plan there, with the job's batch") {
  // 32 GPUs are 8 replicas: 64 sequences a step. Tokens a second are sequences over the step.
  const QueueOf queue("a,0,1000,32,elastic,64;16;8\n");
  const auto times = queue.run_times();
  REQUIRE(times.size() == 3);
  const double own = queue.step(32, 64);
  const double twice = queue.step(64, 64);
  CHECK(1000 / times[0] == doctest::Approx((64 / twice) / (64 / own)).epsilon(1e-9));
  CHECK(times[1] == doctest::Approx(1000 * queue.step(16, 64) / own).epsilon(1e-9));
  CHECK(times[2] == doctest::Approx(1000 * queue.step(8, 64) / own).epsilon(1e-9));
  // Twice the GPUs are faster, but not twice as fast: fewer microbatches, the same bubble.
  CHECK(times[0] < 800);
  CHECK(times[0] > 500);
}

TEST_CASE("where replicas do not divide a job's batch, all go at the pace of the fullest") {
  // 16 GPUs take 32 sequences; on 24, 6 replicas take 6 each, as 36 would be for all.
  const QueueOf queue("a,0,1000,16,moldable,24\n");
  CHECK(queue.run_times()[0] ==
        doctest::Approx(1000 * queue.step(24, 36) / queue.step(16, 32)).epsilon(1e-9));
}

TEST_CASE("seconds that a trace says stay as they are") {
  CHECK(QueueOf("a,0,1000,32,elastic,64:700;16:1900\n").run_times() ==
        std::vector<double>{700, 1900});
}

TEST_CASE("two elastic training jobs under goodput, by hand") {
  // Alone, a is on all 64 GPUs at r times the speed of 32. At 100 s b comes, and a round begins:
  // a has done 100 r of its 1000 s and shrinks to 32, as b starts on the other 32.
  const QueueOf queue("a,0,1000,32,elastic,64\nb,100,2000,32,elastic,64\n");
  const double r = queue.step(32, 64) / queue.step(64, 64);
  const auto ends = queue.ends();
  const double a_end = 100 + 1000 - 100 * r;
  CHECK(ends[0] == doctest::Approx(a_end).epsilon(1e-9));
  // b goes at its own speed until the first round after that, then at r.
  const double round = std::ceil(a_end / 100) * 100;
  CHECK(ends[1] == doctest::Approx(round + (2000 - (round - 100)) / r).epsilon(1e-9));
}

TEST_CASE("a moldable training job starts on the fastest size that is free") {
  // 32 of 64 GPUs go to the other job: 32 are left for it, neither 64 nor 48.
  const QueueOf queue("a,0,1000,16,moldable,64;48;32\nb,0,5000,32,rigid,\n");
  CHECK(queue.ends()[0] ==
        doctest::Approx(1000 * queue.step(32, 32) / queue.step(16, 32)).epsilon(1e-9));
}

TEST_CASE("sizes that the plan does not fit are bad lines that say why") {
  const auto refused = [](const std::string& row) { return QueueOf(row).complaint(); };
  struct Row {
    const char* row;
    const char* part;
  };
  for (const Row& one :
       {Row{"a,0,1000,32,elastic,30\n",
            "30 GPUs are no whole replicas; take a multiple of tensor "
            "x pipeline x context = 4"},
        Row{"a,0,1000,32,elastic,20\n", "20 GPUs are no whole nodes; take a multiple of 8"},
        Row{"a,0,1000,30,elastic,32\n", "30 GPUs are no whole replicas"},
        Row{"a,0,1000,32,elastic,128\n", "the platform has 64 GPUs; take at most that many"},
        Row{"a,0,1000,32,elastic,x\n", "slots of a choice = 'x', but a whole number is wanted"}}) {
    const auto said = refused(one.row);
    CHECK_MESSAGE(said.find("jobs.csv:2") != std::string::npos, said);
    CHECK_MESSAGE(said.find(one.part) != std::string::npos, said);
  }
}

TEST_CASE("a size whose ranks the experts do not divide over is a bad line") {
  // 8 ranks share the experts: 4 replicas on 16 GPUs have 8 in a stage, 2 on 8 GPUs have 4.
  const std::vector<std::string> with_experts{
      "run.plan.expert=8", "run.model.experts={routed=8,per_token=2,ffn_hidden=1024}"};
  CHECK(QueueOf("a,0,1000,16,elastic,32\n", with_experts).complaint() == "accepted");
  const auto complaint = QueueOf("a,0,1000,16,elastic,8\n", with_experts).complaint();
  CHECK_MESSAGE(complaint.find("jobs.csv:2") != std::string::npos, complaint);
  CHECK_MESSAGE(complaint.find("on 8 GPUs, of data = 2 replicas, ") != std::string::npos,
                complaint);
  CHECK_MESSAGE(complaint.find("expert") != std::string::npos, complaint);
  // What the job itself asks for is looked at too.
  CHECK(QueueOf("a,0,1000,8,elastic,16\n", with_experts).complaint().find("on 8 GPUs") !=
        std::string::npos);
}

TEST_CASE("without a model that jobs train a choice says its seconds") {
  const scenario::Files files;
  files.write("jobs.csv", columns + "a,0,1000,32,elastic,64\n");
  const auto path = files.write(
      "queue.toml", "title = \"q\"\n[schedule]\ntrace = \"jobs.csv\"\nhosts = \"64\"\n");
  CHECK_THROWS_WITH_AS(
      scenario::read_scenario(path, {}),
      doctest::Contains("choices: '64', but slots:seconds is wanted, with ; between them; seconds "
                        "may be left out where [run] has a model that jobs train"),
      InputError);
}

}  // namespace
