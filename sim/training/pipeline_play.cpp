#include "training/pipeline_play.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace longhaul::training {
namespace {

/// Plays the orders of all stages against each other.
class Player {
 public:
  Player(const Pipeline& pipeline, const PipelineTimes& times)
      : pipeline_(pipeline), times_(times), n_chunks_(chunks_of_stage(pipeline)) {
    const auto n_passes = pipeline.microbatches * pipeline.stages * n_chunks_;
    forward_ends_.resize(static_cast<std::size_t>(n_passes));
    gradient_ends_.resize(static_cast<std::size_t>(n_passes));
  }

  PlayedPipeline play() {
    const std::vector<StageOrder> orders = stage_orders(pipeline_);
    PlayedPipeline played;
    played.stages.resize(orders.size());
    std::size_t left = 0;
    for (const StageOrder& order : orders) left += order.size();
    while (left > 0) {
      const std::size_t before = left;
      for (std::size_t s = 0; s < orders.size(); ++s)
        left -= advance(static_cast<std::int64_t>(s), orders[s], played.stages[s]);
      assert(left < before && "a schedule waits for itself");
      if (left == before) break;
    }
    for (const auto& stage : played.stages)
      if (!stage.empty()) played.total = std::max(played.total, stage.back().end);
    return played;
  }

 private:
  /// Runs what can run on a stage; how many pieces that were.
  std::size_t advance(std::int64_t stage, const StageOrder& order,
                      std::vector<PlayedPiece>& played) {
    const std::size_t before = played.size();
    while (played.size() < order.size()) {
      const Piece& piece = order[played.size()];
      std::optional<Seconds> start = find_input(piece, stage);
      if (piece.with_next && start) {
        const auto other = find_input(order[played.size() + 1], stage);
        start = other ? std::optional(std::max(*start, *other)) : std::nullopt;
      }
      if (!start) break;
      if (!played.empty()) start = std::max(*start, played.back().end);
      const Piece* last = piece.with_next ? &piece + 1 : &piece;
      const Seconds end = *start + duration(piece, *last, stage);
      for (const Piece* one = &piece; one <= last; ++one) {
        played.push_back({*one, *start, end});
        if (one->pass == Pass::Forward)
          forward_ends_[index(one->microbatch, {stage, one->chunk})] = end;
        else if (one->pass != Pass::WeightGradient)
          gradient_ends_[index(one->microbatch, {stage, one->chunk})] = end;
      }
    }
    return played.size() - before;
  }

  /// When the input of a piece is there; none as long as nobody knows.
  std::optional<Seconds> find_input(const Piece& piece, std::int64_t stage) const {
    const ChunkOfStage here{stage, piece.chunk};
    if (piece.pass == Pass::WeightGradient) return gradient_ends_[index(piece.microbatch, here)];
    const bool forward = piece.pass == Pass::Forward;
    const auto from = forward ? find_previous(pipeline_, here) : find_next(pipeline_, here);
    if (!from) return forward ? Seconds{} : forward_ends_[index(piece.microbatch, here)];
    auto arrival = (forward ? forward_ends_ : gradient_ends_)[index(piece.microbatch, *from)];
    if (arrival && from->stage != stage) {
      *arrival += times_.transfer;
      if (fills_or_drains(pipeline_, piece, stage)) *arrival += times_.filling_transfer;
      if (leaves_site(from->stage, stage)) *arrival += times_.site_transfer;
    }
    return arrival;
  }

  bool leaves_site(std::int64_t from, std::int64_t to) const {
    const auto n = times_.stages_of_site;
    return n > 0 && from / n != to / n;
  }

  Seconds duration(const Piece& first, const Piece& last, std::int64_t stage) const {
    const ChunkPasses& passes = passes_of(first, stage);
    if (&first != &last) {
      const ChunkPasses& other = passes_of(last, stage);
      if (passes.overlapped > Seconds{}) return passes.overlapped;
      return passes.forward + other.input_gradient + other.weight_gradient;
    }
    switch (first.pass) {
      case Pass::Forward:
        return passes.forward;
      case Pass::Backward:
        return passes.input_gradient + passes.weight_gradient;
      case Pass::InputGradient:
        return passes.input_gradient;
      case Pass::WeightGradient:
        break;
    }
    return passes.weight_gradient;
  }

  const ChunkPasses& passes_of(const Piece& piece, std::int64_t stage) const {
    return times_.chunks[static_cast<std::size_t>(stage * n_chunks_ + piece.chunk)];
  }
  std::size_t index(std::int64_t microbatch, ChunkOfStage at) const {
    return static_cast<std::size_t>((microbatch * pipeline_.stages + at.stage) * n_chunks_ +
                                    at.chunk);
  }

  const Pipeline& pipeline_;
  const PipelineTimes& times_;
  std::int64_t n_chunks_;
  std::vector<std::optional<Seconds>> forward_ends_;
  std::vector<std::optional<Seconds>> gradient_ends_;  ///< of the input
};

}  // namespace

PipelineTimes even_times(const Pipeline& pipeline, const StagePasses& passes) {
  const auto v = static_cast<double>(pipeline.chunks);
  const ChunkPasses chunk{passes.forward / v, (passes.backward - passes.weight_gradient) / v,
                          passes.weight_gradient / v, passes.overlapped / v};
  PipelineTimes times;
  times.chunks.assign(static_cast<std::size_t>(pipeline.stages * chunks_of_stage(pipeline)), chunk);
  return times;
}

PlayedPipeline play(const Pipeline& pipeline, const PipelineTimes& times) {
  assert(times.chunks.size() ==
         static_cast<std::size_t>(pipeline.stages * chunks_of_stage(pipeline)));
  return Player(pipeline, times).play();
}

}  // namespace longhaul::training
