#include "training/timeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <optional>
#include <tuple>
#include <utility>

#include "training/pipeline_play.hpp"

namespace longhaul::training {
namespace {

PassWork add(const PassWork& a, const PassWork& b) {
  return {a.gemm + b.gemm,           a.attention + b.attention, a.elementwise + b.elementwise,
          a.recompute + b.recompute, a.launch + b.launch,       a.tensor + b.tensor,
          a.context + b.context,     a.expert + b.expert};
}

std::string_view name(Pass pass) {
  switch (pass) {
    case Pass::Forward:
      return "forward";
    case Pass::Backward:
      return "backward";
    case Pass::InputGradient:
      return "input gradient";
    case Pass::WeightGradient:
      break;
  }
  return "weight gradient";
}

void add_arguments(std::vector<SliceArgument>& arguments, const PassWork& work) {
  for (const auto& [argument, spent] : {std::pair<std::string_view, Seconds>{"gemm_s", work.gemm},
                                        {"attention_s", work.attention},
                                        {"elementwise_s", work.elementwise},
                                        {"recompute_s", work.recompute},
                                        {"launch_s", work.launch},
                                        {"tensor_s", work.tensor},
                                        {"context_s", work.context},
                                        {"expert_s", work.expert}})
    if (spent > Seconds{}) arguments.push_back({argument, spent.value()});
}

/// Draws a step, part by part.
class Drawing {
 public:
  explicit Drawing(const StepParts& parts)
      : parts_(parts),
        n_chunks_(chunks_of_stage(parts.pipeline)),
        exposed_transfer_(parts.pipeline.stages > 1 ? parts.transfer - parts.transfer_hidden
                                                    : Seconds{}),
        compute_start_(parts.gather.exposed()),
        compute_ends_(static_cast<std::size_t>(parts.pipeline.stages), compute_start_) {
    timeline_.stages = parts.pipeline.stages;
  }

  Timeline draw() {
    draw_gather();
    draw_pipeline();
    draw_end(draw_reduce());
    std::sort(timeline_.slices.begin(), timeline_.slices.end(), [](const auto& a, const auto& b) {
      return std::tie(a.start, a.stage, a.lane) < std::tie(b.start, b.stage, b.lane);
    });
    return std::move(timeline_);
  }

 private:
  void draw(std::int64_t stage, Lane lane, std::string text, Seconds start, Seconds end,
            std::vector<SliceArgument> arguments = {}) {
    if (end > start)
      timeline_.slices.push_back({stage, lane, std::move(text), start, end, std::move(arguments)});
  }

  void draw_gather() {
    const Seconds exposed = parts_.gather.exposed();
    for (std::int64_t s = 0; s < timeline_.stages; ++s) {
      draw(s, Lane::Gather, "gather parameters, exposed", Seconds{}, exposed);
      draw(s, Lane::Gather, "gather parameters, hidden", exposed, parts_.gather.whole);
    }
  }

  void draw_pipeline() {
    PipelineTimes times;
    times.filling_transfer = parts_.transfer_hidden;
    times.chunks.reserve(parts_.chunks.size());
    for (const ChunkWork& chunk : parts_.chunks) {
      ChunkPasses passes{total(chunk.forward) + exposed_transfer_,
                         total(chunk.input_gradient) + exposed_transfer_,
                         total(chunk.weight_gradient),
                         {}};
      if (chunk.overlapped > Seconds{})
        passes.overlapped = chunk.overlapped + 2.0 * exposed_transfer_;
      times.chunks.push_back(passes);
    }
    const PlayedPipeline played = play(parts_.pipeline, times);
    for (std::size_t s = 0; s < played.stages.size(); ++s)
      draw_stage(static_cast<std::int64_t>(s), played.stages[s]);
  }

  void draw_stage(std::int64_t stage, const std::vector<PlayedPiece>& pieces) {
    std::array<Seconds, n_lanes> free{};
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      const bool pair = pieces[i].piece.with_next;
      draw_piece(stage, pieces[i], pair ? &pieces[i + 1] : nullptr);
      // Both halves of a pair send over the same link, one after the other.
      const bool another = pair && sends(stage, pieces[i + 1].piece);
      draw_transfer(stage, pieces[i], another ? parts_.transfer : Seconds{}, free);
      if (!pair) continue;
      ++i;
      draw_transfer(stage, pieces[i], Seconds{}, free);
    }
    if (!pieces.empty())
      compute_ends_[static_cast<std::size_t>(stage)] = compute_start_ + pieces.back().end;
  }

  PassWork work_of(std::int64_t stage, const Piece& piece) const {
    const ChunkWork& chunk =
        parts_.chunks[static_cast<std::size_t>(stage * n_chunks_ + piece.chunk)];
    switch (piece.pass) {
      case Pass::Forward:
        return chunk.forward;
      case Pass::Backward:
        return add(chunk.input_gradient, chunk.weight_gradient);
      case Pass::InputGradient:
        return chunk.input_gradient;
      case Pass::WeightGradient:
        break;
    }
    return chunk.weight_gradient;
  }

