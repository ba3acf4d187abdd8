#include "engine/rank_data.hpp"

#include <algorithm>

#include "engine/settings.hpp"

namespace longhaul::engine {

using training::Pass;
using training::Piece;

RankData::RankData(std::size_t rank, const RankNetwork& network, const DataRules& rules)
    : rank_(rank),
      gathers_(network.gathers()),
      reduces_(network.reduces()),
      rules_(rules),
      backward_took_(static_cast<std::size_t>(rules.pipeline.chunks)) {}

void RankData::begin_step(Seconds expected) {
  gather(0, now() + (1.0 - rules_.overlap) * expected);
}

void RankData::begin_pass(const Piece& piece, Seconds expected) {
  if (divides_parameters()) return;
  const training::Pipeline& pipeline = rules_.pipeline;
  const bool split =
      pipeline.schedule == training::PipelineSchedule::ZeroBubble && pipeline.stages > 1;
  if (piece.pass != (split ? Pass::WeightGradient : Pass::Backward)) return;
  const std::int64_t m = pipeline.microbatches;
  std::int64_t every = m;
  if (rules_.zero_stage == 2) every = pipeline.chunks > 1 ? pipeline.stages : 1;
  const bool last = piece.microbatch == m - 1;
  if (!last && (piece.microbatch + 1) % every != 0) return;
  // At the end of the step a pass of every microbatch in a group follows for each chunk before.
  const auto passes = static_cast<double>(last ? piece.chunk * pipeline.stages + 1 : 1);
  const Seconds took = backward_took_[static_cast<std::size_t>(piece.chunk)];
  const Seconds window = passes * (took > Seconds{} ? took : expected);
  const std::int64_t n_groups = (m + every - 1) / every;
  const auto n_times = static_cast<double>(n_groups * pipeline.chunks);
  for (const DataPhase& phase : reduces_)
    send(phase, phase.count / n_times, now() + (1.0 - rules_.overlap) * window);
}

void RankData::begin_layer(const Piece& piece, bool experts, Seconds expected) {
  if (!divides_parameters()) return;
  const Seconds date = now() + (1.0 - rules_.overlap) * expected;
  const auto send_all = [&](std::span<const DataPhase> phases) {
    for (const DataPhase& phase : phases)
      if (experts || !phase.experts) send(phase, 1.0, date);
  };
  send_all(gathers_);
  if (piece.pass != Pass::Forward) send_all(reduces_);
}

void RankData::end_layer(const GoOn& go_on) {
  if (divides_parameters())
    wait_for(n_sent_, go_on);
  else
    go_on();
}

void RankData::end_pass(const Piece& piece, Seconds took, Seconds expected, const GoOn& go_on) {
  const bool forward = piece.pass == Pass::Forward;
  if (!forward) backward_took_[static_cast<std::size_t>(piece.chunk)] = took;
  if (!forward || piece.microbatch > 0 || divides_parameters()) return go_on();
  const std::int64_t next = piece.chunk + 1;
  wait_for(gathers_.size() * static_cast<std::size_t>(next), [this, next, expected, go_on] {
    // So many passes to the end of the next chunk's first one, and so many since the step began.
    const auto left = static_cast<double>(rules_.pipeline.stages);
    const double all = static_cast<double>(next) * left + 1.0;
    gather(next, now() + std::max(0.0, left - rules_.overlap * all) * expected);
    go_on();
  });
}

void RankData::end_piece(bool last, const GoOn& go_on) {
  if (last || reduces_every_pass())
    wait_for(n_sent_, go_on);
  else
    go_on();
}

void RankData::gather(std::int64_t chunk, Seconds date) {
  if (divides_parameters() || chunk == rules_.pipeline.chunks) return;
  for (const DataPhase& phase : gathers_)
    send(phase, phase.count / static_cast<double>(rules_.pipeline.chunks), date);
}

void RankData::send(const DataPhase& phase, double executions, Seconds date) {
  ++n_sent_;
  sending_.push_back({phase.groups.get(), executions, date});
  if (sending_.size() == 1) begin_first();
}

void RankData::begin_first() {
  if (sending_.front().date > now())
    call_at(sending_.front().date, [this] { join_first(); });
  else
    join_first();
}

void RankData::join_first() {
  sending_.front().groups->join(rank_, sending_.front().executions, [this](Seconds) {
    sending_.pop_front();
    ++n_ended_;
    if (!sending_.empty()) begin_first();
    if (const GoOn progress = on_progress_) progress();
  });
}

void RankData::wait_for(std::size_t n_collectives, const GoOn& go_on) {
  if (n_ended_ >= n_collectives) return go_on();
  on_progress_ = [this, n_collectives, go_on, came = now()] {
    if (n_ended_ < n_collectives) return;
    waited_ += now() - came;
    on_progress_ = nullptr;
    go_on();
  };
}

}  // namespace longhaul::engine
