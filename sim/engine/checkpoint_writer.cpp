#include "engine/checkpoint_writer.hpp"

#include <algorithm>
#include <utility>

namespace longhaul::engine {

using namespace operations;

CheckpointWriter::CheckpointWriter(RunState& state) : s_(state) {
  s_.drains.on_drained([this] { drained(); });
}

bool CheckpointWriter::anything_to_save() const {
  if (s_.cadence.saves_every_step()) return s_.progress.amid_step();
  return s_.position() != s_.cadence.last_saved() || s_.progress.amid_step();
}

void CheckpointWriter::begin(bool all) {
  due_ = s_.cadence.begin_write(s_.position(), all);
  write_when_drained();
}

Seconds CheckpointWriter::longest() const {
  Seconds sum;
  for (std::size_t tier = 0; tier < s_.in.tiers.size(); ++tier)
    sum += s_.drains.is_draining(tier) ? never : s_.in.tiers[tier].write;
  return sum;
}

void CheckpointWriter::resume() {
  if (waits_for_drain_) return write_when_drained();
  s_.begin(Phase::Checkpoint, length_ - written_, [this] { end(); });
}

Seconds CheckpointWriter::lose() {
  return std::exchange(written_, Seconds()) + std::exchange(waited_, Seconds());
}

/// What drains into a tier goes first: a store is as fast as it is.
void CheckpointWriter::write_when_drained() {
  waits_for_drain_ =
      std::ranges::any_of(due_, [this](std::size_t tier) { return s_.drains.is_draining(tier); });
  if (waits_for_drain_) return s_.begin(Phase::Checkpoint, never, nullptr);
  began_ = s_.timers.now();
  length_ = Seconds();
  Seconds before_store;
  for (const auto tier : due_) {
    before_store = length_;
    length_ += s_.in.tiers[tier].write;
  }
  if (!stores_by_traffic()) return s_.begin(Phase::Checkpoint, length_, [this] { end(); });
  s_.begin(Phase::Checkpoint, before_store, [this] { send_to_store(); });
}

bool CheckpointWriter::stores_by_traffic() const {
  return s_.in.checkpoint_traffic && !due_.empty() && due_.back() + 1 == s_.in.tiers.size() &&
         !(s_.in.tiers.back().drain > Seconds());
}

/// The write goes on as traffic, within the same phase.
void CheckpointWriter::send_to_store() {
  s_.cancel_write = s_.in.checkpoint_traffic([this] {
    ++s_.totals.events;
    s_.cancel_write = nullptr;
    end();
  });
}

void CheckpointWriter::end() {
  const Seconds length = lose() + s_.leave();
  for (const auto tier : due_) s_.drains.start(tier, s_.position(), began_);
  s_.cadence.saved(s_.position());
  s_.settle();
  ++s_.totals.checkpoints;
  s_.event(EventKind::Checkpoint, -1, -1, length);
  s_.flow.written();
}

void CheckpointWriter::drained() {
  s_.settle();
  if (s_.phase != Phase::Checkpoint || !waits_for_drain_) return s_.flow.drained();
  waited_ += s_.leave();
  write_when_drained();
}

}  // namespace longhaul::engine
