// Conservative backfill: every job that waits holds a reservation on named machines.
#pragma once

#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "scheduling/policy.hpp"
#include "scheduling/profile.hpp"

namespace longhaul::scheduling {

/// A job is placed at the earliest moment at which it fits between the running jobs and all other
/// reservations [Mu'alem & Feitelson 2001]; when a job ends, all that wait are placed again. Where
/// all goes as expected and the last time moved nobody, that would move nobody, and is left out.
/// Reservations are half-open: a job that ends when another begins may share its machines. One of
/// no time bars what would run across its moment.
class Conservative final : public Policy {
 public:
  enum class OnSurprise {
    Keep,    ///< each job in turn gives its reservation up for the earliest one: never a later one
    Rebuild  ///< all give theirs up, and are placed in the order of the queue
  };
  explicit Conservative(OnSurprise on_surprise) : on_surprise_(on_surprise) {}
  void decide(Cluster& cluster) override;
  std::optional<Seconds> promise(JobId job) const override;

 private:
  struct Reservation {
    Seconds start, end;
    Slots slots;
    bool operator==(const Reservation&) const = default;
  };
  /// What running jobs and machines that are not there leave free; estimates that have passed are
  /// doubled.
  static Profile running(const Cluster& cluster);
  void replace_all(Cluster& cluster);
  bool reserve_again();
  /// At the earliest moment, and never later than it holds.
  void place(Cluster& cluster, JobId job, const Reservation* held = nullptr);
  Reservation take_back(JobId job);
  /// Those of no time that are due go first, as another may begin where they are done.
  void start_timeless(Cluster& cluster);
  /// False where the machines of one that is due are not free and will not be in a moment.
  bool start_due(Cluster& cluster);

  OnSurprise on_surprise_;
  std::optional<Profile> profile_;
  std::unordered_map<JobId, Reservation> reservations_;
  std::set<std::pair<Seconds, JobId>> by_start_;
  bool settled_ = true;  // placing all again would move nobody
};

}  // namespace longhaul::scheduling
