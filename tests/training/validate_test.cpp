#include "training/validate.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <stdexcept>

#include "shapes.hpp"

using namespace longhaul;
using namespace longhaul::training;

namespace {

ScoredStep scored(const char* source, std::int64_t n_gpus, double error) {
  ScoredStep step;
  step.row.source = source;
  step.row.plan.data = n_gpus;
  step.error = error;
  return step;
}

constexpr const char* header =
    "source,model,params_b,layers,hidden,ffn_hidden,heads,kv_heads,seq,vocab,gpu,gpus,tp,pp,dp,cp,"
    "ep,virtual_stages,microbatch,global_batch,recompute,precision,stack,gated_mlp,attention,"
    "seq_parallel,zero_stage,moe_experts,moe_top_k,moe_ffn,moe_shared_experts,scaleup_domain,"
    "scaleup_gbytes_per_s,nic_gbit_per_s_per_gpu,iter_s,notes\n";

MeasuredRows rows_of(const std::string& lines) {
  const std::string path = "measured_rows_test.csv";
  std::ofstream(path) << header << lines;
  const MeasuredRows rows = read_measured_rows(path, {});
  std::remove(path.c_str());
  return rows;
}

const std::string usual =
    "\"a paper, table 1\",GPT,5,24,4096,16384,32,32,2048,51200,round,64,2,4,8,1,1,?,?,512,?,fp16,"
    "megatron-lm-2021,no,fused-softmax,no,0,,,,,8,100,80,2.5,\"a note, quoted\"\n";

}  // namespace

TEST_CASE("a row is read with its quotes, its unknowns and its platform") {
  const MeasuredRows rows = rows_of(usual);
  REQUIRE(rows.steps.size() == 1);
  const MeasuredStep& step = rows.steps.front();
  CHECK(step.source == "a paper, table 1");
  CHECK(step.plan.tensor == 2);
  CHECK(step.plan.data == 8);
  CHECK(step.open.microbatch);
  CHECK(step.open.virtual_stages);
  CHECK(step.open.recompute);
  CHECK(step.plan.precision == Precision::Fp16);
  CHECK(step.scale_out.value() == doctest::Approx(10e9));  // 80 Gbit/s
  CHECK(step.measured.value() == 2.5);
}

TEST_CASE("rows that cannot be scored are skipped with the reason") {
  std::string no_time = usual;
  no_time.replace(no_time.find(",2.5,"), 5, ",,");
  const MeasuredRows rows = rows_of(no_time);
  CHECK(rows.steps.empty());
  REQUIRE(rows.skipped.size() == 1);
  CHECK(rows.skipped[0].reason == "iter_s is not published");
}

TEST_CASE("rows that cannot have run are skipped, and say why, whatever stands in them") {
  const auto reason_with = [](const std::string& from, const std::string& to) {
    std::string row = usual;
    row.replace(row.find(from), from.size(), to);
    const MeasuredRows rows = rows_of(row);
    REQUIRE(rows.steps.empty());
    return rows.skipped.at(0).reason;
  };
  CHECK(reason_with(",64,2,4,8,1,1,", ",64,0,4,8,1,1,") == "tp is 0, not from 1 to 1000000000");
  CHECK(reason_with(",64,2,4,8,1,1,", ",32,2,4,8,1,1,") ==
        "gpus = 32, but tensor 2 x pipeline 4 x data 8 needs 64");
  CHECK(reason_with(",64,2,4,8,1,1,", ",64,2,4,8,1,3,") ==
        "expert = 3, but the model has no experts");
  CHECK(reason_with(",64,2,4,8,1,1,", ",64,64,1,1,1,1,") ==
        "tensor = 64 is wider than the 32 heads");
  CHECK(reason_with(",2.5,", ",-2.5,") == "iter_s is -2.5, not positive or too large");
  CHECK(reason_with(",2.5,", ",nan,") == "iter_s is nan, not positive or too large");
  CHECK(reason_with(",8,100,80,", ",8,0,80,") ==
        "scaleup_gbytes_per_s is 0, not positive or too large");
  CHECK(reason_with(",64,2,4,8,1,1,", ",64,1000000,1000000,1000000,1,1,") ==
        "its counts multiply to more than 1e12");
}

TEST_CASE("layers that do not divide over the stages are rounded up, not refused") {
  std::string row = usual;
  row.replace(row.find(",24,4096,"), 9, ",23,4096,");
  CHECK(rows_of(row).steps.size() == 1);
}

TEST_CASE("a file that is not there is an error") {
  CHECK_THROWS_AS(read_measured_rows("no/such/file.csv", {}), std::runtime_error);
}

TEST_CASE("open fields are filled by the fastest plan that fits memory") {
  const MeasuredRows rows = rows_of(usual);
  const MeasuredStep& row = rows.steps.front();
  const hardware::Chip chip = tests::round_chip();
  const Network network{row.domain, row.scale_up, row.scale_out};
  const PlannedStep best =
      fastest_step(row.model, row.plan, row.open, row.batch, chip, network, Efficiency{});
  CHECK(best.valid);
  CHECK(best.fits);
  Plan other = best.plan;
  for (const std::int64_t microbatch : {1, 2, 4}) {
    other.microbatch = microbatch;
    CHECK(step_time(row.model, other, row.batch, chip, network, Efficiency{}).total >=
          best.step.total);
  }
}

TEST_CASE("scores: mean, median, 90th percentile, bias and slope per doubling") {
  const std::vector<ScoredStep> steps{scored("A", 8, 0.00), scored("A", 16, 0.02),
                                      scored("A", 32, 0.04), scored("B", 64, -0.10)};
  const Score a = score(steps, "A");
  CHECK(a.rows == 3);
  CHECK(a.mape == doctest::Approx(0.02));
  CHECK(a.median_ape == doctest::Approx(0.02));
  CHECK(a.p90_ape == doctest::Approx(0.04));
  CHECK(a.bias == doctest::Approx(0.02));
  CHECK(a.slope_per_doubling == doctest::Approx(0.02));
  const Score all = score(steps);
  CHECK(all.rows == 4);
  CHECK(all.mape == doctest::Approx(0.04));
  CHECK(all.median_ape == doctest::Approx(0.03));
}

TEST_CASE("a stack that was never calibrated uses its family's set") {
  CHECK(stack_family("megatron-lm-2023") == "megatron-lm");
  CHECK(stack_family("megatron-bridge-26.04.01") == "megatron-bridge");
  CalibrationSet core{.name = "core",
                      .chip = "H100-80GB-SXM",
                      .precisions = {Precision::Bf16},
                      .stack = "megatron-core-0.8",
                      .efficiency = {}};
  CalibrationSet lm = core;
  lm.name = "lm";
  lm.stack = "megatron-lm-2021";
  const std::vector<CalibrationSet> sets{core, lm};
  CHECK(find_set(sets, "H100-80GB-SXM", Precision::Bf16, "megatron-lm-2023")->name == "lm");
  CHECK(find_set(sets, "H100-80GB-SXM", Precision::Bf16, "meta-2024")->name == "core");
  CHECK(find_set(sets, "H200-SXM", Precision::Fp16, "nobody")->name == "core");
  CHECK(find_set(sets, "TPUv4", Precision::Bf16, "nobody") == nullptr);
  CHECK(find_set(sets, "H100-80GB-SXM", Precision::Fp8, "megatron-core-0.8") == nullptr);
}
