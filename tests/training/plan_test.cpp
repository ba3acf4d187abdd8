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

TEST_CASE("uneven stages hold all layers, the first ones one more than the others") {
  const StageLayers layers = stage_layers(61, 16);  // 13 x 4 + 3 x 3
  CHECK(layers.first == 4);
  CHECK(layers.middle == 4);
  CHECK(layers.short_from == 13);
  CHECK(layers.last == 3);
  for (const std::int64_t n : {9, 10, 12, 48, 61, 62, 64, 126})
    for (const std::int64_t pipeline : {1, 2, 3, 8, 9}) {
      ModelShape model = tests::gpt3_175b();
      model.layers = n;
      std::int64_t sum = 0;
      for (std::int64_t stage = 0; stage < pipeline; ++stage)
        sum += stage_mix(model, stage_layers(n, pipeline), pipeline, stage).dense;
      CHECK(sum == n);
    }
  CHECK(fullest_stage(stage_layers(9, 2), 2) == 0);  // 5 and 4
  CHECK(fullest_stage(stage_layers(61, 16), 16) == 12);
  CHECK(fullest_stage(stage_layers(126, 16), 16) == 14);  // 7, 8, .., 8, 7
  Plan plan{.tensor = 8, .pipeline = 10, .data = 1, .uneven_layers = true};
  CHECK(problems(plan, tests::llama3_405b(), {8192, 160}, 80).empty());  // 13 and 12 a stage
  plan.virtual_stages = 2;  // 13 layers are no two chunks
  const auto odd = problems(plan, tests::llama3_405b(), {8192, 160}, 80);
  CHECK(only_field(odd) == "virtual_stages");
  CHECK(odd[0].fix == "set virtual_stages to a divisor of 13");
  plan = {.pipeline = 200, .uneven_layers = true};
  const auto empty = problems(plan, tests::llama3_405b(), {8192, 200}, 200);
  CHECK(only_field(empty) == "pipeline");
  CHECK(empty[0].fix == "set pipeline to at most 126");
}

TEST_CASE("virtual stages divide a stage's layers") {
  Plan plan{.pipeline = 2, .data = 1, .virtual_stages = 9};
  ModelShape model = tests::gpt3_175b();
  model.layers = 16;  // 8 a stage; 16 + 2 would divide by 18, but not stage by stage
  const auto found = problems(plan, model, {2048, 64}, 2);
  CHECK(only_field(found) == "virtual_stages");
  CHECK(found[0].fix == "set virtual_stages to a divisor of 8");
  plan.virtual_stages = 8;
  CHECK(problems(plan, model, {2048, 64}, 2).empty());
}

TEST_CASE("key and value heads nest with tensor groups") {
  ModelShape model = tests::llama3_405b();
  model.heads = 36;
  model.head_dim = 128;
  model.kv_heads = 6;
  CHECK(only_field(problems({.tensor = 4}, model, {8192, 1}, 4)) == "tensor");
  CHECK(problems({.tensor = 2}, model, {8192, 1}, 2).empty());
  CHECK(problems({.tensor = 12}, model, {8192, 1}, 12).front().what ==
        "ffn_hidden 53248 does not divide over tensor = 12");
  model = tests::llama3_405b();
  CHECK(kv_heads_per_rank(model, {.tensor = 16}) == 1);  // 8 heads, each on two ranks
}

TEST_CASE("a latent field without the width of keys and values is a problem") {
  ModelShape model = tests::gpt3_175b();
  model.latent.rope_dim = 64;
  CHECK(only_field(problems({}, model, {2048, 1}, 1)) == "latent.kv_rank");
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
