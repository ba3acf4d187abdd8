#include "training/kernels.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace longhaul::training {
namespace {

/// A tile of C that one multiprocessor computes, and its speed beside the best tile's. The square
/// one moves a third more operands for each FLOP; libraries take it where it saves a wave.
struct Tile {
  std::int64_t rows;
  std::int64_t columns;
  double speed;
};
constexpr std::array<Tile, 3> tiles{{{128, 256, 1.0}, {256, 128, 1.0}, {128, 128, 0.9}}};

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

std::int64_t waves(const Tile& tile, std::int64_t m, std::int64_t n, std::int64_t multiprocessors,
                   std::int64_t count) {
  return ceil_div(count * ceil_div(m, tile.rows) * ceil_div(n, tile.columns), multiprocessors);
}

/// Sizes of one GPU's share of a layer.
struct Shard {
  std::int64_t tokens;     ///< of a microbatch after context parallelism
  std::int64_t sequence;   ///< query tokens of a sequence after context parallelism
  std::int64_t heads;      ///< query heads
  std::int64_t query;      ///< width of the query heads
  std::int64_t key_value;  ///< width of key and value heads together
  std::int64_t attended;   ///< width of what attention puts out
};

Shard shard_of(const ModelShape& model, const Plan& plan, const Batch& batch) {
  const std::int64_t heads = std::max<std::int64_t>(1, model.heads / plan.tensor);
  const std::int64_t sequence = batch.sequence / plan.context;
  return {.tokens = plan.microbatch * sequence,
          .sequence = sequence,
          .heads = heads,
          .query = heads * score_width(model),
          .key_value = key_value_width_per_rank(model, plan),
          .attended = heads * value_width(model)};
}

/// Weight matrices [k x n] applied to m rows each, `count` of them in one kernel: the forward
/// product and the two of the backward pass.
class Linear {
 public:
  Linear(const Plan& plan, FlopPerSecond peak, const hardware::Chip& chip,
         const Efficiency& efficiency)
      : element_bytes_(eight_bit_or_less(plan.precision) ? 1.0 : 2.0),
        peak_(peak),
        chip_(chip),
        efficiency_(efficiency) {}

  void add(PassTimes& times, std::int64_t m, std::int64_t n, std::int64_t k, std::int64_t count = 1,
           bool grouped = false) const {
    times.forward.gemm += time({m, n, k, element_bytes_, 2.0, count, grouped});
    times.backward.gemm += time({m, k, n, element_bytes_, 2.0, count, grouped});
    const Seconds weight_gradient = time({k, n, m, element_bytes_, 4.0, count, grouped});
    times.backward.gemm += weight_gradient;
    times.weight_gradient += weight_gradient;
    if (efficiency_.accumulation_bytes > 0.0) {
      const double weights =
          static_cast<double>(count) * static_cast<double>(k) * static_cast<double>(n);
      times.backward.elementwise +=
          streaming_time(bytes(efficiency_.accumulation_bytes * weights), 1, chip_, efficiency_);
    }
  }

 private:
  Seconds time(const Gemm& gemm) const { return gemm_time(gemm, peak_, chip_, efficiency_); }