  void draw_piece(std::int64_t stage, const PlayedPiece& played, const PlayedPiece* other) {
    const Piece& piece = played.piece;
    PassWork work = work_of(stage, piece);
    std::string text = fmt::format("{} {}", name(piece.pass), piece.microbatch);
    std::vector<SliceArgument> arguments{{"microbatch", double(piece.microbatch)}};
    if (n_chunks_ > 1) arguments.push_back({"chunk", double(piece.chunk)});
    Seconds sending = piece.pass == Pass::WeightGradient ? Seconds{} : exposed_transfer_;
    if (other != nullptr) {
      work = add(work, work_of(stage, other->piece));
      text += fmt::format(" & {} {}", name(other->piece.pass), other->piece.microbatch);
      arguments.push_back({"other_microbatch", double(other->piece.microbatch)});
      sending += exposed_transfer_;
    }
    add_arguments(arguments, work);
    if (sending > Seconds{}) arguments.push_back({"pipeline_s", sending.value()});
    if (other != nullptr) {
      const Seconds both = total(work) + sending;
      arguments.push_back({"overlapped_s", (both - (played.end - played.start)).value()});
    }
    draw(stage, Lane::Compute, std::move(text), compute_start_ + played.start,
         compute_start_ + played.end, std::move(arguments));
  }

  /// Where a piece's result goes; none where it stays on its stage.
  std::optional<ChunkOfStage> find_receiver(std::int64_t stage, const Piece& piece) const {
    if (piece.pass == Pass::WeightGradient) return std::nullopt;
    const ChunkOfStage here{stage, piece.chunk};
    const auto to = piece.pass == Pass::Forward ? find_next(parts_.pipeline, here)
                                                : find_previous(parts_.pipeline, here);
    return to && to->stage != stage ? to : std::nullopt;
  }
  bool sends(std::int64_t stage, const Piece& piece) const {
    return find_receiver(stage, piece).has_value();
  }

  /// `behind` is how long before the end of the piece the transfer is over.
  void draw_transfer(std::int64_t stage, const PlayedPiece& played, Seconds behind,
                     std::array<Seconds, n_lanes>& free) {
    const auto to = find_receiver(stage, played.piece);
    if (!to) return;
    const bool forward = played.piece.pass == Pass::Forward;
    const bool up =
        parts_.pipeline.schedule != PipelineSchedule::DualPipe || played.piece.chunk == 0;
    const Lane lane = forward == up ? Lane::ToNext : Lane::ToPrevious;
    Piece received = played.piece;
    received.chunk = to->chunk;
    Seconds end = compute_start_ + played.end - behind;
    if (fills_or_drains(parts_.pipeline, received, to->stage)) end += parts_.transfer_hidden;
    Seconds& free_from = free[static_cast<std::size_t>(lane)];
    draw(stage, lane,
         fmt::format("{} {}", forward ? "activations" : "gradients", played.piece.microbatch),
         std::max(end - parts_.transfer, free_from), end, {{"to_stage", double(to->stage)}});
    free_from = std::max(free_from, end);
  }

  /// When the last stage has its gradients.
  Seconds draw_reduce() {
    const Seconds hidden = parts_.reduce.hidden();
    Seconds last;
    for (std::int64_t s = 0; s < timeline_.stages; ++s) {
      const Seconds computed = compute_ends_[static_cast<std::size_t>(s)];
      const Seconds start = std::max(computed - hidden, compute_start_);
      const Seconds exposed = std::max(computed, start + hidden);
      draw(s, Lane::Reduce, "reduce gradients, hidden", start, start + hidden);
      draw(s, Lane::Reduce, "reduce gradients, exposed", exposed,
           exposed + parts_.reduce.exposed());
      last = std::max(last, exposed + parts_.reduce.exposed());
    }
    const Seconds tied = last + parts_.embedding_tie;
    draw(0, Lane::Reduce, "sum tied embeddings", last, tied);
    if (timeline_.stages > 1)
      draw(timeline_.stages - 1, Lane::Reduce, "sum tied embeddings", last, tied);
    return tied;
  }

  void draw_end(Seconds start) {
    for (const auto& [text, duration] :
         {std::pair<const char*, Seconds>{"wait for other sites", parts_.sites},
          {"optimizer", parts_.optimizer},
          {"wait for stragglers", parts_.straggling},
          {"host", parts_.host}}) {
      for (std::int64_t s = 0; s < timeline_.stages; ++s)
        draw(s, Lane::Compute, text, start, start + duration);
      start += duration;
    }
    timeline_.total = start;
  }

  const StepParts& parts_;
  std::int64_t n_chunks_;
  Seconds exposed_transfer_;
  Seconds compute_start_;
  std::vector<Seconds> compute_ends_;  ///< of each stage's last piece
  Timeline timeline_;
};

}  // namespace

Seconds total(const PassWork& w) {
  return w.gemm + w.attention + w.elementwise + w.recompute + w.launch + w.tensor + w.context +
         w.expert;
}

std::string_view name(Lane lane) {
  switch (lane) {
    case Lane::Compute:
      return "compute";
    case Lane::ToNext:
      return "network: to next stage";
    case Lane::ToPrevious:
      return "network: to previous stage";
    case Lane::Gather:
      return "network: gather parameters";
    case Lane::Reduce:
      break;
  }
  return "network: reduce gradients";
}

Timeline step_timeline(const StepParts& parts) {
  assert(parts.chunks.size() ==
         static_cast<std::size_t>(parts.pipeline.stages * chunks_of_stage(parts.pipeline)));
  return Drawing(parts).draw();
}

}  // namespace longhaul::training
