#include "training/pipeline.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <deque>

namespace longhaul::training {
namespace {

bool is_dual(const Pipeline& pipeline) {
  return pipeline.schedule == PipelineSchedule::DualPipe && pipeline.stages > 1;
}
bool is_zero_bubble(const Pipeline& pipeline) {
  return pipeline.schedule == PipelineSchedule::ZeroBubble && pipeline.stages > 1;
}

void check(const Pipeline& pipeline) {
  const std::int64_t p = pipeline.stages;
  const std::int64_t m = pipeline.microbatches;
  assert(p >= 1 && pipeline.chunks >= 1 && m >= 1);
  assert(pipeline.chunks == 1 || m % p == 0);
  assert(pipeline.chunks == 1 || (!is_dual(pipeline) && !is_zero_bubble(pipeline)));
  assert(!is_dual(pipeline) || (p % 2 == 0 && m % 2 == 0 && m >= 2 * p));
}

/// The k-th pass of a stage under (interleaved) 1F1B: groups of p microbatches go through the
/// stage's chunks one after the other, first to last forward and last to first backward.
Piece kth_piece(const Pipeline& pipeline, Pass pass, std::int64_t k) {
  const std::int64_t p = pipeline.stages;
  const std::int64_t v = pipeline.chunks;
  if (v == 1) return {pass, k, 0};
  const std::int64_t nth_chunk = k % (p * v) / p;
  return {pass, k / (p * v) * p + k % p, pass == Pass::Forward ? nth_chunk : v - 1 - nth_chunk};
}

/// Forward passes before the first backward one.
std::int64_t warmup_passes(const Pipeline& pipeline, std::int64_t stage) {
  const std::int64_t behind = pipeline.stages - 1 - stage;
  const std::int64_t v = pipeline.chunks;
  const std::int64_t wanted = v == 1 ? behind : 2 * behind + (v - 1) * pipeline.stages;
  return std::min(wanted, pipeline.microbatches * v);
}

StageOrder one_forward_one_backward(const Pipeline& pipeline, std::int64_t stage) {
  const std::int64_t n_passes = pipeline.microbatches * pipeline.chunks;
  const std::int64_t warmup = warmup_passes(pipeline, stage);
  StageOrder order;
  order.reserve(static_cast<std::size_t>(2 * n_passes));
  for (std::int64_t k = 0; k < warmup; ++k) order.push_back(kth_piece(pipeline, Pass::Forward, k));
  for (std::int64_t k = 0; k < n_passes; ++k) {
    if (k + warmup < n_passes) order.push_back(kth_piece(pipeline, Pass::Forward, k + warmup));
    order.push_back(kth_piece(pipeline, Pass::Backward, k));
  }
  return order;
}

StageOrder zero_bubble(const Pipeline& pipeline, std::int64_t stage) {
  const std::int64_t m = pipeline.microbatches;
  const std::int64_t warmup = warmup_passes(pipeline, stage);
  const std::int64_t put_off = std::min(stage, m);
  StageOrder order;
  order.reserve(static_cast<std::size_t>(3 * m));
  for (std::int64_t k = 0; k < warmup; ++k) order.push_back({Pass::Forward, k});
  for (std::int64_t k = 0; k < m; ++k) {
    if (k + warmup < m) order.push_back({Pass::Forward, k + warmup});
    order.push_back({Pass::InputGradient, k});
    if (k >= put_off) order.push_back({Pass::WeightGradient, k - put_off});
  }
  for (std::int64_t k = m - put_off; k < m; ++k) order.push_back({Pass::WeightGradient, k});
  return order;
}

/// Writes down one stage's order of DualPipe. "Near" is the direction that enters at this stage's
/// end of the pipeline, "far" the other.
class DualPipeStage {
 public:
  DualPipeStage(const Pipeline& pipeline, std::int64_t stage)
      : half_microbatches_(pipeline.microbatches / 2),
        from_end_(std::min(stage, pipeline.stages - 1 - stage)),
        from_middle_(pipeline.stages / 2 - 1 - from_end_),
        n_pairs_(half_microbatches_ - pipeline.stages + from_end_ + 1),
        near_(stage < pipeline.stages / 2 ? 0 : 1),
        far_(1 - near_) {
    order_.reserve(static_cast<std::size_t>(3 * pipeline.microbatches));
  }