  double element_bytes_;
  FlopPerSecond peak_;
  const hardware::Chip& chip_;
  const Efficiency& efficiency_;
};

/// Width of a head as the tensor cores see it: inner dimensions come in steps of 32, and widths
/// that are no multiple of 8 lose the aligned loads (taken as twice the work).
double effective_head_width(std::int64_t width) {
  const double padded = static_cast<double>(ceil_div(width, 32) * 32);
  return width % 8 == 0 ? padded : 2.0 * padded;
}

// Bytes that the softmax and its dropout move for each score [2-byte values, 1-byte masks].
// Forward: softmax reads and writes (4), dropout reads, writes and keeps a mask (5).
// Backward: dropout reads gradient and mask and writes (5), softmax reads two and writes one (6).
constexpr double softmax_forward_bytes = 9.0;
constexpr double softmax_backward_bytes = 11.0;
// Flash attention backward has five products where forward has two, one of them recomputed
// [Dao, arXiv 2307.08691].
constexpr double flash_backward_ratio = 2.5;

void add_fused_softmax(PassTimes& times, const Shard& shard, const ModelShape& model,
                       const Plan& plan, const Batch& batch, const hardware::Chip& chip,
                       const Efficiency& efficiency) {
  const auto matrices = static_cast<double>(plan.microbatch * shard.heads);
  const double scores = static_cast<double>(shard.sequence) * static_cast<double>(batch.sequence);
  const double width = static_cast<double>(score_width(model));
  const double product_flop = 2.0 * scores * effective_head_width(score_width(model));
  const double product_bytes =
      2.0 * (scores + static_cast<double>(shard.sequence + batch.sequence) * width);
  const double flop_s = product_flop / (chip.peak.bf16.value() * efficiency.attention);
  const double memory_s = product_bytes / (chip.memory_bandwidth.value() * efficiency.memory);
  const Seconds product = seconds(matrices * std::max(flop_s, memory_s)) + efficiency.launch;
  times.forward.attention +=
      2.0 * product +
      streaming_time(bytes(softmax_forward_bytes * matrices * scores), 2, chip, efficiency);
  times.backward.attention +=
      4.0 * product +
      streaming_time(bytes(softmax_backward_bytes * matrices * scores), 2, chip, efficiency);
}

void add_flash(PassTimes& times, const Shard& shard, const ModelShape& model, const Plan& plan,
               const Batch& batch, const hardware::Chip& chip, const Efficiency& efficiency) {
  const double scores = 0.5 * static_cast<double>(shard.sequence) *
                        static_cast<double>(batch.sequence) *
                        static_cast<double>(plan.microbatch * shard.heads);
  const double flop =
      2.0 * scores *
      (effective_head_width(score_width(model)) + effective_head_width(value_width(model)));
  const Seconds core = seconds(flop / (chip.peak.bf16.value() * efficiency.attention));
  // Round a context ring each block of keys is a kernel of its own.
  const auto blocks = static_cast<double>(plan.context);
  times.forward.attention += core + blocks * efficiency.launch;
  times.backward.attention += flash_backward_ratio * core + 2.0 * blocks * efficiency.launch;
}

/// Bytes that streaming kernels move, and how many kernels they are.
struct Streams {
  double forward = 0.0;
  double backward = 0.0;
  int forward_kernels = 0;
  int backward_kernels = 0;

