#include "training/model_shape.hpp"

#include <doctest/doctest.h>

#include "shapes.hpp"

using namespace longhaul;
using namespace longhaul::training;

TEST_CASE("Llama 3 405B has 405.9e9 parameters") {
  const ModelShape model = tests::llama3_405b();
  // Head width 16384/128 = 128, keys and values 8 x 128 = 1024 wide each. A layer:
  //   q 16384^2 + kv 2 x 16384 x 1024 + out 16384^2 + 3 x 16384 x 53248 = 3.187672e9
  CHECK(layer_parameters(model, LayerKind::Dense) == doctest::Approx(3'187'671'040.0));
  // 126 layers 4.016466e11 + 2 x 128256 x 16384 = 4.2027e9 + norms 253 x 16384 = 4.1e6
  CHECK(parameters(model) == doctest::Approx(405.853e9).epsilon(1e-5));
}

TEST_CASE("GPT-3 175B has 175e9 parameters with tied embeddings") {
  // 12 x 96 x 12288^2 + 51200 x 12288 = 1.7395e11 + 6.3e8
  CHECK(parameters(tests::gpt3_175b()) == doctest::Approx(174.6e9).epsilon(1e-3));
}

TEST_CASE("a plain GPT's model FLOP is 72 l h^2 (1 + s/(6h) + V/(12 l h)) a token") {
  const ModelShape model = tests::gpt3_175b();
  const double h = 12288.0;
  const double expected =
      72.0 * 96.0 * h * h * (1.0 + 2048.0 / (6.0 * h) + 51200.0 / (12.0 * 96.0 * h));
  CHECK(model_flop_per_token(model, 2048).value() == doctest::Approx(expected).epsilon(1e-12));
}

TEST_CASE("the causal mask leaves half of the attention FLOP") {
  const ModelShape model = tests::llama3_405b();
  CHECK(layer_attention_flop(model, 8192, false).value() == 4.0 * 8192 * 16384);
  CHECK(layer_attention_flop(model, 8192, true).value() == 2.0 * 8192 * 16384);
}