  StageOrder order() {
    fill();
    steady();
    drain();
    return std::move(order_);
  }

 private:
  void fill() {
    for (std::int64_t i = 0; i < 2 * from_middle_; ++i) forward(near_);
    for (std::int64_t i = 0; i <= from_end_; ++i) {
      forward(near_);
      forward(far_);
    }
    for (std::int64_t i = 0; i < from_middle_; ++i) {
      input_gradient(far_);
      weight_gradient();
      forward(far_);
    }
  }

  void steady() {
    for (std::int64_t i = 0; i < n_pairs_; ++i) {
      // The middle stages run their first pair one after the other: the bubble is smaller so.
      const bool one_after_other = i == 0 && from_middle_ == 0;
      forward(near_, !one_after_other);
      backward(far_);
      forward(far_, true);
      backward(near_);
    }
  }

  void drain() {
    for (std::int64_t i = 0; i < from_middle_; ++i) {
      backward(far_);
      forward(far_, true);
      backward(near_);
    }
    // The later half of these backward passes puts its weight gradients off to the end.
    const std::int64_t n_gradients = 2 * (from_end_ + 1);
    for (std::int64_t i = 0; i < n_gradients; ++i) {
      const std::int64_t direction = i % 2 == 0 ? far_ : near_;
      if (i < n_gradients / 2)
        backward(direction);
      else
        input_gradient(direction);
    }
    for (std::int64_t i = 0; i < from_middle_; ++i) {
      weight_gradient();
      input_gradient(near_);
    }
    while (!put_off_.empty()) weight_gradient();
  }

  void forward(std::int64_t direction, bool with_next = false) {
    order_.push_back({Pass::Forward, next(forwards_, direction), direction, with_next});
  }
  void backward(std::int64_t direction) {
    order_.push_back({Pass::Backward, next(backwards_, direction), direction});
  }
  void input_gradient(std::int64_t direction) {
    order_.push_back({Pass::InputGradient, next(backwards_, direction), direction});
    put_off_.push_back(order_.back());
    put_off_.back().pass = Pass::WeightGradient;
  }
  void weight_gradient() {
    order_.push_back(put_off_.front());
    put_off_.pop_front();
  }

  std::int64_t next(std::array<std::int64_t, 2>& counts, std::int64_t direction) const {
    return direction * half_microbatches_ + counts[static_cast<std::size_t>(direction)]++;
  }

