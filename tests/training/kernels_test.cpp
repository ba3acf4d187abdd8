#include "training/kernels.hpp"

#include <doctest/doctest.h>

#include "shapes.hpp"

using namespace longhaul;
using namespace longhaul::training;

namespace {
const hardware::Chip chip = tests::round_chip();
const Efficiency ideal;
}  // namespace

TEST_CASE("100 full tiles on 100 multiprocessors waste nothing, 101 waste almost half") {
  CHECK(wave_quantisation(1280, 2560, 100) == doctest::Approx(1.0));
  // 101 tiles of 128 x 256 take two waves of 100 slots. Square tiles: 202 need three waves of
  // half the size at 0.9 of the speed, 0.9 x 202/300 = 0.606, which is better than 101/200.
  CHECK(wave_quantisation(128, 101 * 256, 100) == doctest::Approx(0.606));
}

TEST_CASE("a partly filled tile costs as much as a full one") {
  // 100 rows of 128: 100/128 of one wave that 10 x 10 tiles fill.
  CHECK(wave_quantisation(1280, 2560 - 100, 100) == doctest::Approx(2460.0 / 2560.0));
}

TEST_CASE("a large product runs at eta of peak, a thin one at memory speed") {
  Efficiency efficiency;
  efficiency.gemm = 0.8;
  efficiency.memory = 0.5;
  efficiency.launch = seconds(1e-6);
  // 2 x 1280 x 2560 x 10000 / (100e12 x 0.8) = 819.2 us, and 1 us of launch
  const Gemm large{1280, 2560, 10000};
  CHECK(gemm_time(large, chip.peak.bf16, chip, efficiency).value() == doctest::Approx(820.2e-6));
  // 2 bytes x (1280 x 8 + 8 x 2560 + 1280 x 2560) / (1e12 x 0.5) = 13.230 us
  const Gemm thin{1280, 2560, 8};
  CHECK(gemm_time(thin, chip.peak.bf16, chip, efficiency).value() ==
        doctest::Approx(14.230e-6).epsilon(1e-4));
}

TEST_CASE("streaming kernels cost their bytes and their launches") {
  Efficiency efficiency;
  efficiency.memory = 0.5;
  efficiency.launch = seconds(2e-6);
  CHECK(streaming_time(bytes(1e9), 3, chip, efficiency).value() == doctest::Approx(2.006e-3));
}

TEST_CASE("a layer's products forward cost two FLOP a parameter and token at full waves") {
  // h = 2560, MLP 10240, 40 heads, 1280 tokens: every product is a whole number of waves.
  const ModelShape model{
      .layers = 1, .hidden = 2560, .ffn_hidden = 10240, .heads = 40, .kv_heads = 40, .vocab = 2560};
  const Plan plan;
  const PassTimes times = layer_times(model, LayerKind::Dense, plan, {1280, 1}, chip, ideal);
  const double flop = 2.0 * 1280.0 * layer_parameters(model, LayerKind::Dense);
  CHECK(times.forward.gemm.value() == doctest::Approx(flop / 100e12));
  CHECK(times.backward.gemm.value() > 2.0 * flop / 100e12 * 0.999);
}

TEST_CASE("flash attention costs half of 4 b s^2 h forward and 2.5 times that backward") {
  const ModelShape model = tests::gpt3_175b();
  const Plan plan{.tensor = 8};
  const PassTimes times = layer_times(model, LayerKind::Dense, plan, {2048, 64}, chip, ideal);
  // Heads of 128 need no padding: 0.5 x 4 x 2048^2 x 12288/8 / 100e12 = 128.85 us
  const double forward = 0.5 * 4.0 * 2048.0 * 2048.0 * 1536.0 / 100e12;
  CHECK(times.forward.attention.value() == doctest::Approx(forward));
  CHECK(times.backward.attention.value() == doctest::Approx(2.5 * forward));
}

TEST_CASE("fused softmax pays for every score, so more heads cost more at the same width") {
  ModelShape model = tests::gpt3_175b();
  const Plan plan{.tensor = 8, .attention = AttentionKernel::FusedSoftmax};
  const auto attention = [&](std::int64_t heads) {
    model.heads = model.kv_heads = heads;
    return layer_times(model, LayerKind::Dense, plan, {2048, 64}, chip, ideal).forward.attention;
  };
  CHECK(attention(48) < attention(96));
  CHECK(attention(96) < attention(192));
}

TEST_CASE("heads whose width is no multiple of 8 are penalised") {
  ModelShape model = tests::gpt3_175b();
  const Plan plan{.tensor = 8};
  model.head_dim = 124;
  const Seconds odd =
      layer_times(model, LayerKind::Dense, plan, {2048, 64}, chip, ideal).forward.attention;
  model.head_dim = 128;
  const Seconds even =
      layer_times(model, LayerKind::Dense, plan, {2048, 64}, chip, ideal).forward.attention;
  CHECK(odd > 1.5 * even);
}

TEST_CASE("a chip without a format has no peak in it") {
  hardware::Chip old = chip;
  old.peak.fp4 = FlopPerSecond{};
  CHECK(matrix_peak(old, Precision::Nvfp4).value() == 0.0);
  CHECK(matrix_peak(old, Precision::Mxfp8).value() == 200e12);
  CHECK(matrix_peak(old, Precision::Fp16).value() == 100e12);
}