  void add_to(PassTimes& times, const hardware::Chip& chip, const Efficiency& efficiency) const {
    times.forward.elementwise += streaming_time(bytes(forward), forward_kernels, chip, efficiency);
    times.backward.elementwise +=
        streaming_time(bytes(backward), backward_kernels, chip, efficiency);
  }
};

/// Norms, residuals, layout changes and casts around attention and a dense MLP's products.
Streams layer_streams(const Shard& shard, const ModelShape& model, const Plan& plan) {
  const auto tokens = static_cast<double>(shard.tokens);
  // Forward: two norms (read, write), two residual additions (read two, write). Backward: norms
  // read two and write one, gradients are added. Plain GPTs have two dropouts as well (a mask
  // forward; gradient, mask and result backward); gated models of the Llama kind have none.
  double stream = static_cast<double>(model.hidden);
  if (plan.sequence_parallel) stream /= static_cast<double>(plan.tensor);
  const double qkv = static_cast<double>(shard.query + shard.key_value);
  const double layout = 4.0 * (qkv + static_cast<double>(shard.attended));
  Streams streams{(model.gated_mlp ? 20.0 : 22.0) * stream + layout,
                  (model.gated_mlp ? 24.0 : 34.0) * stream + layout, 8, 10};
  if (eight_bit_or_less(plan.precision)) {
    // Each product's input is read (2 bytes) and written twice, as it is and transposed.
    const auto hidden = static_cast<double>(model.hidden);
    streams.forward += 4.0 * (hidden + static_cast<double>(shard.attended));
    streams.backward += 4.0 * (hidden + qkv);
  }
  streams.forward *= tokens;
  streams.backward *= tokens;
  return streams;
}

/// Activation of an MLP of inner width `ffn` over `rows`, and the casts of its products' inputs.
void add_mlp_streams(Streams& streams, double rows, double ffn, const ModelShape& model,
                     const Plan& plan) {
  double forward = (model.gated_mlp ? 6.0 : 4.0) * ffn;
  double backward = (model.gated_mlp ? 10.0 : 6.0) * ffn;
  if (eight_bit_or_less(plan.precision)) {
    const auto hidden = static_cast<double>(model.hidden);
    forward += 4.0 * (hidden + ffn);
    backward += 4.0 * (hidden + static_cast<double>(mlp_inputs(model)) * ffn);
  }
  streams.forward += rows * forward;
  streams.backward += rows * backward;
}

void add_attention_products(PassTimes& times, const Linear& linear, const Shard& shard,
                            const ModelShape& model) {
  const LatentAttention& latent = model.latent;
  if (latent.kv_rank == 0) {
    linear.add(times, shard.tokens, shard.query + shard.key_value, model.hidden);
  } else {
    // The narrow side is done by every rank of a tensor group, the wide side divided.
    linear.add(times, shard.tokens, latent.query_rank + latent.kv_rank + latent.rope_dim,
               model.hidden);
    linear.add(times, shard.tokens, shard.query,
               latent.query_rank > 0 ? latent.query_rank : model.hidden);
    linear.add(times, shard.tokens, shard.heads * (head_width(model) + value_width(model)),
               latent.kv_rank);
  }
  linear.add(times, shard.tokens, model.hidden, shard.attended);
}

void add_mlp_products(PassTimes& times, const Linear& linear, std::int64_t rows, std::int64_t ffn,
                      const ModelShape& model, std::int64_t count = 1, bool grouped = false) {
  linear.add(times, rows, mlp_inputs(model) * ffn, model.hidden, count, grouped);
  linear.add(times, rows, model.hidden, ffn, count, grouped);
}

/// Router, copies of tokens in the order of their experts and back, the experts, shared ones.
void add_experts(PassTimes& times, Streams& streams, const Linear& linear, const Shard& shard,
                 const ModelShape& model, const Plan& plan, const Batch& batch) {
  const Experts& experts = model.experts;
  const double copies = expert_copies(model, plan, batch);
  const std::int64_t here = experts.routed / plan.expert;
  const std::int64_t ffn = experts.ffn_hidden / expert_tensor(plan);
  const auto rows = static_cast<std::int64_t>(std::ceil(copies / static_cast<double>(here)));
  add_mlp_products(times, linear, rows, ffn, model, here, true);
  add_mlp_streams(streams, copies, static_cast<double>(ffn), model, plan);

  // Router: scores in 32 bits, softmax, the best few, and their gradient: about 20 bytes a score.
  const double tokens = static_cast<double>(shard.tokens) / static_cast<double>(plan.tensor);
  const double routing = tokens * 20.0 * static_cast<double>(experts.routed);
  // Copies are gathered for sending, brought into the experts' order on arrival, and both undone;
  // each reads and writes 2 bytes an element. On one rank the first and the last are enough.
  const double moves = plan.expert > 1 ? 12.0 : 4.0;
  const double ordering = copies * moves * static_cast<double>(model.hidden);
  streams.forward += routing + ordering;
  streams.backward += routing + ordering;
  streams.forward_kernels += 10;
  streams.backward_kernels += 10;
  linear.add(times, ceil_div(shard.tokens, plan.tensor), experts.routed, model.hidden);

  if (experts.shared > 0) {
    const std::int64_t shared = experts.shared * experts.ffn_hidden / plan.tensor;
    add_mlp_products(times, linear, shard.tokens, shared, model);
    add_mlp_streams(streams, static_cast<double>(shard.tokens), static_cast<double>(shared), model,
                    plan);
  }
}

}  // namespace

FlopPerSecond matrix_peak(const hardware::Chip& chip, Precision precision) {
  switch (precision) {
    case Precision::Bf16:
    case Precision::Fp16:
      return chip.peak.bf16;
    case Precision::Fp8:
    case Precision::Fp8CurrentScaling:
    case Precision::Mxfp8:
      return chip.peak.fp8;
    case Precision::Nvfp4:
      return chip.peak.fp4;
  }
  return chip.peak.bf16;
}

