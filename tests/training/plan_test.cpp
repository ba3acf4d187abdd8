#include "training/plan.hpp"

#include <doctest/doctest.h>

#include "shapes.hpp"

using namespace longhaul;
using namespace longhaul::training;

namespace {

const Plan llama_plan{.tensor = 8, .pipeline = 16, .data = 128};
const Batch llama_batch{8192, 2048};

std::string only_field(const std::vector<PlanProblem>& found) {
  REQUIRE(found.size() == 1);
  return found.front().field;
}

}  // namespace

TEST_CASE("Llama 3 405B's plan on 16,384 GPUs has no problems") {
  CHECK(problems(llama_plan, tests::llama3_405b(), llama_batch, 16384).empty());
}

TEST_CASE("126 layers on 16 stages leave one layer less on the first and on the last stage") {
  const StageLayers layers = stage_layers(126, 16);  // 126 + 2 = 16 x 8
  CHECK(layers.first == 7);
  CHECK(layers.middle == 8);
  CHECK(layers.last == 7);
}

TEST_CASE("96 layers on 12 stages are 8 each") {
  const StageLayers layers = stage_layers(96, 12);
  CHECK(layers.first == 8);
  CHECK(layers.middle == 8);
  CHECK(layers.last == 8);
}

TEST_CASE("a replica of 16 sequences in microbatches of 1 runs 16 microbatches") {
  CHECK(microbatches(llama_plan, llama_batch) == 16);  // 2048 / (128 x 1)
}

TEST_CASE("degrees that do not multiply to the GPUs are told what would be right") {
  const auto found = problems(llama_plan, tests::llama3_405b(), llama_batch, 16000);
  CHECK(only_field(found) == "gpus");
  CHECK(found[0].what == "gpus = 16000, but tensor 8 x pipeline 16 x data 128 needs 16384");
  CHECK(found[0].fix == "set gpus = 16384 or data = 125");
}

TEST_CASE("tensor parallelism wider than the heads is a problem") {
  Plan plan{.tensor = 256, .pipeline = 1, .data = 1};
  const auto found = problems(plan, tests::llama3_405b(), {8192, 256}, 256);
  CHECK(only_field(found) == "tensor");
  CHECK(found[0].what == "tensor = 256 is wider than the 128 heads");
}

TEST_CASE("layers that do not divide over the stages are a problem") {
  Plan plan{.tensor = 8, .pipeline = 10, .data = 1};
  const auto found = problems(plan, tests::llama3_405b(), {8192, 160}, 80);
  CHECK(only_field(found) == "layers");
  CHECK(found[0].fix ==
        "use 130 layers, or 128 with the embedding and the output projection counted as a layer "
        "each, or set uneven_layers = true");
}

TEST_CASE("uneven stages hold the number rounded up, and the last what is left") {
  const StageLayers layers = stage_layers(61, 16);
  CHECK(layers.first == 4);
  CHECK(layers.middle == 4);
  CHECK(layers.last == 1);  // 61 - 15 x 4
  Plan plan{.tensor = 8, .pipeline = 10, .data = 1, .uneven_layers = true};
  CHECK(problems(plan, tests::llama3_405b(), {8192, 160}, 80).empty());  // 13 a stage, 9 at the end
  plan.virtual_stages = 2;  // 13 layers are no two chunks
  CHECK(only_field(problems(plan, tests::llama3_405b(), {8192, 160}, 80)) == "layers");
}

TEST_CASE("virtual stages divide a stage's layers") {
  Plan plan{.pipeline = 2, .data = 1, .virtual_stages = 9};
  ModelShape model = tests::gpt3_175b();
  model.layers = 16;  // 8 a stage; 16 + 2 would divide by 18, but not stage by stage
  CHECK(only_field(problems(plan, model, {2048, 64}, 2)) == "layers");
  plan.virtual_stages = 8;
  CHECK(problems(plan, model, {2048, 64}, 2).empty());
}

TEST_CASE("a microbatch larger than a replica's batch is a problem") {
  Plan plan = llama_plan;
  plan.microbatch = 32;
  const auto found = problems(plan, tests::llama3_405b(), llama_batch, 16384);
  CHECK(only_field(found) == "microbatch");
  CHECK(found[0].what == "microbatch 32 x data 128 = 4096 exceeds the batch of 2048 sequences");
}

TEST_CASE("a batch that does not divide is a problem") {
  CHECK(only_field(problems(llama_plan, tests::llama3_405b(), {8192, 2000}, 16384)) ==
        "global_batch");
}

TEST_CASE("interleaving wants microbatches in multiples of the stages") {
  Plan plan = llama_plan;
  plan.virtual_stages = 4;
  CHECK(problems(plan, tests::llama3_405b(), llama_batch, 16384).empty());  // 16 % 16 = 0
  CHECK(only_field(problems(plan, tests::llama3_405b(), {8192, 128 * 20}, 16384)) ==
        "virtual_stages");
}

TEST_CASE("counts below one are problems and end the check") {
  Plan plan = llama_plan;
  plan.data = 0;
  CHECK(only_field(problems(plan, tests::llama3_405b(), llama_batch, 16384)) == "data");
}