  std::int64_t half_microbatches_;
  std::int64_t from_end_;
  std::int64_t from_middle_;
  std::int64_t n_pairs_;  ///< of each direction's forward in the steady state
  std::int64_t near_;
  std::int64_t far_;
  StageOrder order_;
  std::deque<Piece> put_off_;
  std::array<std::int64_t, 2> forwards_{};
  std::array<std::int64_t, 2> backwards_{};
};

}  // namespace

Seconds bubble(const Pipeline& pipeline, const StagePasses& passes) {
  const auto p = static_cast<double>(pipeline.stages);
  const Seconds input_gradient = passes.backward - passes.weight_gradient;
  const Seconds fitting =
      std::min(std::min(passes.forward, input_gradient), passes.weight_gradient);
  if (is_zero_bubble(pipeline)) {
    const auto filled = static_cast<double>(std::min(pipeline.microbatches, pipeline.stages) - 1);
    return (p - 1.0) * (passes.forward + input_gradient) - filled * fitting;
  }
  if (is_dual(pipeline)) {
    const Seconds longer_forward = std::max(passes.forward - input_gradient, Seconds{});
    return (p / 2.0 - 1.0) *
           (passes.overlapped + input_gradient - passes.weight_gradient - fitting + longer_forward);
  }
  return (p - 1.0) * (passes.forward + passes.backward) / static_cast<double>(pipeline.chunks);
}

std::int64_t overlapped_pairs(const Pipeline& pipeline) {
  return is_dual(pipeline) ? pipeline.microbatches - pipeline.stages - 1 : 0;
}

Seconds pipeline_time(const Pipeline& pipeline, const StagePasses& passes) {
  const auto m = static_cast<double>(pipeline.microbatches);
  const auto n_pairs = static_cast<double>(overlapped_pairs(pipeline));
  const Seconds both = passes.forward + passes.backward;
  return m * both - n_pairs * (both - passes.overlapped) + bubble(pipeline, passes);
}

double microbatches_in_flight(const Pipeline& pipeline) {
  const auto p = static_cast<double>(pipeline.stages);
  const auto m = static_cast<double>(pipeline.microbatches);
  if (is_dual(pipeline)) return p + 1.0;
  if (pipeline.chunks == 1) return std::min(p, m);
  return std::min(p + (p - 1.0) / static_cast<double>(pipeline.chunks), m);
}

std::vector<StageOrder> stage_orders(const Pipeline& pipeline) {
  check(pipeline);
  std::vector<StageOrder> orders;
  orders.reserve(static_cast<std::size_t>(pipeline.stages));
  for (std::int64_t s = 0; s < pipeline.stages; ++s) {
    if (is_dual(pipeline))
      orders.push_back(DualPipeStage(pipeline, s).order());
    else if (is_zero_bubble(pipeline))
      orders.push_back(zero_bubble(pipeline, s));
    else
      orders.push_back(one_forward_one_backward(pipeline, s));
  }
  return orders;
}

std::int64_t chunks_of_stage(const Pipeline& pipeline) {
  return is_dual(pipeline) ? 2 : pipeline.chunks;
}

std::optional<ChunkOfStage> find_previous(const Pipeline& pipeline, ChunkOfStage here) {
  const std::int64_t last = pipeline.stages - 1;
  if (is_dual(pipeline)) {
    if (here.stage == (here.chunk == 0 ? 0 : last)) return std::nullopt;
    return ChunkOfStage{here.chunk == 0 ? here.stage - 1 : here.stage + 1, here.chunk};
  }
  if (here.stage > 0) return ChunkOfStage{here.stage - 1, here.chunk};
  if (here.chunk == 0) return std::nullopt;
  return ChunkOfStage{last, here.chunk - 1};
}

std::optional<ChunkOfStage> find_next(const Pipeline& pipeline, ChunkOfStage here) {
  const std::int64_t last = pipeline.stages - 1;
  if (is_dual(pipeline)) {
    // One direction's way on is the other's way back.
    const auto next = find_previous(pipeline, {here.stage, 1 - here.chunk});
    if (!next) return std::nullopt;
    return ChunkOfStage{next->stage, here.chunk};
  }
  if (here.stage < last) return ChunkOfStage{here.stage + 1, here.chunk};
  if (here.chunk == pipeline.chunks - 1) return std::nullopt;
  return ChunkOfStage{0, here.chunk + 1};
}

bool fills_or_drains(const Pipeline& pipeline, const Piece& piece, std::int64_t stage) {
  const std::int64_t m = pipeline.microbatches;
  const ChunkOfStage here{stage, piece.chunk};
  const bool forward = piece.pass == Pass::Forward;
  if (piece.pass == Pass::WeightGradient) return false;
  if (is_dual(pipeline)) {
    const std::int64_t first = piece.chunk * m / 2;
    return piece.microbatch == (forward ? first : first + m / 2 - 1);
  }
  const auto from = forward ? find_previous(pipeline, here) : find_next(pipeline, here);
  return piece.chunk == 0 && from && from->chunk == 0 && piece.microbatch == (forward ? 0 : m - 1);
}

}  // namespace longhaul::training