double wave_quantisation(std::int64_t m, std::int64_t n, std::int64_t multiprocessors,
                         std::int64_t count) {
  const double wanted =
      static_cast<double>(count) * static_cast<double>(m) * static_cast<double>(n);
  double best = 0.0;
  for (const Tile& tile : tiles) {
    const double covered = static_cast<double>(waves(tile, m, n, multiprocessors, count) *
                                               multiprocessors * tile.rows * tile.columns);
    best = std::max(best, tile.speed * wanted / covered);
  }
  return best;
}

Seconds gemm_time(const Gemm& gemm, FlopPerSecond peak, const hardware::Chip& chip,
                  const Efficiency& efficiency) {
  const auto m = static_cast<double>(gemm.m);
  const auto n = static_cast<double>(gemm.n);
  const auto k = static_cast<double>(gemm.k);
  const auto count = static_cast<double>(gemm.count);
  const double quantisation = wave_quantisation(gemm.m, gemm.n, chip.multiprocessors, gemm.count);
  const double reached =
      gemm.grouped ? efficiency.gemm * k / (k + efficiency.grouped_half_depth) : efficiency.gemm;
  const double flop_s = count * 2.0 * m * n * k / (peak.value() * reached * quantisation);
  const double moved = count * (gemm.input_bytes * (m * k + k * n) + gemm.output_bytes * m * n);
  const double memory_s = moved / (chip.memory_bandwidth.value() * efficiency.memory);
  return seconds(std::max(flop_s, memory_s)) + efficiency.launch;
}

Seconds streaming_time(Bytes moved, int kernels, const hardware::Chip& chip,
                       const Efficiency& efficiency) {
  return moved / (chip.memory_bandwidth * efficiency.memory) +
         static_cast<double>(kernels) * efficiency.launch;
}

PassTimes layer_times(const ModelShape& model, LayerKind kind, const Plan& plan, const Batch& batch,
                      const hardware::Chip& chip, const Efficiency& efficiency) {
  const Shard shard = shard_of(model, plan, batch);
  PassTimes times;
  const Linear linear(plan, matrix_peak(chip, plan.precision), chip, efficiency);
  Streams streams = layer_streams(shard, model, plan);
  add_attention_products(times, linear, shard, model);
  if (kind == LayerKind::Dense) {
    const std::int64_t ffn = model.ffn_hidden / plan.tensor;
    add_mlp_products(times, linear, shard.tokens, ffn, model);
    add_mlp_streams(streams, static_cast<double>(shard.tokens), static_cast<double>(ffn), model,
                    plan);
  } else {
    add_experts(times, streams, linear, shard, model, plan, batch);
  }
  if (plan.attention == AttentionKernel::Flash) {
    add_flash(times, shard, model, plan, batch, chip, efficiency);
  } else {
    add_fused_softmax(times, shard, model, plan, batch, chip, efficiency);
  }
  streams.add_to(times, chip, efficiency);
  return times;
}

PassTimes logits_times(const ModelShape& model, const Plan& plan, const Batch& batch,
                       const hardware::Chip& chip, const Efficiency& efficiency) {
  const Shard shard = shard_of(model, plan, batch);
  const std::int64_t vocab = ceil_div(model.vocab, plan.tensor);
  Plan sixteen_bit = plan;
  sixteen_bit.precision = Precision::Bf16;
  PassTimes times;
  Linear(sixteen_bit, chip.peak.bf16, chip, efficiency)
      .add(times, shard.tokens, vocab, model.hidden);
  // Loss in 32 bits: cast, maximum, exponential and sum forward; gradient and cast backward.
  const double logits = static_cast<double>(shard.tokens) * static_cast<double>(vocab);
  times.forward.elementwise += streaming_time(bytes(18.0 * logits), 4, chip, efficiency);
  times.backward.elementwise += streaming_time(bytes(10.0 * logits), 2, chip, efficiency);
  return times;
}

PassTimes embedding_times(const ModelShape& model, const Plan& plan, const Batch& batch,
                          const hardware::Chip& chip, const Efficiency& efficiency) {
  const Shard shard = shard_of(model, plan, batch);
  const double rows = static_cast<double>(shard.tokens) * static_cast<double>(model.hidden);
  PassTimes times;
  times.forward.elementwise += streaming_time(bytes(4.0 * rows), 1, chip, efficiency);
  times.backward.elementwise += streaming_time(bytes(10.0 * rows), 1, chip, efficiency);
  return times;
}

}  // namespace longhaul::training
