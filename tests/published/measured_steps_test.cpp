// Measured steps of published runs against the model, with the constants that are shipped.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>

#include "scenario/scenario_file.hpp"
#include "training/validate.hpp"

using namespace longhaul;
using namespace longhaul::training;

namespace {

const std::string source_dir = LONGHAUL_SOURCE_ROOT;

std::vector<ModelShape> known_shapes() {
  std::vector<ModelShape> shapes;
  for (const auto& model : scenario::read_models(source_dir + "/scenarios/models"))
    shapes.push_back(model.shape);
  return shapes;
}

Validation validate_file(const std::string& path) {
  return validate(read_measured_rows(path, known_shapes()),
                  scenario::read_chips(source_dir + "/platforms/chips"),
                  scenario::read_calibration(source_dir + "/platforms/calibration.toml"));
}

const Validation& shipped() {
  static const Validation validation =
      validate_file(source_dir + "/tests/published/measured_steps.csv");
  return validation;
}

void print_rows(const Validation& validation) {
  for (const ScoredStep& step : validation.steps) {
    const Plan& plan = step.modelled.plan;
    fmt::print(
        "{:32.32} {:14.14} {:14} {:5} GPUs tp{} pp{} dp{} v{} mb{} {:9.3f} s {:9.3f} s {:+6.1f} "
        "%\n",
        step.row.source, step.row.model_name, step.row.chip, gpus(plan), plan.tensor, plan.pipeline,
        plan.data, plan.virtual_stages, plan.microbatch, step.row.measured.value(),
        step.modelled.step.total.value(), 100.0 * step.error);
  }
  fmt::print("{} rows scored, {} skipped\n", validation.steps.size(), validation.skipped.size());
}

Score printed_score(const Validation& validation, const char* prefix) {
  const Score result = score(validation.steps, prefix);
  fmt::print(
      "{:40} {:3} rows: mean {:5.2f} %, median {:5.2f} %, p90 {:5.2f} %, bias {:+5.2f} %, {:+5.2f} "
      "% a doubling\n",
      prefix, result.rows, 100.0 * result.mape, 100.0 * result.median_ape, 100.0 * result.p90_ape,
      100.0 * result.bias, 100.0 * result.slope_per_doubling);
  return result;
}

double seconds_of_bloom(std::int64_t tensor, std::int64_t pipeline, std::int64_t microbatch,
                        std::int64_t heads) {
  for (const ScoredStep& step : shipped().steps) {
    const Plan& plan = step.modelled.plan;
    if (step.row.source.find("BLOOM") == 0 && step.row.batch.sequences >= 2016 &&
        plan.tensor == tensor && plan.pipeline == pipeline && plan.microbatch == microbatch &&
        step.row.model.heads == heads) {
      return step.modelled.step.total.value() / static_cast<double>(step.row.batch.sequences);
    }
  }
  FAIL("no such row");
  return 0.0;
}

}  // namespace

TEST_CASE("every shipped row is scored or skipped with a reason") {
  print_rows(shipped());
  CHECK(shipped().steps.size() == 81);
  CHECK(shipped().skipped.size() == 5);  // without seconds
}

TEST_CASE("Megatron-LM SC21 Table 1 and Megatron-Core r0.8: at most 7 % mean error together") {
  const Score megatron = printed_score(shipped(), "Megatron SC21 arXiv:2104.04473 Table 1");
  const Score core = printed_score(shipped(), "Megatron-Core r0.8");
  CHECK(megatron.rows == 10);
  CHECK(core.rows == 5);
  const double together = (10.0 * megatron.mape + 5.0 * core.mape) / 15.0;
  CHECK(together <= 0.05);  // the bound asked for is 0.07; this one holds what is reached
}

TEST_CASE("the other groups of shipped rows stay inside their bands") {
  CHECK(printed_score(shipped(), "Megatron SC21 arXiv:2104.04473 Table 2").mape <= 0.05);
  CHECK(printed_score(shipped(), "NVIDIA NeMo").mape <= 0.10);
  CHECK(printed_score(shipped(), "NVIDIA Megatron-Bridge").mape <= 0.10);
  CHECK(printed_score(shipped(), "BLOOM").mape <= 0.08);
  const Score all = printed_score(shipped(), "");
  CHECK(all.median_ape <= 0.05);
  CHECK(std::abs(all.slope_per_doubling) <= 0.01);
}

TEST_CASE(
    "Qwen3 30B-A3B, whose experts lie on 8 to 16 GPUs of five chips: at most 10 % mean error") {
  double sum = 0.0;
  int n = 0;
  for (const ScoredStep& step : shipped().steps) {
    if (step.row.model.experts.routed == 0) continue;
    CHECK(step.row.model.head_dim == 128);  // from the card; hidden / heads would be 64
    sum += std::abs(step.error);
    ++n;
  }
  CHECK(n == 5);
  CHECK(sum / n <= 0.10);
}

TEST_CASE("published runs that no constant was tuned on: at most 12 % mean error") {
  const Validation untuned = validate_file(source_dir + "/tests/published/untuned_steps.csv");
  print_rows(untuned);
  CHECK(untuned.skipped.empty());
  CHECK(printed_score(untuned, "Llama 3").rows == 3);
  CHECK(printed_score(untuned, "DeepSeek-V3").rows == 1);
  CHECK(printed_score(untuned, "").mape <= 0.12);
}

TEST_CASE("BLOOM's order of head counts and microbatches comes out") {
  // Measured, TP 8 PP 6, microbatch 4: 64 heads 120.2 s, 128 heads 124.9 s, 256 heads 132.9 s.
  CHECK(seconds_of_bloom(8, 6, 4, 64) < seconds_of_bloom(8, 6, 4, 128));
  CHECK(seconds_of_bloom(8, 6, 4, 128) < seconds_of_bloom(8, 6, 4, 256));
  // TP 4 PP 12: microbatch 2 110.5 s, 4 111.9 s. PP 6: 111.7 s and 117.1 s.
  CHECK(seconds_of_bloom(4, 12, 2, 64) < seconds_of_bloom(4, 12, 4, 64));
  CHECK(seconds_of_bloom(4, 6, 2, 64) < seconds_of_bloom(4, 6, 4, 64));
  // TP 8 PP 4: microbatch 4 114.8 s, 2 125.5 s. PP 2: 2 136.1 s, 1 145.5 s.
  CHECK(seconds_of_bloom(8, 4, 4, 64) < seconds_of_bloom(8, 4, 2, 64));
  CHECK(seconds_of_bloom(8, 2, 2, 64) < seconds_of_bloom(8, 2, 1, 64));
}

TEST_CASE("rows that may not be shipped stay inside their band where a file is given") {
  const char* path = std::getenv("LONGHAUL_MEASURED_STEPS");
  if (path == nullptr) {
    MESSAGE("LONGHAUL_MEASURED_STEPS is not set; nothing to check");
    return;
  }
  const Validation validation = validate_file(path);
  const Score vtrain = printed_score(validation, "vTrain");
  if (vtrain.rows == 0) return;
  CHECK(vtrain.mape <= 0.12);
  CHECK(vtrain.p90_ape <= 0.20);
  CHECK(printed_score(validation, "").median_ape <= 0.05);
}
