// Where a run's time and its nodes' time went. Every second is booked once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "units/quantity.hpp"

namespace longhaul::operations {

/// What a second of the run was spent on.
enum class Spending {
  Useful,     ///< steps that were kept, at the undisturbed step time of the plan, or of more nodes
  Redone,     ///< steps and parts of steps lost with a failure
  Detection,  ///< from a failure until it is noticed
  Replacement,  ///< bringing in warm spares, choosing nodes
  Waiting,      ///< for a node: fetched, repaired or arriving
  Restart,      ///< from there to the next step: start-up, reading the checkpoint
  Checkpoint,   ///< blocking writes, finished or cut short
  Maintenance,  ///< planned stops
  Curtailed,    ///< pauses for want of power
  Stragglers,   ///< what kept steps took beyond the undisturbed step (negative: less)
  Resized,      ///< the same, as the run stood on fewer nodes
  Capped,       ///< the same, as its chips were slowed for want of power
  Recorded,     ///< losses stated by a replayed record
  Unfinished,   ///< the part of a step under way when the simulation ended
};
inline constexpr std::size_t n_spendings = 14;

/// The snake_case key of the summary: "useful", "redone", ...
std::string_view key_of(Spending spending);

/// What a node is doing.
enum class NodeState : std::uint8_t {
  Run,      ///< it has a place in the run
  Warm,     ///< stands by in the job, to take a place at once
  Idle,     ///< free
  Cold,     ///< a spare outside the working pool
  Repair,   ///< failed, or blamed for a failure
  Drained,  ///< out for maintenance
  Barred,   ///< never used again
  Off,      ///< not there yet
};
inline constexpr std::size_t n_node_states = 8;

std::string_view key_of(NodeState state);

/// Two books: the run's time by what it was spent on, which adds up to the time simulated; and the
/// nodes' time, of those in the run by the same and of the others by what they were doing, which
/// adds up to nodes x time.
class Ledger {
 public:
  /// `time` of the run on `nodes` of its nodes.
  void spend(Spending on, Seconds time, double nodes) { spend_apart(on, time, nodes * time); }
  void spend_apart(Spending on, Seconds time, Seconds node_time) {
    spent_[static_cast<std::size_t>(on)] += time;
    node_time_[static_cast<std::size_t>(on)] += node_time;
  }
  /// Of nodes that are not in the run.
  void hold(NodeState in, Seconds node_time) { held_[static_cast<std::size_t>(in)] += node_time; }

  Seconds spent(Spending on) const { return spent_[static_cast<std::size_t>(on)]; }
  Seconds node_time(Spending on) const { return node_time_[static_cast<std::size_t>(on)]; }
  Seconds held(NodeState in) const { return held_[static_cast<std::size_t>(in)]; }
  /// The sum over everything: the time simulated.
  Seconds total() const;
  /// The sum over everything: nodes x time.
  Seconds node_total() const;

 private:
  std::array<Seconds, n_spendings> spent_{};
  std::array<Seconds, n_spendings> node_time_{};
  std::array<Seconds, n_node_states> held_{};
};

}  // namespace longhaul::operations
